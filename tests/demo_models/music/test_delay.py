"""The delay pattern is the one that transformers generates with."""

from __future__ import annotations

from typing import Any

import torch
from hypothesis import given
from hypothesis import strategies as st
from transformers import MusicgenDecoderConfig, MusicgenForCausalLM

from demo_models.music.delay import delay, steps_for, undelay

PAD = 16


@given(st.integers(1, 3), st.integers(1, 5), st.integers(1, 20))
def test_undelay_is_the_inverse(count: int, codebooks: int, frames: int) -> None:
    codes = torch.randint(PAD, (count, codebooks, frames))

    torch.testing.assert_close(undelay(delay(codes, PAD)), codes)


def test_each_codebook_begins_one_step_later() -> None:
    sequence = delay(torch.tensor([[[1, 2], [3, 4], [5, 6]]]), 0)

    assert sequence[0].tolist() == [[0, 1, 2, 0, 0], [0, 0, 3, 4, 0], [0, 0, 0, 5, 6]]


def test_generation_fills_just_the_places_of_the_codes() -> None:
    config = MusicgenDecoderConfig(
        vocab_size=PAD, hidden_size=8, num_hidden_layers=1, num_attention_heads=1, ffn_dim=8, num_codebooks=4
    )
    frames = 6
    length = 1 + steps_for(frames, 4)
    start = torch.full((4, 1), PAD)
    model: Any = MusicgenForCausalLM(config)
    _, pattern = model.build_delay_pattern_mask(start, PAD, max_length=length)
    ours = delay(torch.full((1, 4, frames), -1), PAD)

    assert pattern.tolist() == ours[0].tolist()
