"""Free wording of sounds: what the text encoder reads, and what of the sound it states."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass

from demo_models.sounds import wording
from demo_models.sounds.vocabulary import MOODS, TEMPI, Sound

# Sentences that no description ever equals: they are kept for judging the finished model.
HELD_OUT: frozenset[str] = frozenset({"a calm and relaxing seaside ambiance"})
_SYLLABLES = ("ka", "lo", "mi", "ren", "tu", "vex", "pol", "dra", "shi", "un", "gor", "el", "ba", "ny", "ost", "wi")


@dataclass(frozen=True)
class Description:
    """A sentence, and what it states: layers by name, mood and tempo or None where it leaves them open."""

    text: str
    layers: frozenset[str] = frozenset()
    mood: str | None = None
    tempo: str | None = None


def describe(sound: Sound, rng: random.Random) -> Description:
    """Word ``sound`` freely. The layers are named but for a few empty phrases; mood and tempo often."""
    while True:
        made = _worded(sound, rng)
        text = _decorate(made.text, rng)
        if re.sub(r"[^a-z ]", "", text.lower()).strip() not in HELD_OUT:
            return Description(text, made.layers, made.mood, made.tempo)


def plain_description(sound: Sound) -> str:
    """The canonical sentence: "energetic fast drums and bass"; a plain mood and a medium tempo go unsaid."""
    mood = "" if sound.mood == MOODS[0] else f"{sound.mood} "
    tempo = "" if sound.tempo == TEMPI[1] else f"{sound.tempo} "
    return f"{mood}{tempo}{' and '.join(wording.KIND_WORDS[kind][0] for kind in sound.layers)}"


def _worded(sound: Sound, rng: random.Random) -> Description:
    if rng.random() < 0.02:
        return Description(rng.choice(wording.FALLBACKS))
    says_mood = sound.mood != MOODS[0] and rng.random() < 0.9
    # Medium is what goes without saying.
    says_tempo = rng.random() < (0.2 if sound.tempo == "medium" else 0.8)
    template = rng.choice(wording.TEMPLATES["m" * says_mood + "t" * says_tempo])
    text = template.format(
        k=_kinds(sound.layers, rng),
        m=rng.choice(wording.MOOD_WORDS[sound.mood]) if says_mood else "",
        n=rng.choice(wording.MOOD_NOUNS[sound.mood]) if says_mood else "",
        t=rng.choice(wording.TEMPO_WORDS[sound.tempo]),
        p=rng.choice(wording.TEMPO_PHRASES[sound.tempo]),
        w=rng.choice(wording.PIECES),
    )
    return Description(
        text, frozenset(sound.layers), sound.mood if says_mood else None, sound.tempo if says_tempo else None
    )


def _kinds(layers: tuple[str, ...], rng: random.Random) -> str:
    """The layers' names, mostly in their order, joined as people join them."""
    order = list(layers) if rng.random() < 0.6 else rng.sample(layers, len(layers))
    names = [rng.choice(wording.KIND_WORDS[kind]) for kind in order]
    text = names.pop()
    while names:
        text = rng.choice(wording.JOINTS).format(a=names.pop(), b=text)
    return text


def _decorate(text: str, rng: random.Random) -> str:
    """Add what people add: openings, closings, words without meaning here; drop articles; change case."""
    text = re.sub(r"\b(a|an|the) (?=(a|an|the) )", "", text)
    if rng.random() < 0.85:
        text = re.sub(r"\ba (?=[aeiou])", "an ", text)
    if rng.random() < 0.15:
        text = " ".join(word for word in text.split(" ") if word not in ("a", "an", "the"))
    if rng.random() < 0.2:
        text = f"{rng.choice(wording.OPENINGS)} {text}"
    if rng.random() < 0.15:
        text = ", ".join([text, *rng.sample(wording.CLOSINGS, rng.randint(1, 2))])
    if rng.random() < 0.25:
        text = _sprinkle(text, rng)
    if rng.random() < 0.15:
        text = f"{text}."
    style = rng.random()
    if style < 0.2:
        return text[:1].upper() + text[1:]
    return text.upper() if style < 0.22 else " ".join(text.split())


def _sprinkle(text: str, rng: random.Random) -> str:
    words = text.split(" ")
    for _ in range(rng.randint(1, 4)):
        word = rng.choice(wording.DISTRACTORS) if rng.random() < 0.6 else _pseudo_word(rng)
        words.insert(rng.randint(0, len(words)), word)
    return " ".join(words)


def _pseudo_word(rng: random.Random) -> str:
    return "".join(rng.choice(_SYLLABLES) for _ in range(rng.randint(1, 4)))
