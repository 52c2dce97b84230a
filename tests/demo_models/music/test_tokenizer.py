"""The tokenizer is the same from the same seed, spells what it does not know, and reads any text."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from transformers import AutoTokenizer, PreTrainedTokenizerFast

from demo_models.music.tokenizer import END, MAX_LENGTH, UNKNOWN, build_tokenizer


@pytest.fixture(scope="module")
def tokenizer() -> PreTrainedTokenizerFast:
    return build_tokenizer(500, seed=1)


def test_the_same_seed_gives_the_same_pieces(tokenizer: PreTrainedTokenizerFast) -> None:
    assert build_tokenizer(500, seed=1).get_vocab() == tokenizer.get_vocab()


def test_frequent_words_are_few_pieces_and_new_ones_are_spelt(tokenizer: PreTrainedTokenizerFast) -> None:
    assert len(tokenizer("calm piano").input_ids) <= 5
    assert UNKNOWN not in tokenizer.tokenize("qwxzj vyk")
    assert tokenizer.decode(tokenizer("qwxzj vyk").input_ids, skip_special_tokens=True) == "qwxzj vyk"


def test_case_and_accents_do_not_matter(tokenizer: PreTrainedTokenizerFast) -> None:
    assert tokenizer("CALM Séa").input_ids == tokenizer("calm sea").input_ids


@given(st.text(max_size=400))
def test_any_text_ends_properly_and_fits(tokenizer: PreTrainedTokenizerFast, text: str) -> None:
    ids = tokenizer(text, truncation=True).input_ids

    assert len(ids) <= MAX_LENGTH
    assert ids[-1] == tokenizer.convert_tokens_to_ids(END)


def test_it_is_read_back_the_same(tokenizer: PreTrainedTokenizerFast, tmp_path: Path) -> None:
    tokenizer.save_pretrained(tmp_path)
    read = AutoTokenizer.from_pretrained(tmp_path)

    assert read("Waves, 3 BELLS!").input_ids == tokenizer("Waves, 3 BELLS!").input_ids
