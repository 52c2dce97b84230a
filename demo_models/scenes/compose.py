"""Scenes at random and their drawing: the one door through which training code gets pictures."""

from __future__ import annotations

import random
from dataclasses import dataclass

from demo_models.scenes.canvas import Canvas, Colour, Pixels, Region
from demo_models.scenes.figures import corners, draw_figures
from demo_models.scenes.indoors import room, space, studio
from demo_models.scenes.lights import STUDIO, light_of
from demo_models.scenes.places import PLACES
from demo_models.scenes.sampling import random_scene
from demo_models.scenes.setting import Setting
from demo_models.scenes.skies import paint_sky
from demo_models.scenes.staging import Stage, paint_subjects
from demo_models.scenes.vocabulary import COLOURS, Figures, Scene, View
from demo_models.scenes.weather import paint_weather

__all__ = ["NATIVE_SIZE", "Drawing", "draw", "draw_abstract", "random_scene"]

NATIVE_SIZE = 128


@dataclass(frozen=True)
class Drawing:
    """A picture, (size, size, 3) uint8 sRGB, and its regions, which cover every pixel exactly once."""

    pixels: Pixels
    regions: tuple[Region, ...]


def draw(scene: Scene, rng: random.Random, size: int = NATIVE_SIZE) -> Drawing:
    """Draw ``scene``. The same generator state gives the same bytes, and the same arrangement at every size."""
    canvas = draw_figures(scene, rng, size) if isinstance(scene, Figures) else _draw_view(scene, rng, size)
    return Drawing(canvas.pixels(), canvas.regions())


def _draw_view(view: View, rng: random.Random, size: int) -> Canvas:
    if view.time is None:
        return _indoors(view, rng, size)
    place, light = PLACES[view.place], light_of(view.time, view.weather)
    canvas = Canvas(size, light.sky_bottom, "sky")
    horizon = rng.uniform(*place.horizon)
    sun_x = 0.5 + rng.choice((-1, 1)) * rng.uniform(0.1, 0.26)
    setting = Setting(canvas, light, view.weather, horizon, sun_x, rng, peopled=bool(view.subjects))
    paint_sky(setting, horizon - place.low_sun)
    place.paint(setting)
    paint_subjects(view, Stage(canvas, light, place.ground, place.water, horizon), rng)
    paint_weather(setting)
    return canvas


def _indoors(view: View, rng: random.Random, size: int) -> Canvas:
    if view.place == "space":
        canvas = space(size, rng)
        stage = Stage(canvas, STUDIO, (0.9, 0.95), largest=0.72, floating=True)
    elif view.place == "room":
        canvas = room(size, rng)
        stage = Stage(canvas, STUDIO, (0.93, 0.96), largest=0.68)
    else:
        canvas = studio(size, COLOURS[view.backdrop or "white"], rng)
        stage = Stage(canvas, STUDIO, (0.9, 0.94), largest=0.8)
    paint_subjects(view, stage, rng)
    return canvas


def draw_abstract(rng: random.Random, size: int = NATIVE_SIZE) -> Pixels:
    """Random shapes over a random gradient, in arbitrary colours; uint8 of shape (size, size, 3).

    Only the autoencoder sees these: image-to-image starts from pictures that are none of our scenes.
    """
    canvas = Canvas(size, _any_colour(rng))
    if rng.random() < 0.7:
        canvas.gradient(_any_colour(rng), _any_colour(rng))
    for _ in range(rng.randint(1, 6)):
        x, y, radius = rng.random(), rng.random(), rng.uniform(0.03, 0.4)
        if rng.random() < 0.4:
            flat = rng.uniform(0.3, 1.0)
            canvas.ellipses([(x - radius, y - radius * flat, x + radius, y + radius * flat)], _any_colour(rng))
        else:
            points = corners(rng.choice(("square", "triangle", "star")), (x, y), radius, rng.uniform(0, 360))
            canvas.polygons([points], _any_colour(rng), rng.uniform(0.6, 1.0))
    return canvas.pixels()


def _any_colour(rng: random.Random) -> Colour:
    return (rng.uniform(0, 255), rng.uniform(0, 255), rng.uniform(0, 255))
