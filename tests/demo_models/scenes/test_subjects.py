"""Subjects are seen where they were asked for, in the colour that was asked for, by day and by night."""

from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from demo_models.scenes.canvas import Canvas, Mask, Pixels
from demo_models.scenes.lights import LIGHTS, STUDIO
from demo_models.scenes.subjects import PROPORTIONS, RIDING_PROPORTIONS, paint_riding, paint_subject
from demo_models.scenes.vocabulary import COLOURS, MOUNTS, PEOPLE, RIDERS, SUBJECT_COLOURS, SUBJECTS, Subject

SIZE = 128
HEIGHT = 0.4
FOOT = 0.7
ALL = [Subject(name, colour) for name in SUBJECTS for colour in (None, *SUBJECT_COLOURS.get(name, ()))]
COLOURED = [subject for subject in ALL if subject.colour is not None]
seeds = st.integers(0, 2**32)


def _paint(subject: Subject, seed: int, *, light: str = "day", facing: int = 1, reading: bool = False) -> Canvas:
    canvas = Canvas(SIZE, LIGHTS[light].sky_middle)
    paint_subject(
        canvas, subject, x=0.5, foot=FOOT, height=HEIGHT, light=LIGHTS[light], facing=facing,
        rng=random.Random(seed), reading=reading,
    )  # fmt: skip
    return canvas


def _ride(rider: str, mount: str, seed: int, facing: int = 1) -> Canvas:
    canvas = Canvas(SIZE, (90, 160, 220))
    paint_riding(
        canvas, Subject(rider), Subject(mount), x=0.5, foot=0.9, height=0.6, light=STUDIO, facing=facing,
        rng=random.Random(seed),
    )  # fmt: skip
    return canvas


def _masks(canvas: Canvas) -> dict[str, Mask]:
    return {region.label: region.mask for region in canvas.regions() if not region.background}


def _name(subject: Subject) -> str:
    return f"{subject.colour or 'any'}-{subject.name}".replace(" ", "-")


def _nearest(pixels: Pixels) -> list[str]:
    palette = np.array(list(COLOURS.values()), np.float32)
    apart = ((pixels[:, None].astype(np.float32) - palette) ** 2).sum(-1)
    return [list(COLOURS)[index] for index in apart.argmin(1)]


def test_every_subject_has_a_proportion_and_every_mount_one_with_its_rider() -> None:
    assert set(PROPORTIONS) == set(SUBJECTS)
    assert set(RIDING_PROPORTIONS) == set(MOUNTS)


@pytest.mark.parametrize("subject", ALL, ids=_name)
def test_same_seed_draws_same_bytes_and_another_seed_does_not(subject: Subject) -> None:
    first, again, other = (_paint(subject, seed).pixels() for seed in (1, 1, 2))

    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


@given(st.sampled_from(ALL), seeds, st.sampled_from(list(LIGHTS)), st.sampled_from((-1, 1)))
@settings(max_examples=80, deadline=None)
def test_region_lies_in_its_box_and_fills_much_of_it(subject: Subject, seed: int, light: str, facing: int) -> None:
    masks = _masks(_paint(subject, seed, light=light, facing=facing))

    assert set(masks) == {subject.name}
    rows, columns = np.nonzero(masks[subject.name])
    slack, high, wide = 0.05 * HEIGHT, HEIGHT, HEIGHT * PROPORTIONS[subject.name]
    assert rows.min() / SIZE >= FOOT - high - slack
    assert (rows.max() + 1) / SIZE <= FOOT + slack
    assert columns.min() / SIZE >= 0.5 - wide / 2 - slack
    assert (columns.max() + 1) / SIZE <= 0.5 + wide / 2 + slack
    assert (rows.max() + 1 - rows.min()) / SIZE >= 0.9 * high
    assert (columns.max() + 1 - columns.min()) / SIZE >= 0.85 * wide
    assert 0.4 <= masks[subject.name].mean() / (high * wide) <= 0.8


