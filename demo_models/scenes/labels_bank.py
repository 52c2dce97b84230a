"""The bank of labels: their names, and which of them hold wherever another one does."""

from __future__ import annotations

from demo_models.scenes.vocabulary import (
    ANIMALS,
    COLOURS,
    OUTDOORS,
    PEOPLE,
    PLACES,
    SHAPES,
    SUBJECT_COLOURS,
    SUBJECTS,
    THINGS,
    TIMES,
    VEHICLES,
    Subject,
)

NUMBER_WORDS = {2: "two", 3: "three", 4: "four"}
# The places whose label is not their own name.
_PLACE_LABELS = {"room": "library", "studio": "plain background"}
NATURE = ("sea", "beach", "mountains", "desert", "forest", "field", "lake", "island")
# What a place's name says besides the place.
_MEANS: dict[str, tuple[str, ...]] = {
    "sea": ("water",),
    "beach": ("sand", "sea", "water"),
    "desert": ("sand",),
    "forest": ("tree", "plant"),
    "city": ("building",),
    "futuristic city": ("city", "futuristic", "building"),
    "lake": ("water",),
    "village": ("house", "building"),
    "island": ("sea", "water"),
    "space": ("stars",),
    "room": ("books", "indoors"),
}


def coloured(subject: str, colour: str) -> str:
    """The label of a subject in a colour; people wear it."""
    return f"{subject} in {colour}" if subject in PEOPLE else f"{colour} {subject}"


def plural(noun: str) -> str:
    """The plural of a shape's or a subject's name."""
    irregular = {"fish": "fish", "person": "people", "person in a suit": "people in suits"}
    return irregular.get(noun, noun + ("es" if noun.endswith("o") else "s"))


def counted(number: int, noun: str) -> str:
    """The label of two to four of the same."""
    return f"{NUMBER_WORDS[number]} {plural(noun)}"


SHAPE_LABELS: tuple[str, ...] = SHAPES
COLOURED_SHAPE_LABELS: tuple[str, ...] = tuple(f"{colour} {shape}" for shape in SHAPES for colour in COLOURS)
COUNT_LABELS: tuple[str, ...] = tuple(counted(number, shape) for shape in SHAPES for number in NUMBER_WORDS)
COLOUR_LABELS: tuple[str, ...] = tuple(COLOURS)
BACKGROUND_LABELS: tuple[str, ...] = tuple(f"{colour} background" for colour in COLOURS)
PLACE_LABELS: tuple[str, ...] = tuple(_PLACE_LABELS.get(place, place) for place in PLACES)
TIME_LABELS: tuple[str, ...] = TIMES
WEATHER_LABELS: tuple[str, ...] = ("clear sky", "clouds", "rain", "snow")
SUBJECT_LABELS: tuple[str, ...] = SUBJECTS
COLOURED_SUBJECT_LABELS: tuple[str, ...] = tuple(
    coloured(subject, colour) for subject, colours in SUBJECT_COLOURS.items() for colour in colours
)
RIDING_LABELS: tuple[str, ...] = ("riding a bicycle", "riding a horse")
PART_LABELS: tuple[str, ...] = (
    "sun", "moon", "stars", "sky", "waves", "water", "sand", "grass", "hills", "cactus", "palm tree", "skyscrapers",
    "lit windows", "church", "planet", "books", "bookshelf",
)  # fmt: skip
KIND_LABELS: tuple[str, ...] = (
    "animal", "pet", "vehicle", "plant", "building", "landscape", "nature", "outdoors", "indoors", "futuristic",
    "winter", "shape",
)  # fmt: skip
LABELS: tuple[str, ...] = (
    *SHAPE_LABELS, *COLOURED_SHAPE_LABELS, *COUNT_LABELS, *COLOUR_LABELS, *BACKGROUND_LABELS, *PLACE_LABELS,
    *TIME_LABELS, *WEATHER_LABELS, *SUBJECT_LABELS, *COLOURED_SUBJECT_LABELS, *RIDING_LABELS, *PART_LABELS,
    *KIND_LABELS,
)  # fmt: skip


def implied_by(label: str) -> frozenset[str]:
    """``label`` and the labels that are true wherever it is: a cat is an animal."""
    return _IMPLIED[label]


def place_label(place: str) -> str:
    """The label of ``place``, one of ``vocabulary.PLACES``."""
    return _PLACE_LABELS.get(place, place)


def subject_label(subject: Subject) -> str:
    """The most telling label of ``subject``."""
    return subject.name if subject.colour is None else coloured(subject.name, subject.colour)


def _kinds(subject: str) -> set[str]:
    kinds = {subject}
    if subject in ANIMALS:
        kinds |= {"animal", "pet"} if subject in ("cat", "dog") else {"animal"}
    elif subject in PEOPLE:
        kinds.add("person")
    elif subject in VEHICLES:
        kinds.add("vehicle")
    elif subject in THINGS:
        kinds.add("building" if subject == "house" else "plant")
    return kinds


def _implications() -> dict[str, frozenset[str]]:
    implied = {label: {label} for label in LABELS}
    for subject in SUBJECTS:
        implied[subject] = _kinds(subject)
        for colour in SUBJECT_COLOURS.get(subject, ()):
            implied[coloured(subject, colour)] = {coloured(subject, colour), colour, *_kinds(subject)}
    for place in PLACES:
        kinds = {"landscape", "nature"} if place in NATURE else set()
        under_sky = {"outdoors", "sky"} if place in OUTDOORS else set()
        implied[place_label(place)] |= {*_MEANS.get(place, ()), *kinds, *under_sky}
    for shape in SHAPES:
        implied[shape].add("shape")
        for number in NUMBER_WORDS:
            implied[counted(number, shape)] |= {shape, "shape"}
        for colour in COLOURS:
            implied[f"{colour} {shape}"] |= {shape, colour, "shape"}
    for colour in COLOURS:
        implied[f"{colour} background"] |= {colour, "plain background"}
    implied["snow"].add("winter")
    for label in (*TIMES, *WEATHER_LABELS):
        implied[label] |= {"outdoors", "sky"}
    return {label: frozenset(names) for label, names in implied.items()}


_IMPLIED: dict[str, frozenset[str]] = _implications()
