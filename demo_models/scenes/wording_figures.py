"""Words for plain shapes, their colours, numbers and positions."""

from __future__ import annotations

COLOUR_WORDS: dict[str, tuple[str, ...]] = {
    "red": ("red", "red", "red", "red", "crimson", "scarlet", "bright red"),
    "green": ("green", "green", "green", "green", "emerald", "bright green"),
    "blue": ("blue", "blue", "blue", "blue", "royal blue", "bright blue"),
    "yellow": ("yellow", "yellow", "yellow", "yellow", "lemon yellow", "bright yellow"),
    "purple": ("purple", "purple", "purple", "purple", "violet", "deep purple"),
    "orange": ("orange", "orange", "orange", "orange", "bright orange", "tangerine"),
    "white": ("white", "white", "white", "white", "pure white", "snow-white"),
    "black": ("black", "black", "black", "black", "jet black", "pitch black"),
}
SHAPE_WORDS: dict[str, tuple[str, ...]] = {
    "circle": ("circle", "circle", "circle", "circle", "disc", "disk", "dot", "ball", "round shape"),
    "square": ("square", "square", "square", "square", "box", "block", "square shape"),
    "triangle": ("triangle", "triangle", "triangle", "triangle", "triangle shape", "pyramid"),
    "star": ("star", "star", "star", "star", "five-pointed star", "star shape"),
}
SHAPE_ADJECTIVES: tuple[str, ...] = ("big", "large", "simple", "plain", "solid", "flat", "filled", "nice", "geometric")

# {i} stands for the items with their article ("a red circle"), {j} for the same without, {c} and {s} for the colour
# and the shape of a single item, {b} for the background's colour.
ON_BACKGROUND: tuple[str, ...] = (
    "{i} on a {b} background", "{i} on a {b} background", "{j} on {b} background", "{j}, {b} background", "{j} on {b}",
    "a {b} background with {i}", "{b} background, {j}", "{i} in front of a {b} backdrop", "{i} over {b}",
    "on a {b} background, {i}", "{i} with a {b} background", "{i} against a {b} wall", "{i} against {b}",
    "a {b} canvas with {i} in the middle", "in the centre of a {b} picture there is {i}", "{i}, the rest is {b}",
    "{i} surrounded by {b}", "a {b} field behind {i}", "{j} {b} background", "{b} background {j}", "{i} on {b}",
    "{i}, the background is {b}", "{j} with {b} behind it", "{i} on a {b} page", "{i} on a {b} backdrop",
    "{i} drawn on {b} paper", "{b} backdrop and {i} on it", "{i} on top of a {b} background",
)  # fmt: skip
SINGLE_ON_BACKGROUND: tuple[str, ...] = (
    "a {s} that is {c} on a {b} background", "the {s} is {c} and the background is {b}",
    "the background is {b} and the {s} is {c}", "a {s} in {c} on a {b} surface", "{s}, {c}, on {b} paper",
    "a {s} coloured {c} on a background coloured {b}", "background {b}, {s} {c}", "{s} {c} background {b}",
    "one {c} {s} in the center, the rest is {b}", "{c} {s} in {b}", "a {c}-coloured {s} on {b}",
)  # fmt: skip
WITHOUT_BACKGROUND: tuple[str, ...] = ("{i}", "{i}", "{j}", "{j}", "just {i}", "there is {i}", "only {i}")
SINGLE_ALONE: tuple[str, ...] = (
    "a {s} in {c}", "the {s} is {c}", "a {s} that is {c}", "one {c} {s}", "a single {c} {s}", "{c} {s} shape",
)  # fmt: skip
SHAPE_ALONE: tuple[str, ...] = ("a {s}", "{s}", "one {s} in the middle", "just a {s}", "the {s}", "a {s} of any colour")
SHAPE_ON_BACKGROUND: tuple[str, ...] = (
    "a {s} on a {b} background", "{s} on {b}", "{b} background with a {s}", "a {s}, {b} background", "a {s} on {b}",
)  # fmt: skip
BACKGROUND_ALONE: tuple[str, ...] = (
    "a {b} background", "something on a {b} background", "a {b} backdrop", "{b} background", "something on {b}",
    "a plain {b} background", "shapes on a {b} background", "a shape on {b}",
)  # fmt: skip
COLOUR_ALONE: tuple[str, ...] = ("something {c}", "a {c} thing", "a {c} shape", "{c}", "a shape in {c}", "{c} shape")

# {n} a number or its like, {p} the coloured plural.
ROWS: tuple[str, ...] = (
    "{n} {p} in a row", "{n} {p} in a row", "{n} {p}", "{n} {p}", "a row of {n} {p}", "{n} {p} side by side",
    "{n} {p} next to each other", "{n} {p} in a line", "a line of {n} {p}", "{n} equal {p}", "{p}, {n} of them",
)  # fmt: skip
UNCOUNTED_ROWS: tuple[str, ...] = ("{p}", "a row of {p}", "some {p}", "several {p}", "{p} in a row", "many {p}")
# {f} and {g} the first and the second item.
PAIRS: dict[str, tuple[str, ...]] = {
    "left-right": (
        "{f} to the left of {g}", "{f} to the left of {g}", "{f} left of {g}", "{g} to the right of {f}",
        "{g} right of {f}", "{f} on the left and {g} on the right", "{g} on the right, {f} on the left",
        "left {f}, right {g}", "on the left {f}, on the right {g}", "{f} on the left side of {g}",
    ),
    "above-below": (
        "{f} above {g}", "{f} above {g}", "{f} over {g}", "{g} below {f}", "{g} under {f}", "{g} beneath {f}",
        "{f} on top of {g}", "{f} at the top and {g} at the bottom", "{g} at the bottom, {f} at the top",
        "top {f}, bottom {g}", "{g} underneath {f}", "at the top {f}, at the bottom {g}",
    ),
}  # fmt: skip
UNPLACED_PAIRS: dict[str, tuple[str, ...]] = {
    "left-right": ("{f} and {g}", "{g} and {f}", "{f} next to {g}", "{g} beside {f}", "{f} and {g} side by side"),
    "above-below": ("{f} and {g}", "{g} and {f}", "{f} with {g}", "{f} and also {g}"),
}