@pytest.mark.parametrize("subject", COLOURED, ids=_name)
def test_asked_colour_dominates_by_day(subject: Subject) -> None:
    canvas = _paint(subject, 7)

    names = _nearest(canvas.pixels()[_masks(canvas)[subject.name]])

    shares = {colour: names.count(colour) / len(names) for colour in COLOURS}
    assert max(shares, key=lambda colour: shares[colour]) == subject.colour
    assert shares[subject.colour or ""] >= 0.3


@pytest.mark.parametrize("subject", ALL, ids=_name)
def test_subject_stands_out_in_the_dark(subject: Subject) -> None:
    canvas = _paint(subject, 5, light="night")

    apart = np.abs(canvas.pixels().astype(np.float32) - np.array(LIGHTS["night"].sky_middle)).max(-1)

    assert (apart[_masks(canvas)[subject.name]] > 25).mean() >= 0.4


@pytest.mark.parametrize("name", SUBJECTS, ids=lambda name: name.replace(" ", "-"))
def test_subject_is_darker_at_night(name: str) -> None:
    day, night = (_paint(Subject(name), 4, light=light) for light in ("day", "night"))

    assert night.pixels()[_masks(night)[name]].mean() < 0.85 * day.pixels()[_masks(day)[name]].mean()


@given(st.sampled_from(ALL), seeds)
@settings(max_examples=40, deadline=None)
def test_facing_left_is_the_mirror_image(subject: Subject, seed: int) -> None:
    right, left = (_paint(subject, seed, facing=facing).pixels().astype(np.float32) for facing in (1, -1))

    # Edges fall on other quarter pixels.
    assert np.abs(right - left[:, ::-1]).mean() < 1.0


@pytest.mark.parametrize("name", ["dog", "bird", "fish", "horse", "car"])
def test_what_faces_left_differs_from_what_faces_right(name: str) -> None:
    right, left = (_paint(Subject(name), 3, facing=facing).pixels().astype(np.float32) for facing in (1, -1))

    assert np.abs(right - left).mean() > 3.0


@pytest.mark.parametrize("name", PEOPLE, ids=lambda name: name.replace(" ", "-"))
def test_reader_holds_a_book_with_bright_pages(name: str) -> None:
    empty, reading = (_paint(Subject(name), 2, reading=reading).pixels() for reading in (False, True))

    pages = [(np.abs(picture.astype(int) - (252, 248, 232)).max(-1) < 6).sum() for picture in (empty, reading)]
    assert pages[1] >= pages[0] + 50


@pytest.mark.parametrize("mount", MOUNTS)
@pytest.mark.parametrize("rider", RIDERS, ids=lambda name: name.replace(" ", "-"))
def test_rider_sits_on_the_mount(rider: str, mount: str) -> None:
    masks = _masks(_ride(rider, mount, 1))

    assert list(masks) == [mount, rider]
    (rider_top, mount_top), (rider_foot, mount_foot) = (
        [pick(np.nonzero(masks[name])[0]) for name in (rider, mount)] for pick in (np.min, np.max)
    )
    assert rider_top < mount_top < rider_foot < mount_foot
    assert all(masks[name].mean() >= 0.04 for name in (rider, mount))


@given(st.sampled_from(RIDERS), st.sampled_from(MOUNTS), seeds, st.sampled_from((-1, 1)))
@settings(max_examples=40, deadline=None)
def test_rider_and_mount_lie_in_their_box(rider: str, mount: str, seed: int, facing: int) -> None:
    masks = _masks(_ride(rider, mount, seed, facing))

    rows, columns = np.nonzero(masks[rider] | masks[mount])
    slack, wide = 0.05 * 0.6, 0.6 * RIDING_PROPORTIONS[mount]
    assert rows.min() / SIZE >= 0.3 - slack
    assert (rows.max() + 1) / SIZE <= 0.9 + slack
    assert columns.min() / SIZE >= 0.5 - wide / 2 - slack
    assert (columns.max() + 1) / SIZE <= 0.5 + wide / 2 + slack
