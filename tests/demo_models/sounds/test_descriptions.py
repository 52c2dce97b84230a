"""Descriptions: free in wording, true to the sound, and never the sentences kept for judging."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from demo_models.sounds.descriptions import HELD_OUT, describe, plain_description
from demo_models.sounds.vocabulary import KINDS, MOODS, TEMPI, Sound, random_sound
from demo_models.sounds.wording import KIND_WORDS, MOOD_NOUNS, MOOD_WORDS, TEMPO_PHRASES, TEMPO_WORDS


def drawn(count: int) -> list[tuple[Sound, str]]:
    rng = random.Random(5)
    pairs = []
    for _ in range(count):
        sound = random_sound(rng)
        pairs.append((sound, describe(sound, rng).text))
    return pairs


@given(st.integers(0, 2**32))
def test_what_is_stated_is_true_of_the_sound(seed: int) -> None:
    rng = random.Random(seed)
    sound = random_sound(rng)
    made = describe(sound, rng)

    assert made.text
    assert made.layers in (frozenset(sound.layers), frozenset())
    assert made.mood in (sound.mood, None)
    assert made.tempo in (sound.tempo, None)


@given(st.integers(0, 2**32))
def test_what_is_stated_can_be_read_and_nothing_else(seed: int) -> None:
    rng = random.Random(seed)
    sound = random_sound(rng)
    made = describe(sound, rng)
    text = made.text.lower()

    assert all(any(_in(text, word) for word in KIND_WORDS[kind]) for kind in made.layers)
    assert made.mood is None or any(_in(text, word) for word in (*MOOD_WORDS[made.mood], *MOOD_NOUNS[made.mood]))
    assert made.tempo is None or any(_in(text, word) for word in (*TEMPO_WORDS[made.tempo], *TEMPO_PHRASES[made.tempo]))


def _in(text: str, words: str) -> bool:
    """Whether ``words`` stand in ``text`` in their order; articles may be dropped and other words come between."""
    place = 0
    for word in words.split():
        if word in ("a", "an", "the"):
            continue
        place = text.find(word, place)
        if place < 0:
            return False
    return True


def test_no_word_names_two_kinds_or_two_moods() -> None:
    for table in (KIND_WORDS, MOOD_WORDS, TEMPO_WORDS):
        words = [word for options in table.values() for word in set(options)]
        repeated = {word for word in words if words.count(word) > 1}
        assert not repeated


def test_the_seed_sentence_never_occurs() -> None:
    normalised = {" ".join(text.lower().strip(".").split()) for _, text in drawn(5_000)}

    assert not normalised & HELD_OUT
    assert "a calm and relaxing seaside ambiance" in HELD_OUT


def test_wordings_vary() -> None:
    texts = [text for _, text in drawn(1_000)]

    assert len(set(texts)) > 950
    assert min(len(text.split()) for text in texts) == 1
    assert max(len(text.split()) for text in texts) > 12


def test_all_kinds_moods_tempi_and_numbers_of_layers_are_drawn() -> None:
    sounds = [sound for sound, _ in drawn(2_000)]

    assert {kind for sound in sounds for kind in sound.layers} == set(KINDS)
    assert {sound.mood for sound in sounds} == set(MOODS)
    assert {sound.tempo for sound in sounds} == set(TEMPI)
    assert {len(sound.layers) for sound in sounds} == {1, 2, 3}


def test_the_canonical_sentence_names_what_is_not_ordinary() -> None:
    assert plain_description(Sound(("drums", "bass"), "energetic", "fast")) == "energetic fast drums and bass"
    assert plain_description(Sound(("sea",))) == "sea"
