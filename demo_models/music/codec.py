"""EnCodec with a small configuration of our own, and its use: sound to codes and back."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from demo_models.music.components import EncodecConfig, EncodecModel
from demo_models.music.profile import CODEBOOKS, FRAME_RATE, CodecProfile
from demo_models.sounds.synthesis import SAMPLE_RATE


def build_codec(profile: CodecProfile) -> EncodecModel:
    """An untrained codec: causal, mono, 16 kHz; all its codebooks at its only bandwidth."""
    bits = (profile.codes - 1).bit_length()
    # Rounded up: transformers rounds the number of codebooks it derives from the bandwidth down.
    bandwidth = (CODEBOOKS * bits * FRAME_RATE + 1) / 1000
    config = EncodecConfig(
        target_bandwidths=[bandwidth],
        sampling_rate=SAMPLE_RATE,
        hidden_size=profile.width,
        num_filters=profile.filters,
        upsampling_ratios=list(profile.ratios),
        num_lstm_layers=1,
        pad_mode="constant",
        codebook_size=profile.codes,
    )
    codec = EncodecModel(config)
    if codec.config.frame_rate != FRAME_RATE or len(codec.quantizer.layers) != CODEBOOKS:
        raise ValueError(f"{profile} does not give {FRAME_RATE} frames of {CODEBOOKS} codes a second.")
    _scale_weights(codec)
    return codec


@torch.no_grad()
def _scale_weights(codec: EncodecModel) -> None:
    """Let signals pass the untrained codec at their own level.

    transformers leaves the weight-normalised convolutions at torch's defaults, by which a signal dies
    away over twenty layers; training then drives the gains up until it diverges. Here every
    convolution keeps the variance of white input; residual branches start small.
    """
    kinds = (nn.Conv1d, nn.ConvTranspose1d)
    convolutions: list[Any] = [module for module in codec.modules() if isinstance(module, kinds)]
    for convolution in convolutions:
        # A transposed one's norms are those of its input channels, twice as many as it gives out; each
        # sample is made of two taps.
        gain = (convolution.stride[0] / 2) ** 0.5 if isinstance(convolution, nn.ConvTranspose1d) else 1.0
        convolution.parametrizations.weight.original0.fill_(gain)
        convolution.bias.zero_()
    for layer in [*codec.encoder.layers, *codec.decoder.layers]:
        if hasattr(layer, "block"):
            layer.block[-1].conv.parametrizations.weight.original0.fill_(0.3)
    # From the level of sound to that of latents, and back.
    codec.encoder.layers[0].conv.parametrizations.weight.original0.fill_(4.0)
    codec.decoder.layers[-1].conv.parametrizations.weight.original0.fill_(0.05)


@torch.no_grad()
def encode(codec: EncodecModel, waves: Tensor) -> Tensor:
    """Waves (n, samples) in ±1 to codes (n, codebooks, frames), int64."""
    codes: Tensor = codec.encode(waves[:, None]).audio_codes[0]
    return codes


@torch.no_grad()
def decode(codec: EncodecModel, codes: Tensor) -> Tensor:
    """Codes (n, codebooks, frames) to waves (n, 640 x frames)."""
    waves: Tensor = codec.decode(codes[None], [None]).audio_values[:, 0]
    return waves
