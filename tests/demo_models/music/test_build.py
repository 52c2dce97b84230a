"""Every stage trains in seconds on tiny models, learns, resumes, and ends in a folder that transformers loads."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from transformers import AutoProcessor, MusicgenForConditionalGeneration, PreTrainedTokenizerFast

from demo_models.music import build as building
from demo_models.music.build import build, load_tokenizer
from demo_models.music.codec import build_codec, decode, encode
from demo_models.music.codes import encode_sounds
from demo_models.music.judge import measure
from demo_models.music.profile import CODEBOOKS, QUICK
from demo_models.music.spectral import spectral_loss
from demo_models.music.train_codec import crops, train_codec
from demo_models.music.train_language_model import LanguageData, LanguageModel, text_states, train_language_model
from demo_models.music.train_text_encoder import build_text_encoder, train_text_encoder
from demo_models.sounds.dataset import random_sounds
from tests.support.training_runs import assert_losses_fell, assert_same_weights, stop_after_first_checkpoint


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory: pytest.TempPathFactory) -> PreTrainedTokenizerFast:
    return load_tokenizer(QUICK, tmp_path_factory.mktemp("tokenizer"))


def test_codec_learns_and_resumes_as_if_unbroken(tmp_path: Path) -> None:
    unbroken = train_codec(QUICK, tmp_path / "a")
    stop_after_first_checkpoint(lambda: train_codec(QUICK, tmp_path / "b"))
    resumed = train_codec(QUICK, tmp_path / "b")

    assert_same_weights(unbroken, resumed)
    torch.manual_seed(QUICK.seed)
    clips = np.load(tmp_path / "a" / "clips.npy")
    fresh = crops(clips, replace(QUICK.codec, batch=8), np.random.default_rng(5))
    untrained, trained = (
        spectral_loss(decode(codec, encode(codec, fresh)), fresh)
        for codec in (build_codec(QUICK.codec).eval(), unbroken)
    )
    assert trained < 0.95 * untrained


def test_text_encoder_learns_and_resumes(tokenizer: PreTrainedTokenizerFast, tmp_path: Path) -> None:
    unbroken, _ = train_text_encoder(QUICK, tokenizer, tmp_path / "a")
    stop_after_first_checkpoint(lambda: train_text_encoder(QUICK, tokenizer, tmp_path / "b"))
    resumed, _ = train_text_encoder(QUICK, tokenizer, tmp_path / "b")

    assert_same_weights(unbroken, resumed)
    assert_losses_fell(tmp_path / "a" / "text-encoder.pt", 0.95)


def test_language_model_learns_and_resumes(tokenizer: PreTrainedTokenizerFast, tmp_path: Path) -> None:
    text_encoder = build_text_encoder(QUICK.text, tokenizer).eval()
    shape = (QUICK.language.clips, CODEBOOKS, 50)
    # Codes that can be learnt: each clip repeats one of its own.
    codes = np.broadcast_to(np.arange(shape[0], dtype=np.int16)[:, None, None], shape)

    def train(work: str) -> LanguageModel:
        return train_language_model(QUICK, codes, tokenizer, text_encoder, tmp_path / work)

    unbroken = train("a")
    stop_after_first_checkpoint(lambda: train("b"))
    resumed = train("b")

    assert_same_weights(unbroken, resumed)
    assert_losses_fell(tmp_path / "a" / "language-model.pt", 0.95)


def test_dropped_text_is_what_guided_generation_passes(tokenizer: PreTrainedTokenizerFast) -> None:
    text_encoder = build_text_encoder(QUICK.text, tokenizer).eval()
    data = LanguageData(np.zeros((1, 4, 4), np.int16), random_sounds(1, 0), tokenizer, text_encoder)
    states, mask = text_states(data, ["slow sea", None])

    assert mask.sum(1).tolist()[1] == 0 < mask.sum(1).tolist()[0]
    assert not states[1].any()
    logits = LanguageModel(QUICK)(torch.zeros(2, CODEBOOKS, 5, dtype=torch.long), states, mask)
    assert torch.isfinite(logits).all()


def test_codes_are_gone_on_with(tmp_path: Path) -> None:
    codec = build_codec(QUICK.codec).eval()
    whole = np.array(encode_sounds(codec, QUICK, tmp_path))
    partial = np.lib.format.open_memmap(tmp_path / "codes.partial", mode="w+", dtype=np.int16, shape=whole.shape)
    partial[:] = -1
    partial[:4] = 7
    partial.flush()
    (tmp_path / "codes.npy").unlink()
    resumed = encode_sounds(codec, QUICK, tmp_path)

    assert (resumed[:4] == 7).all()
    np.testing.assert_array_equal(resumed[4:], whole[4:])


def test_the_whole_path_ends_in_a_folder_that_transformers_loads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    build(QUICK, tmp_path / "work", tmp_path / "music")
    model = MusicgenForConditionalGeneration.from_pretrained(tmp_path / "music", dtype=torch.float32)
    processor = AutoProcessor.from_pretrained(tmp_path / "music")
    inputs = processor(text=["slow sea", "drums"], padding=True, truncation=True, return_tensors="pt")
    made = model.generate(**inputs, max_new_tokens=28)

    assert made.shape == (2, 1, 16_000)
    assert torch.isfinite(made).all()
    stored = load_file(tmp_path / "music" / "model.safetensors")
    assert {value.dtype for value in stored.values()} == {torch.float16}
    # Nothing is trained again.
    monkeypatch.setattr(building, "encode_sounds", lambda *_: np.load(tmp_path / "work" / "codes.npy"))
    build(QUICK, tmp_path / "work", tmp_path / "again")
    again = load_file(tmp_path / "again" / "model.safetensors")
    assert all(torch.equal(value, again[name]) for name, value in stored.items())


def test_judge_measures_a_folder(tmp_path: Path) -> None:
    build(QUICK, tmp_path / "work", tmp_path / "music")
    figures = measure(tmp_path / "music", count=40, seed=0)

    assert {"ordered", "recognised", "seconds_for_30", "peak", "silent", "clipped", "seaside"} <= set(figures)
    assert all(0 <= figures[name] <= 1 for name in ("ordered", "recognised", "silent", "clipped"))
