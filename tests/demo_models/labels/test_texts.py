"""What a training step says of a picture is true of it, false of it, or left out."""

from __future__ import annotations

import random

import numpy as np
import pytest

from demo_models.labels.pictures import FALSE, TRUE, UNDECIDED, Scenes, truth_of
from demo_models.labels.texts import StrangeWords, caption_texts, label_texts, strange_texts
from demo_models.labels.tokenizer import END, START, build_tokenizer
from demo_models.scenes.labels import LABELS
from demo_models.scenes.vocabulary import Figures, Item, View
from demo_models.scenes.wording_negatives import NEVER_DRAWN, UNSEEN_NEVER_DRAWN

BEACH, CIRCLE = View("beach", "night"), Figures((Item("circle", "red"),), "blue")


def test_labels_are_worded_and_keep_their_truth() -> None:
    truth = np.stack([truth_of(BEACH), truth_of(CIRCLE)])
    chosen = [7, *range(40, 90)]
    texts = label_texts(chosen, truth, random.Random(1))
    assert len(texts.texts) == len(chosen)
    assert np.array_equal(texts.truth, truth[:, chosen])
    assert any(text not in LABELS for text in texts.texts)


def test_captions_are_true_of_their_own_picture_and_false_of_quite_another() -> None:
    truth = np.stack([truth_of(BEACH), truth_of(CIRCLE)])
    for seed in range(20):
        verdict = caption_texts([BEACH, CIRCLE], truth, 2, random.Random(seed)).truth
        assert verdict[0, 0] in (TRUE, UNDECIDED)
        assert verdict[1, 1] in (TRUE, UNDECIDED)
        assert TRUE not in (verdict[0, 1], verdict[1, 0])
    assert (verdict == [[TRUE, FALSE], [FALSE, TRUE]]).all()


def test_a_caption_is_never_false_of_the_same_scene_elsewhere_in_the_batch() -> None:
    truth = np.stack([truth_of(BEACH)] * 3)
    for seed in range(20):
        verdict = caption_texts([BEACH] * 3, truth, 3, random.Random(seed)).truth
        assert FALSE not in verdict
        assert (verdict[~np.eye(3, dtype=bool)] == UNDECIDED).all()


def test_fewer_captions_than_pictures_can_be_asked_for() -> None:
    scenes = [Scenes(2)[index] for index in range(5)]
    texts = caption_texts(scenes, np.stack([truth_of(scene) for scene in scenes]), 2, random.Random(1))
    assert (len(texts.texts), texts.truth.shape) == (2, (5, 2))


def test_strange_words_are_no_known_ones_and_many() -> None:
    words, rng = StrangeWords(frozenset({"bird", "car", "red"})), random.Random(3)
    drawn = [words.draw(rng) for _ in range(2000)]
    unseen = {word for text in UNSEEN_NEVER_DRAWN for word in text.split()}
    assert not set(drawn) & {"bird", "car", "red", *unseen}
    assert len(set(drawn)) > 900
    assert len(set(drawn) & set(NEVER_DRAWN)) > 200


def test_strange_texts_are_false_of_every_picture() -> None:
    texts = strange_texts(StrangeWords(frozenset()), 7, 3, random.Random(4))
    assert len(texts.texts) == 7
    assert texts.truth.shape == (3, 7)
    assert (texts.truth == FALSE).all()


def test_the_tokenizer_knows_our_words_whole_and_no_text_is_unknown() -> None:
    tokenizer = build_tokenizer(1_200, 300, 48, 1)
    assert len(tokenizer) == 1_200
    assert tokenizer.tokenize("a Red circle") == ["a</w>", "red</w>", "circle</w>"]
    for text in ("Café 海 🎈", "xylophone", "_$%"):
        ids = tokenizer(text).input_ids
        assert (tokenizer.decode(ids[:1]), tokenizer.decode(ids[-1:])) == (START, END)
        assert "".join(text.lower().split()) == str(tokenizer.decode(ids[1:-1])).replace(" ", "")


def test_the_tokenizer_is_the_same_for_the_same_seed() -> None:
    first, second = (build_tokenizer(900, 100, 48, 1).get_vocab() for _ in range(2))
    assert first == second


@pytest.mark.parametrize("length", [8, 48])
def test_the_tokenizer_cuts_at_the_context_length(length: int) -> None:
    tokenizer = build_tokenizer(700, 50, length, 1)
    ids = tokenizer("sea " * 100, truncation=True).input_ids
    assert len(ids) == length
    assert ids[-1] == tokenizer.eos_token_id
