"""T5s of random weights: the real classes in a few hundred kilobytes, laid out as Flan-T5's repository is."""

import string
from pathlib import Path
from typing import Any

import torch
from transformers import T5Config, T5ForConditionalGeneration, T5Tokenizer

_PIECES = 400


def make_tiny_t5(folder: Path, *, seed: int = 0) -> Path:
    """Write a loadable model of random weights into `folder` and return it. The same `seed` gives the same weights.

    As in Flan-T5, the feed-forward layers are gated, the output has weights of its own, and there are more rows of
    embeddings than pieces.
    """
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer = _tokenizer()
    configure: Any = T5Config
    config = configure(
        vocab_size=_PIECES,
        d_model=32,
        d_kv=8,
        d_ff=48,
        num_layers=2,
        num_heads=4,
        feed_forward_proj="gated-gelu",
        tie_word_embeddings=False,
        decoder_start_token_id=0,
    )
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        model = T5ForConditionalGeneration(config)
    with torch.no_grad():
        # It writes letters and words, sure of none, and neither ends early nor says what cannot be read.
        model.lm_head.weight.mul_(0.1)
        model.lm_head.weight[:4] = 0
        model.lm_head.weight[len(tokenizer) - 100 :] = 0
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def _tokenizer() -> Any:
    """Unigram pieces as SentencePiece would have them, with the hundred sentinels."""
    letters = string.ascii_letters + string.digits + ".,:'-!?"
    words = ("▁the", "▁a", "▁cat", "▁rain", "▁sea", "ing", "ed", "▁keywords")
    pieces = [("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0), ("▁", -2.0)]
    pieces += [(word, -3.0) for word in words] + [(letter, -5.0) for letter in letters]
    pieces += [(f"<extra_id_{index}>", 0.0) for index in reversed(range(100))]
    return T5Tokenizer(vocab=pieces, model_max_length=512)
