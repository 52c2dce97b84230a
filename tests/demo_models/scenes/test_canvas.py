"""The canvas: soft edges, exact regions, and what leaves regions alone."""

from __future__ import annotations

import numpy as np

from demo_models.scenes.canvas import Canvas


def test_a_form_covers_its_area_wherever_it_lies() -> None:
    canvas = Canvas(50, (0, 0, 0))
    canvas.rectangles([(0.11, 0.23, 0.41, 0.63)], (255, 255, 255))

    assert abs(canvas.pixels()[..., 0].mean() / 255 - 0.3 * 0.4) < 0.01


def test_what_is_painted_last_owns_the_pixels() -> None:
    canvas = Canvas(40, (0, 0, 0), "wall")
    with canvas.region("disc"):
        canvas.ellipses([(0.1, 0.1, 0.9, 0.9)], (255, 0, 0))
        with canvas.region("box"):
            canvas.rectangles([(0.4, 0.4, 0.6, 0.6)], (0, 255, 0))

    wall, disc, box = canvas.regions()
    assert (wall.label, disc.label, box.label) == ("wall", "disc", "box")
    assert (wall.background, disc.background) == (True, False)
    assert (wall.mask.astype(int) + disc.mask + box.mask == 1).all()
    assert (canvas.pixels()[box.mask][:, 1] > 200).all()


def test_what_is_hidden_is_no_region() -> None:
    canvas = Canvas(16, (0, 0, 0))
    with canvas.region("hidden"):
        canvas.ellipses([(0.4, 0.4, 0.6, 0.6)], (255, 0, 0))
    with canvas.region("cover"):
        canvas.gradient((0, 0, 255), (0, 0, 255))

    assert [region.label for region in canvas.regions()] == ["cover"]


def test_veils_glows_and_haze_change_colours_but_no_region() -> None:
    canvas = Canvas(32, (0, 0, 0), "sky")
    with canvas.region("snow"):
        with canvas.veil():
            canvas.ellipses([(0.2, 0.2, 0.4, 0.4)], (255, 255, 255))
        canvas.glow(0.7, 0.7, 0.3, (255, 0, 0), 1.0)
        canvas.haze(0.1, 0.1, (0, 0, 255), 1.0)

    assert [region.label for region in canvas.regions()] == ["sky"]
    assert (canvas.pixels().reshape(-1, 3).max(axis=0) > 200).all()


def test_foot_shades_a_form_from_top_to_bottom() -> None:
    canvas = Canvas(32, (0, 0, 0))
    canvas.rectangles([(0.0, 0.25, 1.0, 0.75)], (200, 0, 0), foot=(0, 0, 200))

    column = canvas.pixels()[:, 16].astype(int)
    assert column[8, 0] > 190
    assert column[23, 2] > 190
    assert (np.diff(column[8:24, 0]) < 0).all()


def test_nothing_outside_the_picture_is_painted() -> None:
    canvas = Canvas(16, (9, 9, 9))
    canvas.ellipses([(1.2, 1.2, 1.5, 1.5), (-3.0, -3.0, -2.0, -2.0)], (255, 255, 255))
    canvas.polygons([], (255, 255, 255))
    canvas.glow(5.0, 5.0, 0.5, (255, 255, 255), 1.0)

    assert (canvas.pixels() == 9).all()
