"""The tokenizer: loads back as CLIP's, knows our words whole, and takes any text."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from transformers import CLIPTokenizer

from demo_models.scenes.vocabulary import COLOURS, SHAPES, SUBJECTS, TIMES
from demo_models.stable_diffusion.tokenizer import END, MAX_LENGTH, START, build_tokenizer, learn_merges
from demo_models.stable_diffusion.train_text_encoder import tokenize


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory: pytest.TempPathFactory) -> CLIPTokenizer:
    folder: Path = tmp_path_factory.mktemp("tokenizer")
    build_tokenizer(2000, 5000, 7).save_pretrained(folder)
    loaded: CLIPTokenizer = CLIPTokenizer.from_pretrained(folder)
    return loaded


def test_words_of_the_vocabulary_are_single_tokens(tokenizer: CLIPTokenizer) -> None:
    words = {word for name in (*COLOURS, *SHAPES, *SUBJECTS, *TIMES) for word in name.split()}
    for word in words:
        assert tokenizer.tokenize(word) == [word + "</w>"]


@pytest.mark.parametrize("text", ["", "zyxwvut", "çàé 你好 🎨", '4k, 8k; (très) "bizarre"\n\tprompt!'])
def test_any_text_is_encoded_between_start_and_end(tokenizer: CLIPTokenizer, text: str) -> None:
    ids = tokenizer(text).input_ids

    assert ids[0] == tokenizer.convert_tokens_to_ids(START)
    assert ids[-1] == tokenizer.convert_tokens_to_ids(END)
    assert tokenizer.convert_tokens_to_ids(END) not in ids[1:-1]


def test_case_is_ignored(tokenizer: CLIPTokenizer) -> None:
    assert tokenizer("A RED Circle").input_ids == tokenizer("a red circle").input_ids


def test_long_prompts_are_truncated(tokenizer: CLIPTokenizer) -> None:
    tokens = tokenize(tokenizer, ["red " * 500, "red"])

    assert tokens.shape == (2, MAX_LENGTH)
    assert tokens[0, -1] == tokenizer.eos_token_id


def test_merges_prefer_frequent_pairs_then_the_alphabet() -> None:
    counts = Counter({"ab": 3, "cd": 3, "ef": 5})

    assert learn_merges(counts, 2) == [("e", "f</w>"), ("a", "b</w>")]
    assert len(learn_merges(counts, 100)) == 3
