"""The codec keeps time and shape, and its training gradient is the right one."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from demo_models.music.codec import build_codec, decode, encode
from demo_models.music.profile import CODEBOOKS, FRAME_RATE, FULL, QUICK
from demo_models.music.train_codec import run_mixed
from demo_models.sounds.compose import render
from demo_models.sounds.synthesis import SAMPLE_RATE
from demo_models.sounds.vocabulary import Sound


@pytest.fixture(autouse=True)
def same_start() -> None:
    torch.manual_seed(0)


def sea(seconds: float) -> Tensor:
    return torch.from_numpy(render(Sound(("sea",)), 0, seconds))[None]


@pytest.mark.parametrize("seconds", [0.04, 0.5, 1.03])
def test_codes_and_waves_keep_the_length(seconds: float) -> None:
    codec, wave = build_codec(QUICK.codec).eval(), sea(seconds)
    codes = encode(codec, wave)
    frames = math.ceil(wave.shape[1] * FRAME_RATE / SAMPLE_RATE)

    assert codes.shape == (1, CODEBOOKS, frames)
    assert 0 <= codes.min() <= codes.max() < QUICK.codec.codes
    assert decode(codec, codes).shape == (1, frames * SAMPLE_RATE // FRAME_RATE)


def test_a_profile_of_another_frame_rate_is_refused() -> None:
    with pytest.raises(ValueError, match="25 frames"):
        build_codec(type(QUICK.codec)(ratios=(8, 8, 8)))


def test_signals_pass_the_untrained_codec_at_their_own_level() -> None:
    codec, wave = build_codec(FULL.codec).eval(), sea(1.0)
    with torch.no_grad():
        latents = codec.encoder(wave[:, None])
        output = codec.decoder(latents)

    assert 0.02 < latents.std() < 2
    assert 0.01 * wave.std() < output.std() < 2 * wave.std()


@pytest.mark.parametrize("half", ["encoder", "decoder"])
def test_mixed_precision_gives_the_right_outputs_and_gradients(half: str) -> None:
    codec, hidden = build_codec(FULL.codec), sea(0.64)[:, None]
    if half == "decoder":
        hidden = codec.encoder(hidden).detach()
    for layer in getattr(codec, half).layers:
        weights = torch.randn(layer(hidden).shape)
        given = hidden.clone().requires_grad_()
        found = {}
        for name, output in (("exact", layer(given)), ("mixed", run_mixed([layer], given))):
            wanted = [given, *layer.parameters()]
            found[name] = [output.detach(), *torch.autograd.grad((output.float() * weights).sum(), wanted)]
        for exact, mixed in zip(found["exact"], found["mixed"], strict=True):
            assert torch.cosine_similarity(exact.flatten(), mixed.float().flatten(), dim=0) > 0.99
        hidden = found["exact"][0]
