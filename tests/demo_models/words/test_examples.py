"""What the T5 is taught is what it should answer: examples are held to their laws, and the judge to its own."""

from __future__ import annotations

import random
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from demo_models.words import lexicon, sentences
from demo_models.words.judge import DICTIONARY, SEED_EXAMPLE, f1, fresh_tags, invented, judge_texts, words_in
from demo_models.words.phrases import Speaker, Word, plural_of, tag_of, tags_of, text_of
from demo_models.words.pseudo import unknown_word
from demo_models.words.templates import HELD_OUT_PICTURES, HELD_OUT_SOUNDS, PICTURES, SOUNDS
from demo_models.words.texts import (
    HELD_OUT_TEXTS,
    MAX_TAGS,
    TextExample,
    list_example,
    repeats,
    tags_example,
    text_example,
)

SEEDS = st.integers(0, 2**32)


def _speaker(seed: int, *, held_out: bool = False) -> Speaker:
    return Speaker(random.Random(seed), held_out_nouns=held_out, held_out_templates=held_out)


@given(seed=SEEDS, held_out=st.booleans())
@settings(max_examples=150, deadline=None)
def test_every_tag_stands_in_the_input_or_is_a_concept(seed: int, held_out: bool) -> None:
    example = tags_example(_speaker(seed, held_out=held_out))
    assert invented(example.tags, example) == []
    assert len(set(example.tags)) == len(example.tags) <= MAX_TAGS
    assert not set(example.tags) & (lexicon.FUNCTION_WORDS | lexicon.FILLER_WORDS)
    assert example.target.split(", ") == list(example.tags) or not example.tags


@given(seed=SEEDS)
@settings(max_examples=150, deadline=None)
def test_every_text_passes_the_tests_that_the_model_must_pass(seed: int) -> None:
    example = text_example(_speaker(seed))
    figures = judge_texts([example], [example.text])
    assert figures["text_ends_in_full_stop"] == figures["text_one_to_three_sentences"] == 1.0
    assert figures["text_content_words"] == 1.0
    assert figures["text_known_words"] == 1.0


@given(seed=SEEDS)
@settings(max_examples=50, deadline=None)
def test_the_same_seed_gives_the_same_example(seed: int) -> None:
    assert tags_example(_speaker(seed)) == tags_example(_speaker(seed))
    assert text_example(_speaker(seed)) == text_example(_speaker(seed))


@given(seed=SEEDS)
@settings(max_examples=100, deadline=None)
def test_training_never_holds_what_is_kept_for_judging(seed: int) -> None:
    speaker = _speaker(seed)
    words = words_in(f"{tags_example(speaker).source} {text_example(speaker).prompt}")
    assert not words & {form for noun in lexicon.HELD_OUT_NOUNS for form in (noun, plural_of(noun))}
    assert not any(text in tags_example(speaker).source.lower() for text in HELD_OUT_TEXTS)


@given(seed=SEEDS)
@settings(max_examples=50, deadline=None)
def test_lists_of_invented_words_are_copied_whole(seed: int) -> None:
    example = list_example(random.Random(seed))
    assert example.picture.replace(",", "").split() == list(example.tags)


def test_held_out_templates_are_none_of_the_known_ones() -> None:
    assert not set(PICTURES) & set(HELD_OUT_PICTURES)
    assert not set(SOUNDS) & set(HELD_OUT_SOUNDS)


def test_every_template_can_be_filled() -> None:
    speaker = _speaker(1)
    for template in (*PICTURES, *SOUNDS, *HELD_OUT_PICTURES, *HELD_OUT_SOUNDS):
        text = text_of(speaker.fill(template))
        assert not re.search(r"[{}~=]", text), template
        assert not re.search(r"\ba [aeiou]|\ban [^aeiou\W]", text), text


def test_most_nouns_of_the_training_are_invented() -> None:
    speaker = _speaker(2)
    known = {*lexicon.LIVING, *lexicon.THINGS, *lexicon.PLACES}
    heroes = [speaker.picture().hero for _ in range(400)]
    invented_share = sum(hero is not None and hero[0] not in known for hero in heroes) / len(heroes)
    assert invented_share > 0.5


def test_invented_words_are_none_of_the_lexicon() -> None:
    rng = random.Random(3)
    words = {unknown_word(rng) for _ in range(3_000)}
    assert len(words) > 2_500
    assert not words & {*lexicon.FUNCTION_WORDS, *lexicon.HELD_OUT_NOUNS, *lexicon.LIVING}


@pytest.mark.parametrize(
    ("word", "tag"),
    [("cat", "cat"), ("seaside", "sea"), ("the", None), ("ambiance", None), (",", None), ("🌊", "🌊"), ("x42", "x42")],
)
def test_tag_of_a_word_by_example(word: str, tag: str | None) -> None:
    assert tag_of(word) == tag


def test_text_and_tags_of_words_by_example() -> None:
    words = [Word("a"), Word("cat", "cat"), Word(","), Word("seaside", "sea"), Word("cat", "cat")]
    assert text_of(words) == "a cat, seaside cat"
    assert tags_of(words) == ["cat", "sea"]


@pytest.mark.parametrize(
    ("noun", "plural"), [("cat", "cats"), ("fox", "foxes"), ("city", "cities"), ("man", "men"), ("glass", "glasses")]
)
def test_plural_by_example(noun: str, plural: str) -> None:
    assert plural_of(noun) == plural


def test_f1_by_example() -> None:
    assert f1([["a", "b"]], [["b", "a"]]) == 1.0
    assert f1([["a", "b"], []], [["a", "c"], ["a"]]) == pytest.approx(0.25)
    assert f1([[]], [[]]) == 1.0


def test_invented_by_example() -> None:
    assert invented(["cat", "sea", "dog"], SEED_EXAMPLE) == ["dog"]


def test_texts_are_judged_by_example() -> None:
    example = TextExample("a blick in the rain", "", ("blick", "rain"))
    good = judge_texts([example], ["Here is a blick in the rain. Soft light falls on everything."])
    assert set(good.values()) == {1.0}
    bad = judge_texts([example], ["Here is a zorb zorb zorb"])
    assert bad["text_content_words"] == bad["text_ends_in_full_stop"] == bad["text_repeats_nothing"] == 0.0
    assert bad["text_known_words"] == bad["text_sound"] == 0.0


def test_repeats_lets_function_words_be() -> None:
    assert not repeats("the cat and the dog and the bird.")
    assert repeats("rain, rain, rain.")


def test_the_dictionary_holds_what_is_taught_and_no_slots() -> None:
    assert {"waves", "salt", "here", "welcome"} <= DICTIONARY
    assert not any("{" in word for word in DICTIONARY)
    assert all(sentence.endswith(".") for many in sentences.ASSOCIATIONS.values() for sentence in many)


def test_fresh_examples_have_held_out_nouns() -> None:
    examples = fresh_tags(50, 5)
    assert len(examples) == 50
    forms = {form for noun in lexicon.HELD_OUT_NOUNS for form in (noun, plural_of(noun))}
    assert sum(bool(words_in(example.source) & forms) for example in examples) > 45
