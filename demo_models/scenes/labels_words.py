"""How labels are typed: bare words, with an article, in the plural, in other words."""

from __future__ import annotations

import random

from demo_models.scenes import wording, wording_figures, wording_labels, wording_places, wording_subjects
from demo_models.scenes.labels_bank import COUNT_LABELS, place_label
from demo_models.scenes.vocabulary import COLOURS, PEOPLE, PLACES, SHAPES, SUBJECT_COLOURS, SUBJECTS
from demo_models.scenes.wording_negatives import MASS

_PLURAL_SHARE = 0.12
_OWN_NAME_SHARE = 0.45
_SINGULAR_ENDINGS = ("ss", "us", "bus", "gas")


def phrasing(label: str, rng: random.Random) -> str:
    """``label``, of the bank or any other noun, as somebody might type it: "cat", "a photo of a kitten", "cats"."""
    words = label
    if label in _SYNONYMS and rng.random() >= _OWN_NAME_SHARE:
        words = rng.choice(_SYNONYMS[label])
    elif label in wording_subjects.SUBJECT_PLURALS and rng.random() < _PLURAL_SHARE:
        words = rng.choice(wording_subjects.SUBJECT_PLURALS[label])
    if words in wording_labels.NO_NOUNS:
        return words
    text = rng.choice(wording_labels.PROMPTS).format(n=words, a=_with_article(label, words))
    return text if rng.random() < 0.9 else text.capitalize()


def _with_article(label: str, words: str) -> str:
    if words in _PLACE_ARTICLES:
        return _PLACE_ARTICLES[words]
    several = words.endswith("s") and not words.endswith(_SINGULAR_ENDINGS)
    if (
        label in wording_labels.UNCOUNTED
        or words in wording_labels.UNCOUNTED
        or label in _NO_NOUN
        or words in MASS
        or several
    ):
        return words
    if words in _PLURALS or words.startswith("the "):
        return words
    return wording.article(words)


def _synonyms() -> dict[str, tuple[str, ...]]:
    synonyms = dict(wording_labels.SYNONYMS)
    for place in PLACES:
        if place != "studio":
            synonyms[place_label(place)] = tuple(wording.bare(name) for name in wording_places.PLACE_NAMES[place])
    synonyms |= wording_subjects.SUBJECT_NAMES
    for shape in SHAPES:
        synonyms[shape] = wording_figures.SHAPE_WORDS[shape]
    for colour, words in wording_figures.COLOUR_WORDS.items():
        synonyms[colour] = (*words, f"{colour} colour", f"something {colour}")
        synonyms[f"{colour} background"] = tuple(
            f"{word} {noun}" for word in words for noun in ("background", "backdrop")
        )
        for shape in SHAPES:
            names = wording_figures.SHAPE_WORDS[shape]
            synonyms[f"{colour} {shape}"] = tuple(f"{word} {name}" for word in words for name in names)
        for subject, colours in SUBJECT_COLOURS.items():
            if colour in colours:
                synonyms |= _coloured_synonyms(subject, colour, words)
    return synonyms


def _coloured_synonyms(subject: str, colour: str, words: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    names = wording_subjects.SUBJECT_NAMES[subject]
    if subject in PEOPLE:
        worn = [template.format(c=colour) for template in wording_subjects.WORN]
        return {f"{subject} in {colour}": tuple(f"{name} {what}" for name in names for what in worn)}
    return {f"{colour} {subject}": tuple(f"{word} {name}" for word in words for name in names)}


_SYNONYMS = _synonyms()
_PLACE_ARTICLES = {wording.bare(name): name for names in wording_places.PLACE_NAMES.values() for name in names}
_NO_NOUN: frozenset[str] = frozenset((*COUNT_LABELS, *COLOURS))
_PLURALS = frozenset(plural for subject in SUBJECTS for plural in wording_subjects.SUBJECT_PLURALS[subject])
