"""Phrases about the subjects of a view."""

from __future__ import annotations

import random

from demo_models.scenes import wording, wording_figures, wording_subjects
from demo_models.scenes.labels_bank import implied_by, subject_label
from demo_models.scenes.vocabulary import ANIMALS, PEOPLE, VEHICLES, Subject, View

Phrase = tuple[str, set[str]]
_KINDS = ("animal", "vehicle", "person", "plant", "building")


def word_subjects(view: View, rng: random.Random) -> Phrase:
    """A noun phrase with its articles for what is in ``view``, and the labels that it names."""
    subjects = view.subjects
    if view.riding:
        text, stated = _riding(subjects[0], subjects[1], rng)
        return _with_others(text, stated, subjects[2:], rng)
    if len(subjects) == 1:
        return _alone(subjects[0], view.place, rng)
    groups: dict[Subject, int] = {}
    for subject in subjects:
        groups[subject] = groups.get(subject, 0) + 1
    if len(groups) == 1:
        return several(subjects[0], len(subjects), rng)
    phrases = [several(subject, count, rng) for subject, count in groups.items()]
    stated = set().union(*(labels for _, labels in phrases))
    if len(phrases) == 2:
        return rng.choice(wording_subjects.TOGETHER).format(f=phrases[0][0], g=phrases[1][0]), stated
    rng.shuffle(phrases)
    *most, last = (text for text, _ in phrases)
    return f"{', '.join(most)} and {last}", stated


def several(subject: Subject, count: int, rng: random.Random) -> Phrase:
    """One to three of the same: "a red car", "three cats"."""
    if count == 1:
        return one(subject, rng)
    stated = {subject_label(subject)}
    nouns = _in_colour(rng.choice(wording_subjects.SUBJECT_PLURALS[subject.name]), subject, rng)
    number = "" if rng.random() < 0.1 else rng.choice(wording.NUMBERS[count])
    return f"{number} {nouns}".strip(), stated


def one(subject: Subject, rng: random.Random, vague: float = 0.03) -> Phrase:
    """The subject with an article, mostly with its colour, sometimes with an adjective.

    ``vague`` is how often only its kind is told: "an animal".
    """
    if rng.random() < vague:
        (kind, *_) = [kind for kind in _KINDS if kind in implied_by(subject.name)]
        return rng.choice(wording_subjects.KINDS[kind]), {kind}
    name = rng.choice(wording_subjects.SUBJECT_NAMES[subject.name])
    told = subject if rng.random() < 0.93 else Subject(subject.name)
    text = _in_colour(name, told, rng)
    if rng.random() < 0.15:
        text = f"{rng.choice(wording_subjects.ADJECTIVES[_family(subject.name)])} {text}"
    text = f"the {text}" if rng.random() < 0.06 else wording.article(text)
    return text, {subject_label(told)}


def rare_person(view: View, rng: random.Random) -> Phrase:
    """The only person of ``view`` as a personal model's owner asks: "sks person as an astronaut"."""
    (subject,) = view.subjects
    word = rng.choice(wording_subjects.RARE_WORDS) if rng.random() < 0.6 else wording.pseudo_word(rng)
    reading = view.place == "room" and rng.random() < 0.6
    doing = rng.choice(wording_subjects.READING if reading else wording_subjects.AS_PERSON[subject.name])
    who = rng.choice(("person", "person", "person", "person", "man", "woman"))
    if subject.colour is not None:
        doing = f"{doing} {_worn(subject.colour, rng)}"
    if reading and subject.name != "person":
        doing = f"{rng.choice(wording_subjects.AS_PERSON[subject.name])} {doing}"
    return " ".join(f"{word} {who} {doing}".split()), {subject_label(subject)}


def _alone(subject: Subject, place: str, rng: random.Random) -> Phrase:
    text, stated = one(subject, rng)
    if subject.name in PEOPLE and place == "room" and rng.random() < 0.6:
        return f"{text} {rng.choice(wording_subjects.READING)}", stated
    if rng.random() < 0.15 and subject_label(subject) in stated:
        text = f"{text} {rng.choice(wording_subjects.DOING[subject.name])}"
    return text, stated


def _riding(rider: Subject, mount: Subject, rng: random.Random) -> Phrase:
    first, second = one(rider, rng), one(mount, rng, vague=0.0)
    text = rng.choice(wording_subjects.RIDES[mount.name]).format(r=first[0], m=second[0])
    return text, first[1] | second[1] | {f"riding a {mount.name}"}


def _with_others(text: str, stated: set[str], others: tuple[Subject, ...], rng: random.Random) -> Phrase:
    for subject in others:
        other, labels = one(subject, rng)
        text = f"{text} {rng.choice(('and', 'with', 'next to', 'near'))} {other}"
        stated |= labels
    return text, stated


def _in_colour(name: str, subject: Subject, rng: random.Random) -> str:
    if subject.colour is None:
        return name
    if subject.name in PEOPLE:
        return f"{name} {_worn(subject.colour, rng)}"
    if subject.colour == "orange" and subject.name in ("cat", "dog") and rng.random() < 0.3:
        return f"ginger {name}"
    return f"{rng.choice(wording_figures.COLOUR_WORDS[subject.colour])} {name}"


def _worn(colour: str, rng: random.Random) -> str:
    return rng.choice(wording_subjects.WORN).format(c=rng.choice(wording_figures.COLOUR_WORDS[colour]))


def _family(name: str) -> str:
    if name in ANIMALS:
        return "animal"
    if name in PEOPLE:
        return "person"
    return "vehicle" if name in VEHICLES else "thing"
