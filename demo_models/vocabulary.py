"""What the demo models know: the closed sets of attributes, and the records that combine them."""

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
PLACES: tuple[str, ...] = ("ocean", "city", "mountains", "forest")
TIMES: tuple[str, ...] = ("day", "sunset", "night")

# Attribute name -> its possible values. The text encoder learns to read exactly these from a caption.
ATTRIBUTES: dict[str, tuple[str, ...]] = {
    "shape": SHAPES,
    "colour": tuple(COLOURS),
    "background": tuple(COLOURS),
    "place": PLACES,
    "time": TIMES,
}


@dataclass(frozen=True)
class Figure:
    """One plain shape on a plain background of another colour."""

    shape: str
    colour: str
    background: str

    def __post_init__(self) -> None:
        if self.shape not in SHAPES or self.colour not in COLOURS or self.background not in COLOURS:
            raise ValueError(f"unknown attribute in {self}")
        if self.colour == self.background:
            raise ValueError("a figure needs a background of another colour")


@dataclass(frozen=True)
class Landscape:
    """A place at a time of day."""

    place: str
    time: str

    def __post_init__(self) -> None:
        if self.place not in PLACES or self.time not in TIMES:
            raise ValueError(f"unknown attribute in {self}")


Scene = Figure | Landscape


def all_figures() -> list[Figure]:
    """Every combination of shape, colour and background (224 of them), in a fixed order."""
    return [
        Figure(shape, colour, background)
        for shape in SHAPES
        for colour in COLOURS
        for background in COLOURS
        if colour != background
    ]


def all_landscapes() -> list[Landscape]:
    """Every combination of place and time (12 of them), in a fixed order."""
    return [Landscape(place, time) for place in PLACES for time in TIMES]
