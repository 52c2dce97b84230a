"""The transformers classes we build from, without types.

The library's own annotations contradict its use: ``to`` is wrapped without its parameters, outputs may be
tuples, and configurations take fewer arguments than they do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    EncodecConfig = Any
    EncodecModel = Any
    MusicgenDecoderConfig = Any
    MusicgenForCausalLM = Any
    MusicgenForConditionalGeneration = Any
    T5Config = Any
    T5EncoderModel = Any
else:
    from transformers import (
        EncodecConfig,
        EncodecModel,
        MusicgenDecoderConfig,
        MusicgenForCausalLM,
        MusicgenForConditionalGeneration,
        T5Config,
        T5EncoderModel,
    )

__all__ = [
    "EncodecConfig",
    "EncodecModel",
    "MusicgenDecoderConfig",
    "MusicgenForCausalLM",
    "MusicgenForConditionalGeneration",
    "T5Config",
    "T5EncoderModel",
]
