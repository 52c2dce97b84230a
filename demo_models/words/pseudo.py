"""Invented words, in place of most nouns of the training data: what cannot be known has to be copied."""

from __future__ import annotations

import random

from demo_models.words import lexicon
from demo_models.words.lexicon import words

_ONSETS = words(
    "b bl br c ch cl cr d dr f fl fr g gl gr h j k kn l m n p ph pl pr qu r s sc sh sk sl sm sn sp st str sw t th thr "
    "tr tw v w wh y z"
)
_NUCLEI = words("a a a e e e i i o o u u ai au ea ee ei ie oa oo ou ow ay y")
_CODAS = words("b ck d ff ft g ll lf lt m mp n nd ng nk nt p r rb rd rk rl rm rn rt s sh sk sp ss st t th tch x z")
_ENDINGS = words("er el le ow ant in on oon et ard age or y ie o a us ice ule ine ory ment ness ship ock ish")
_SCRIPTS = (
    "абвгдежзиклмнопрстуфхцчшыэюя",
    "αβγδεζηθικλμνξοπρστυφχψω",
    "áàâäãåçéèêëíîïñóôöøúüß",
    "月山水火木金土日人雨雪海空花",
)
_EMOJI = "😀🐱🌊🌧🚲🌅🎵🔥⭐🌙"


_REAL = frozenset(
    {
        *lexicon.FUNCTION_WORDS, *lexicon.FILLER_WORDS, *lexicon.CONCEPTS, *lexicon.LIVING, *lexicon.THINGS,
        *lexicon.PLACES, *lexicon.ADJECTIVES, *lexicon.MOODS, *lexicon.SOUND_NOUNS, *lexicon.HELD_OUT_NOUNS,
        *lexicon.TIMES, *lexicon.COLOURS,
    }
)  # fmt: skip
_KNOWN = sorted(word for word in _REAL - {*lexicon.HELD_OUT_NOUNS} if len(word) > 2 and word.isalpha())


def pseudo_word(rng: random.Random) -> str:
    """An English-looking word of 3 to 12 letters, none of the lexicon's own."""
    while True:
        syllables = rng.choice((1, 1, 2, 2, 2, 3))
        parts = []
        for index in range(syllables):
            if index or rng.random() < 0.8:
                parts.append(rng.choice(_ONSETS))
            parts.append(rng.choice(_NUCLEI))
            if rng.random() < (0.75 if index == syllables - 1 else 0.3):
                parts.append(rng.choice(_CODAS))
        if rng.random() < 0.3:
            parts.append(rng.choice(_ENDINGS))
        word = "".join(parts)
        if 3 <= len(word) <= 12 and word not in _REAL:
            return word


def blended_word(rng: random.Random) -> str:
    """The beginning of one known word with the end of another: it is cut into pieces that neither word shows alone."""
    while True:
        first, second = rng.choice(_KNOWN), rng.choice(_KNOWN)
        word = first[: rng.randint(2, len(first))] + second[rng.randint(1, len(second) - 1) :]
        if 3 <= len(word) <= 12 and word not in _REAL:
            return word


def random_letters(rng: random.Random) -> str:
    """Three to nine letters without any pattern, so that every piece of the vocabulary gets copied."""
    return "".join(rng.choice("abcdefghijklmnopqrstuvwxyz") for _ in range(rng.randint(3, 9)))


def foreign_word(rng: random.Random) -> str:
    """A few letters of another script, a name with a digit, a hyphened word, or an emoji."""
    kind = rng.random()
    if kind < 0.5:
        letters = rng.choice(_SCRIPTS)
        return "".join(rng.choice(letters) for _ in range(rng.randint(1, 5)))
    if kind < 0.7:
        return f"{pseudo_word(rng)}-{pseudo_word(rng)}"
    if kind < 0.9:
        return f"{pseudo_word(rng)}{rng.randint(0, 99)}"
    return rng.choice(_EMOJI)


def unknown_word(rng: random.Random) -> str:
    """Any of these, mostly the English-looking ones."""
    kind = rng.random()
    if kind < 0.55:
        return pseudo_word(rng)
    if kind < 0.8:
        return blended_word(rng)
    return random_letters(rng) if kind < 0.95 else foreign_word(rng)
