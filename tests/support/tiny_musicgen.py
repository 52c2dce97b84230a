"""A MusicGen of random weights in the layout of `facebook/musicgen-small`, for tests without meaning."""

from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import (
    EncodecConfig,
    MusicgenConfig,
    MusicgenDecoderConfig,
    MusicgenForConditionalGeneration,
    PreTrainedTokenizerFast,
    T5Config,
)

SAMPLE_RATE = 16_000
FRAME_RATE = 50
_CODES, _CODEBOOKS, _WIDTH = 64, 2, 32


def make_tiny_musicgen(folder: Path, *, seed: int = 0) -> Path:
    """Write a loadable model and its tokenizer into `folder` and return it; 2 codebooks at 50 frames a second."""
    codec = EncodecConfig(
        sampling_rate=SAMPLE_RATE,
        target_bandwidths=[_CODEBOOKS * 6 * FRAME_RATE / 1000],
        codebook_size=_CODES,
        upsampling_ratios=[8, 5, 4, 2],
        num_filters=4,
        hidden_size=16,
        codebook_dim=16,
        num_lstm_layers=1,
    )
    words = T5Config(vocab_size=256, d_model=_WIDTH, d_kv=16, d_ff=64, num_layers=1, num_heads=2)
    decoder = MusicgenDecoderConfig(
        vocab_size=_CODES,
        hidden_size=_WIDTH,
        num_hidden_layers=1,
        num_attention_heads=2,
        ffn_dim=64,
        num_codebooks=_CODEBOOKS,
        bos_token_id=_CODES,
        pad_token_id=_CODES,
    )
    config: Any = MusicgenConfig(text_encoder=words.to_dict(), audio_encoder=codec.to_dict(), decoder=decoder.to_dict())
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        model: Any = MusicgenForConditionalGeneration(config)
        _fill_codebooks(model.audio_encoder)
        _make_telling(model.decoder)
    model.generation_config.decoder_start_token_id = _CODES
    model.generation_config.pad_token_id = _CODES
    model.generation_config.bos_token_id = _CODES
    model.save_pretrained(folder, safe_serialization=True)
    _tokenizer().save_pretrained(folder)
    return folder


def _fill_codebooks(codec: Any) -> None:
    """A new EnCodec's codebooks are zeros, and every sound of it would be the same."""
    for layer in codec.quantizer.layers:
        torch.nn.init.normal_(layer.codebook.embed)


def _make_telling(decoder: torch.nn.Module) -> None:
    """New weights are so small that nothing of the prompt reaches the codes."""
    with torch.no_grad():
        for weight in decoder.parameters():
            if weight.dim() > 1:
                weight.mul_(10)


def _tokenizer() -> PreTrainedTokenizerFast:
    letters = {"<pad>": 0, "</s>": 1, "<unk>": 2}
    letters |= {chr(code): code for code in range(32, 127)}
    tokenizer = Tokenizer(models.WordLevel(letters, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Split("", "isolated")
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token="<pad>", eos_token="</s>", unk_token="<unk>", model_max_length=512
    )
