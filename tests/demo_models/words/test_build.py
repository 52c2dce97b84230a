"""The T5's training runs in seconds on a tiny model, lowers its loss, and resumes where it was stopped."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file
from transformers import AutoTokenizer, PreTrainedTokenizerFast

from demo_models.training import Checkpoint
from demo_models.words.build import build
from demo_models.words.dataset import Batches
from demo_models.words.judge import answer_tags, fresh_tags, measure, tags_engine
from demo_models.words.profile import QUICK
from demo_models.words.tokenizer import build_tokenizer
from demo_models.words.train import CHECKPOINT, build_model, train
from tests.support.training_runs import assert_losses_fell, assert_same_weights, stop_after_first_checkpoint


@pytest.fixture(scope="module")
def tokenizer() -> PreTrainedTokenizerFast:
    return build_tokenizer(QUICK.merges, QUICK.seed)


def test_training_lowers_its_loss_and_resumes(tokenizer: PreTrainedTokenizerFast, tmp_path: Path) -> None:
    unbroken = train(QUICK, tokenizer, tmp_path / "unbroken")
    stop_after_first_checkpoint(lambda: train(QUICK, tokenizer, tmp_path / "broken"))
    resumed = train(QUICK, tokenizer, tmp_path / "broken")

    assert_losses_fell(tmp_path / "unbroken" / CHECKPOINT, 0.9)
    state = Checkpoint(tmp_path / "unbroken" / CHECKPOINT).load()
    assert state is not None
    assert [step for step, _ in state["curve"]] == [20, 40]
    assert_same_weights(unbroken, resumed)


def test_heads_begin_by_looking_beside_them(tokenizer: PreTrainedTokenizerFast) -> None:
    model: Any = build_model(QUICK, tokenizer)
    attention = model.encoder.block[0].layer[0].SelfAttention
    bias = attention.compute_bias(5, 5)[0]
    # Row 2 is the position that looks: the first head at position 1, the second at position 3.
    assert [int(bias[head, 2].argmax()) for head in (0, 1)] == [1, 3]


def test_batches_are_the_same_whenever_they_are_asked_for(tokenizer: PreTrainedTokenizerFast) -> None:
    ahead = Batches(tokenizer, profile=QUICK)
    later = [ahead[step] for step in (9, 17, 9)]
    assert torch.equal(later[0].sources, later[2].sources)
    assert torch.equal(later[0].targets, Batches(tokenizer, profile=QUICK)[9].targets)
    assert not torch.equal(later[0].sources, later[1].sources)
    assert len(later[0].sources) == QUICK.batch


@pytest.mark.parametrize("merges", [0, 60, 300])
def test_a_word_is_cut_the_same_way_in_the_input_and_in_the_answer(merges: int) -> None:
    tokenizer = build_tokenizer(merges, 1)
    word = tokenizer("hedgehog", add_special_tokens=False).input_ids
    source = tokenizer("tags: a Hedgehog, and (hedgehog) | the hedgehog").input_ids
    target = tokenizer("hedgehog, hedgehog").input_ids
    for ids, times in ((source, 3), (target, 2)):
        found = [start for start in range(len(ids)) if ids[start : start + len(word)] == word]
        assert len(found) == times


@pytest.mark.parametrize("text", ["кот, 🌊", "猫 x42", "snow-capped hills.", "don't", "café", "a, b | c"])
def test_any_text_comes_back_from_its_pieces(tokenizer: PreTrainedTokenizerFast, text: str) -> None:
    ids = tokenizer(text).input_ids
    assert tokenizer.unk_token_id not in ids
    assert tokenizer.decode(ids, skip_special_tokens=True) == text


def test_quick_build_makes_a_folder_that_both_engines_load(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    build(QUICK, tmp_path / "work", folder)

    assert {value.dtype for value in load_file(folder / "model.safetensors").values()} == {torch.float16}
    assert AutoTokenizer.from_pretrained(folder)("the cat").input_ids
    assert json.loads((folder / "atelier.json").read_text())["lower_case"]
    assert all(isinstance(tags, list) for tags in answer_tags(tags_engine(folder), fresh_tags(3, 1)))
    figures = measure(folder, count=2, seed=1)
    assert all(0 <= value <= 1 for value in figures.values())
    assert {"tags_f1", "tags_f1_unrestricted", "tags_invented", "text_content_words", "text_sound"} <= set(figures)
