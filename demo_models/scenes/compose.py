"""Drawing of random scenes: the one door through which training code gets pictures."""

from __future__ import annotations

import random

from demo_models.scenes.canvas import Canvas, Colour, Pixels
from demo_models.scenes.landscapes import draw_landscape
from demo_models.scenes.shapes import corners, draw_figure
from demo_models.scenes.vocabulary import COLOURS, PLACES, SHAPES, TIMES, Figure, Landscape, Scene

NATIVE_SIZE = 128
FIGURE_SHARE = 0.6


def random_scene(rng: random.Random) -> Scene:
    """A figure (60 %) or a landscape (40 %), uniform over its combinations."""
    if rng.random() < FIGURE_SHARE:
        colour, background = rng.sample(list(COLOURS), 2)
        return Figure(rng.choice(SHAPES), colour, background)
    return Landscape(rng.choice(PLACES), rng.choice(TIMES))


def draw(scene: Scene, rng: random.Random, size: int = NATIVE_SIZE) -> Pixels:
    """Draw ``scene``; uint8 of shape (size, size, 3), sRGB. The same generator state gives the same bytes."""
    if isinstance(scene, Figure):
        return draw_figure(scene, rng, size)
    return draw_landscape(scene, rng, size)


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
