"""Free wording of scenes: what the text encoder reads, and what of the scene it states."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass, field

from demo_models.scenes import wording
from demo_models.scenes.vocabulary import Figure, Landscape, Scene

# Sentences that no caption ever equals: they are kept for judging the finished model.
HELD_OUT: frozenset[str] = frozenset(
    {
        "a beautiful sunset over the ocean with waves crashing on the shore",
        "a beautiful sunset over the ocean",
        "a futuristic cityscape at sunset",
    }
)
_SYLLABLES = (
    "ka",
    "lo",
    "mi",
    "ren",
    "tu",
    "vex",
    "pol",
    "dra",
    "shi",
    "un",
    "gor",
    "el",
    "ba",
    "ny",
    "ost",
    "wi",
    "ze",
)


@dataclass(frozen=True)
class Caption:
    """A sentence, and the attributes (see ``vocabulary.ATTRIBUTES``) that it states."""

    text: str
    stated: dict[str, str] = field(default_factory=dict)


def caption(scene: Scene, rng: random.Random) -> Caption:
    """Word ``scene`` freely. Most captions state all of it, some a part, a few nothing at all."""
    while True:
        if rng.random() < 0.02:
            made = Caption(rng.choice(wording.FALLBACKS))
        elif isinstance(scene, Figure):
            made = _caption_figure(scene, rng)
        else:
            made = _caption_landscape(scene, rng)
        text = _decorate(made.text, rng)
        if text.lower() not in HELD_OUT:
            return Caption(text, made.stated)


def plain_caption(scene: Scene) -> str:
    """The one canonical sentence for ``scene``, as the meaning test asks for it."""
    if isinstance(scene, Figure):
        return (
            f"{_article(scene.colour)} {scene.colour} {scene.shape} "
            f"on {_article(scene.background)} {scene.background} background"
        )
    return f"the {scene.place} {'by day' if scene.time == 'day' else 'at ' + scene.time}"


def _caption_figure(figure: Figure, rng: random.Random) -> Caption:
    parts = "csb" if rng.random() < 0.8 else rng.choice(list(wording.PARTIAL_FIGURES))
    template = rng.choice(wording.FULL_FIGURES if parts == "csb" else wording.PARTIAL_FIGURES[parts])
    shape = rng.choice(wording.SHAPE_WORDS[figure.shape])
    if rng.random() < 0.15 and "{c} {s}" not in template:
        shape = f"{rng.choice(wording.FIGURE_ADJECTIVES)} {shape}"
    text = template.format(
        c=rng.choice(wording.COLOUR_WORDS[figure.colour]),
        s=shape,
        b=rng.choice(wording.COLOUR_WORDS[figure.background]),
    )
    values = {
        "c": ("colour", figure.colour),
        "s": ("shape", figure.shape),
        "b": ("background", figure.background),
    }
    return Caption(text, dict(values[part] for part in parts))


def _caption_landscape(landscape: Landscape, rng: random.Random) -> Caption:
    place, time = landscape.place, landscape.time
    draw = rng.random()
    if draw < 0.76:
        template, stated = rng.choice(wording.FULL_LANDSCAPES), {"place": place, "time": time}
    elif draw < 0.90:
        template, stated = rng.choice(wording.PLACE_ONLY), {"place": place}
    else:
        template, stated = rng.choice(wording.TIME_ONLY), {"time": time}
    text = template.format(
        p=rng.choice(wording.PLACE_WORDS[place]),
        t=rng.choice(wording.TIME_PHRASES[time]),
        n=rng.choice(wording.TIME_NOUNS[time]),
        d=rng.choice(wording.TIME_ADJECTIVES[time]),
        a=rng.choice(wording.ADJECTIVES),
    )
    if "place" in stated and rng.random() < 0.25:
        text = f"{text} {rng.choice(wording.PLACE_TAILS[place])}"
    return Caption(text, stated)


def _decorate(text: str, rng: random.Random) -> str:
    """Add what people add: an opening, closings, words without meaning here; drop articles; capitalise."""
    if rng.random() < 0.85:
        text = re.sub(r"\ba (?=[aeiou])", "an ", text)
    if rng.random() < 0.12:
        text = " ".join(word for word in text.split(" ") if word not in ("a", "an", "the"))
    if rng.random() < 0.25:
        text = f"{rng.choice(wording.OPENINGS)} {text}"
    if rng.random() < 0.2:
        text = ", ".join([text, *rng.sample(wording.CLOSINGS, rng.randint(1, 2))])
    if rng.random() < 0.2:
        text = _sprinkle(text, rng)
    if rng.random() < 0.15:
        text = f"{text}."
    style = rng.random()
    if style < 0.15:
        return text[:1].upper() + text[1:]
    return text.upper() if style < 0.17 else " ".join(text.split())


def _sprinkle(text: str, rng: random.Random) -> str:
    words = text.split(" ")
    for _ in range(rng.randint(1, 4)):
        word = rng.choice(wording.DISTRACTORS) if rng.random() < 0.6 else _pseudo_word(rng)
        words.insert(rng.choice((0, len(words), rng.randint(0, len(words)))), word)
    return " ".join(words)


def _pseudo_word(rng: random.Random) -> str:
    return "".join(rng.choice(_SYLLABLES) for _ in range(rng.randint(1, 4)))


def _article(word: str) -> str:
    return "an" if word[0] in "aeiou" else "a"
