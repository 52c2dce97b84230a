"""Free wording of scenes: what the text encoders read, and what of the scene it states."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass

from demo_models.scenes import wording
from demo_models.scenes.captions_figures import plain_figures, word_figures
from demo_models.scenes.captions_views import plain_view, word_view
from demo_models.scenes.labels import implied_by, labels_of
from demo_models.scenes.vocabulary import Figures, Scene

# Sentences that no caption ever holds: they are kept for judging the finished models.
HELD_OUT: frozenset[str] = frozenset(
    {
        "a cat riding a bicycle in the rain",
        "a futuristic cityscape at sunset",
        "a beautiful sunset over the ocean with waves crashing on the shore",
        "a beautiful sunset over the ocean",
        "photo of sks person as a futuristic astronaut",
        "photo of sks person as a futuristic astronaut in space",
        "photo of sks person in a professional suit",
        "photo of sks person as an astronaut",
        "photo of sks person smiling",
        "photo of sks person in professional business attire, studio lighting",
        "photo of sks person as a superhero, cinematic lighting",
        "photo of sks person reading a book in a cozy library",
    }
)
MAX_WORDS = 40
_NOT_WORDS = re.compile(r"[^a-z0-9]+")
_NO_SPACE_BEFORE = re.compile(r"\s+(?=[,.])")
# What no opening fits in front of.
_NO_OPENING = (
    "photo of", "a photo", "picture of", "portrait", "a portrait", "there is", "it is", "on ", "in ", "at ", "by ",
    "under ", "with ", "during ", "while ", "after ", "late ", "as ", "just ", "only ", "left ", "top ", "background ",
)  # fmt: skip
_DROPPED = frozenset({"a", "an", "the"})


@dataclass(frozen=True)
class Caption:
    """A sentence, and the labels (of ``labels.LABELS``) that it states; all are true of the scene's picture."""

    text: str
    stated: frozenset[str] = frozenset()


def caption(scene: Scene, rng: random.Random) -> Caption:
    """Word ``scene`` freely, in at most 40 words. Most captions state all of it, some a part, a few nothing."""
    while True:
        text, named = _word(scene, rng)
        text = _decorate(text, rng)
        if len(text.split()) <= MAX_WORDS and not _holds_held_out(text):
            implied = frozenset().union(*(implied_by(label) for label in named)) if named else frozenset()
            return Caption(text, implied & labels_of(scene))


def plain_caption(scene: Scene) -> str:
    """The one canonical sentence for ``scene``, as the meaning test asks for it."""
    return plain_figures(scene) if isinstance(scene, Figures) else plain_view(scene)


def _word(scene: Scene, rng: random.Random) -> tuple[str, set[str]]:
    if rng.random() < 0.015:
        return rng.choice(wording.NEUTRAL), set()
    return word_figures(scene, rng) if isinstance(scene, Figures) else word_view(scene, rng)


def _plain_words(text: str) -> str:
    return _NOT_WORDS.sub(" ", text.lower()).strip()


_HELD_OUT_WORDS = tuple(_plain_words(text) for text in HELD_OUT)


def _holds_held_out(text: str) -> bool:
    words = _plain_words(text)
    return any(held_out in words for held_out in _HELD_OUT_WORDS)


def _decorate(text: str, rng: random.Random) -> str:
    """Add what people add: an opening, closings, words without meaning here; drop articles; capitalise."""
    if rng.random() < 0.25 and not text.startswith(_NO_OPENING) and " is " not in text:
        text = f"{rng.choice(wording.OPENINGS)} {text}"
    if rng.random() < 0.12:
        text = " ".join(word for word in text.split(" ") if word not in _DROPPED) or text
    if rng.random() < 0.2:
        text = ", ".join([text, *rng.sample(wording.CLOSINGS, rng.randint(1, 2))])
    if rng.random() < 0.12:
        text = _sprinkle(text, rng)
    text = _NO_SPACE_BEFORE.sub("", " ".join(wording.mend_articles(text).split()))
    if rng.random() < 0.15:
        text = f"{text}."
    style = rng.random()
    if style < 0.15:
        return text[:1].upper() + text[1:]
    return text.upper() if style < 0.17 else text


def _sprinkle(text: str, rng: random.Random) -> str:
    words = text.split(" ")
    for _ in range(rng.randint(1, 3)):
        word = rng.choice(wording.DISTRACTORS) if rng.random() < 0.5 else wording.pseudo_word(rng)
        words.insert(rng.choice((0, len(words), rng.randint(0, len(words)))), word)
    return " ".join(words)
