"""The trained parts as one MusicgenForConditionalGeneration, and its folder."""

from __future__ import annotations

from pathlib import Path

import torch
from transformers import (
    EncodecFeatureExtractor,
    GenerationConfig,
    MusicgenConfig,
    MusicgenProcessor,
    PreTrainedTokenizerFast,
)

from demo_models.music.components import EncodecModel, MusicgenForConditionalGeneration, T5EncoderModel
from demo_models.music.delay import steps_for
from demo_models.music.profile import CODEBOOKS, FRAME_RATE, Profile
from demo_models.music.train_language_model import LanguageModel
from demo_models.sounds.compose import MAX_SECONDS
from demo_models.sounds.synthesis import SAMPLE_RATE

GUIDANCE_SCALE = 3.0
TEMPERATURE = 1.0
TOP_K = 250


def assemble(
    codec: EncodecModel, text_encoder: T5EncoderModel, language_model: LanguageModel, profile: Profile
) -> MusicgenForConditionalGeneration:
    """The model that ``generate`` is called on, with defaults for sampling and for 30 seconds."""
    config = MusicgenConfig(
        text_encoder=text_encoder.config.to_dict(),
        audio_encoder=codec.config.to_dict(),
        decoder=language_model.decoder.config.to_dict(),
    )
    model = MusicgenForConditionalGeneration(config)
    model.text_encoder.load_state_dict(text_encoder.state_dict())
    model.audio_encoder.load_state_dict(codec.state_dict())
    model.decoder.load_state_dict(language_model.decoder.state_dict())
    model.enc_to_dec_proj.load_state_dict(language_model.enc_to_dec_proj.state_dict())
    start = profile.codec.codes
    model.generation_config = GenerationConfig(
        do_sample=True,
        guidance_scale=GUIDANCE_SCALE,
        temperature=TEMPERATURE,
        top_k=min(TOP_K, profile.codec.codes),
        max_new_tokens=steps_for(round(MAX_SECONDS * FRAME_RATE), CODEBOOKS),
        bos_token_id=start,
        pad_token_id=start,
        decoder_start_token_id=start,
    )
    return model.eval()


def save(model: MusicgenForConditionalGeneration, tokenizer: PreTrainedTokenizerFast, folder: Path) -> None:
    """Write model (safetensors, float16) and processor to ``folder``."""
    model.to(torch.float16).save_pretrained(folder)
    extractor = EncodecFeatureExtractor(feature_size=1, sampling_rate=SAMPLE_RATE, padding_side="left")
    MusicgenProcessor(extractor, tokenizer).save_pretrained(folder)
