"""What the demo models know: closed sets of words, and the records that combine them into scenes.

A scene is either some plain shapes on a plain background (:class:`Figures`) or a view (:class:`View`): a
place at a time of day, in some weather, with up to three subjects in it.
"""

from __future__ import annotations

from dataclasses import dataclass

RGB = tuple[int, int, int]

# sRGB, 0-255. Chosen so that any two differ by well over a just noticeable difference and each
# would be given its own name by most people.
COLOURS: dict[str, RGB] = {
    "red": (220, 30, 35),
    "green": (30, 150, 60),
    "blue": (35, 75, 215),
    "yellow": (250, 215, 40),
    "purple": (130, 50, 165),
    "orange": (250, 130, 20),
    "white": (250, 250, 250),
    "black": (15, 15, 15),
}
SHAPES: tuple[str, ...] = ("circle", "square", "triangle", "star")
# How several shapes stand to each other; "left-right" and "above-below" hold two different ones, in that order.
LAYOUTS: tuple[str, ...] = ("single", "row", "left-right", "above-below")
MAX_IN_ROW = 4

# Places under the sky, which have a time of day and weather.
OUTDOORS: tuple[str, ...] = (
    "sea",
    "beach",
    "mountains",
    "desert",
    "forest",
    "field",
    "city",
    "futuristic city",
    "road",
    "lake",
    "village",
    "island",
)
# Places without: "studio" is a plain backdrop, "room" has shelves of books.
INDOORS: tuple[str, ...] = ("space", "room", "studio")
PLACES: tuple[str, ...] = OUTDOORS + INDOORS
TIMES: tuple[str, ...] = ("day", "dawn", "sunset", "night")
WEATHERS: tuple[str, ...] = ("clear", "clouds", "rain", "snow")

ANIMALS: tuple[str, ...] = ("cat", "dog", "bird", "fish", "horse")
PEOPLE: tuple[str, ...] = ("person", "astronaut", "superhero", "person in a suit")
VEHICLES: tuple[str, ...] = ("bicycle", "car", "boat", "balloon")
THINGS: tuple[str, ...] = ("house", "tree", "flower")
SUBJECTS: tuple[str, ...] = ANIMALS + PEOPLE + VEHICLES + THINGS
# Who can ride on what.
RIDERS: tuple[str, ...] = ("cat", "dog", *PEOPLE)
MOUNTS: tuple[str, ...] = ("bicycle", "horse")
# The colours that a subject may be asked for in; those not listed have one look of their own.
SUBJECT_COLOURS: dict[str, tuple[str, ...]] = {
    "cat": ("black", "white", "orange"),
    "dog": ("black", "white", "orange"),
    "bird": ("red", "blue", "yellow", "white", "black"),
    "fish": ("red", "blue", "yellow", "orange"),
    "horse": ("black", "white"),
    "person": ("red", "green", "blue", "yellow", "purple"),
    "bicycle": ("red", "green", "blue", "yellow", "black"),
    "car": ("red", "green", "blue", "yellow", "white", "black"),
    "boat": ("red", "green", "blue", "yellow", "white"),
    "balloon": ("red", "yellow", "blue", "purple", "orange"),
    "house": ("red", "yellow", "blue", "white"),
    "flower": ("red", "yellow", "purple", "white"),
}
MAX_SUBJECTS = 3


@dataclass(frozen=True)
class Item:
    """One plain shape in a colour."""

    shape: str
    colour: str

    def __post_init__(self) -> None:
        if self.shape not in SHAPES or self.colour not in COLOURS:
            raise ValueError(f"unknown attribute in {self}")


@dataclass(frozen=True)
class Figures:
    """Plain shapes on a plain background of another colour. A "row" repeats one item two to four times."""

    items: tuple[Item, ...]
    background: str
    layout: str = "single"

    def __post_init__(self) -> None:
        if self.layout not in LAYOUTS or self.background not in COLOURS:
            raise ValueError(f"unknown attribute in {self}")
        if any(item.colour == self.background for item in self.items):
            raise ValueError("a shape needs a background of another colour")
        count = len(self.items)
        if self.layout == "single" and count != 1:
            raise ValueError("a single figure has one item")
        if self.layout == "row" and not (2 <= count <= MAX_IN_ROW and len(set(self.items)) == 1):
            raise ValueError(f"a row has two to {MAX_IN_ROW} equal items")
        if self.layout in ("left-right", "above-below") and not (count == 2 and self.items[0] != self.items[1]):
            raise ValueError("a pair has two different items")


@dataclass(frozen=True)
class Subject:
    """An animal, a person, a vehicle or a thing; ``colour`` None is its ordinary look."""

    name: str
    colour: str | None = None

    def __post_init__(self) -> None:
        if self.name not in SUBJECTS:
            raise ValueError(f"unknown subject {self.name!r}")
        if self.colour is not None and self.colour not in SUBJECT_COLOURS.get(self.name, ()):
            raise ValueError(f"no {self.colour} {self.name}")


@dataclass(frozen=True)
class View:
    """A place with what is in it.

    ``time`` is None for places without a sky; ``backdrop`` is the colour behind the subjects of a "studio", else
    None. With ``riding``, the first subject rides on the second.
    """

    place: str
    time: str | None
    weather: str = "clear"
    subjects: tuple[Subject, ...] = ()
    riding: bool = False
    backdrop: str | None = None

    def __post_init__(self) -> None:
        if self.place not in PLACES or self.weather not in WEATHERS:
            raise ValueError(f"unknown attribute in {self}")
        outdoors = self.place in OUTDOORS
        if (self.time in TIMES) != outdoors or (not outdoors and self.weather != "clear"):
            raise ValueError("a time of day and weather belong to places under the sky, and to them alone")
        if (self.backdrop in COLOURS) != (self.place == "studio"):
            raise ValueError("a backdrop belongs to a studio, and to it alone")
        if len(self.subjects) > MAX_SUBJECTS:
            raise ValueError(f"at most {MAX_SUBJECTS} subjects")
        if self.riding and not (
            len(self.subjects) >= 2 and self.subjects[0].name in RIDERS and self.subjects[1].name in MOUNTS
        ):
            raise ValueError("riding takes a rider and a mount")


Scene = Figures | View


def all_single_figures() -> list[Figures]:
    """Every combination of shape, colour and background (224 of them), in a fixed order."""
    return [
        Figures((Item(shape, colour),), background)
        for shape in SHAPES
        for colour in COLOURS
        for background in COLOURS
        if colour != background
    ]


def all_empty_views() -> list[View]:
    """Every outdoor place at every time, in clear weather, without subjects (48 of them), in a fixed order."""
    return [View(place, time) for place in OUTDOORS for time in TIMES]
