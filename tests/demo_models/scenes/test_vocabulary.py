"""The vocabulary: combinations are complete, and impossible ones are refused."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np
import pytest

from demo_models.scenes.vocabulary import (
    COLOURS,
    MOUNTS,
    RIDERS,
    SUBJECT_COLOURS,
    SUBJECTS,
    Figures,
    Item,
    Subject,
    View,
    all_empty_views,
    all_single_figures,
)

RED, BLUE = Item("circle", "red"), Item("circle", "blue")
CAT, CAR, BICYCLE = Subject("cat"), Subject("car", "red"), Subject("bicycle")


def test_every_combination_is_there_once() -> None:
    assert len(set(all_single_figures())) == len(all_single_figures()) == 4 * 8 * 7
    assert len(set(all_empty_views())) == len(all_empty_views()) == 12 * 4


def test_colours_are_far_apart() -> None:
    for first, second in combinations(COLOURS.values(), 2):
        assert np.linalg.norm(np.subtract(first, second)) > 80


def test_tables_name_only_subjects_and_colours_of_the_vocabulary() -> None:
    assert SUBJECT_COLOURS.keys() <= set(SUBJECTS)
    assert {*RIDERS, *MOUNTS} <= set(SUBJECTS)
    assert all(set(colours) <= COLOURS.keys() for colours in SUBJECT_COLOURS.values())


@pytest.mark.parametrize(
    ("items", "background", "layout"),
    [
        ((RED,), "red", "single"),
        ((RED,), "pink", "single"),
        ((RED,), "blue", "heap"),
        ((RED, RED), "blue", "single"),
        ((RED,), "blue", "row"),
        ((RED,) * 5, "blue", "row"),
        ((RED, BLUE), "white", "row"),
        ((RED, RED), "white", "left-right"),
        ((RED, BLUE, RED), "white", "above-below"),
    ],
    ids=[
        "same-colour", "colour", "layout", "two-single", "row-of-one", "row-of-five", "mixed-row", "equal-pair",
        "triple",
    ],
)  # fmt: skip
def test_impossible_figures_are_refused(items: tuple[Item, ...], background: str, layout: str) -> None:
    with pytest.raises(ValueError, match=r"background|unknown|item"):
        Figures(items, background, layout)


@pytest.mark.parametrize(
    ("make", "arguments"),
    [
        (Item, ("heart", "red")),
        (Item, ("star", "pink")),
        (Subject, ("dragon",)),
        (Subject, ("astronaut", "red")),
        (Subject, ("cat", "green")),
        (View, ("moon", "day")),
        (View, ("sea", "day", "fog")),
        (View, ("sea", None)),
        (View, ("space", "night")),
        (View, ("room", None, "rain")),
        (View, ("studio", None)),
        (View, ("sea", "day", "clear", (), False, "red")),
        (View, ("sea", "day", "clear", (CAT,) * 4)),
        (View, ("sea", "day", "clear", (CAT,), True)),
        (View, ("sea", "day", "clear", (CAR, BICYCLE), True)),
        (View, ("sea", "day", "clear", (CAT, CAR), True)),
    ],
    ids=[
        "heart", "pink", "dragon", "red-astronaut", "green-cat", "moon", "fog", "sea-without-time", "night-in-space",
        "rain-in-room", "no-backdrop", "backdrop-outdoors", "four-subjects", "riding-nothing", "car-rides",
        "cat-on-car",
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused(make: type[Item | Subject | View], arguments: tuple[Any, ...]) -> None:
    with pytest.raises(ValueError, match=r"unknown|no |belong|most|rider"):
        make(*arguments)


def test_riders_ride_on_mounts() -> None:
    assert View("sea", "day", "rain", (CAT, BICYCLE, CAR), riding=True).subjects[0] is CAT
