"""Subjects: animals, people, vehicles and things, each in its own region. This is the door to ``subjects_*``."""

from __future__ import annotations

import random
from collections.abc import Callable

from demo_models.scenes.canvas import Canvas, Colour
from demo_models.scenes.lights import Light
from demo_models.scenes.subjects_animals import bird, cat, dog, fish, horse, sitting_dog
from demo_models.scenes.subjects_pen import Pen, limb
from demo_models.scenes.subjects_people import Seat, astride, outfit_of, standing
from demo_models.scenes.subjects_things import flower, house, tree
from demo_models.scenes.subjects_vehicles import balloon, bicycle, boat, car
from demo_models.scenes.vocabulary import COLOURS, PEOPLE, SUBJECT_COLOURS, Subject

# Width / height of each subject.
PROPORTIONS: dict[str, float] = {
    "cat": 0.84,
    "dog": 1.22,
    "bird": 1.24,
    "fish": 1.54,
    "horse": 1.28,
    "person": 0.58,
    "astronaut": 0.72,
    "superhero": 0.8,
    "person in a suit": 0.6,
    "bicycle": 1.68,
    "car": 2.06,
    "boat": 1.32,
    "balloon": 0.78,
    "house": 1.12,
    "tree": 0.88,
    "flower": 0.66,
}
# Width / height of a rider and the mount together.
RIDING_PROPORTIONS: dict[str, float] = {"bicycle": 1.06, "horse": 0.98}
# What subjects look like that are asked for in no colour; the others take any of theirs.
_ORDINARY: dict[str, tuple[Colour, ...]] = {
    "cat": ((140, 140, 150), COLOURS["orange"]),
    "dog": ((158, 104, 60), (190, 138, 84)),
    "horse": ((134, 80, 46),),
    "astronaut": ((238, 240, 244),),
    "superhero": ((40, 82, 205),),
    "person in a suit": ((44, 50, 72),),
    "tree": ((66, 148, 62), (86, 158, 58)),
}
_PAINTERS: dict[str, Callable[[Pen, Colour, random.Random], None]] = {
    "cat": cat,
    "dog": dog,
    "bird": bird,
    "fish": fish,
    "horse": horse,
    "bicycle": bicycle,
    "car": car,
    "boat": boat,
    "balloon": balloon,
    "house": house,
    "tree": tree,
    "flower": flower,
}
# The share of the common height that the mount takes, and the seat on it.
_SEATS: dict[str, tuple[float, Seat]] = {
    "bicycle": (0.62, Seat(hips=(-0.15, 0.42), hands=(0.24, 0.43), knee=(0.08, 0.58), foot=(0.0, 0.82))),
    "horse": (0.72, Seat(hips=(-0.12, 0.5), hands=(0.12, 0.48), knee=(0.01, 0.64), foot=(-0.05, 0.82))),
}


def paint_subject(
    canvas: Canvas,
    subject: Subject,
    *,
    x: float,
    foot: float,
    height: float,
    light: Light,
    facing: int,
    rng: random.Random,
    reading: bool = False,
) -> None:
    """Paint ``subject`` into a region of its own.

    ``x`` is its centre, ``foot`` the y of its lowest point and ``height`` its height, all shares of the canvas's
    side; its width is about PROPORTIONS times the height. ``facing`` is +1 (right) or -1 (left). ``rng`` varies
    proportions and pose a little, and the colour where the subject has none. People may be ``reading`` a book.
    """
    colour = _colour_of(subject, rng)
    pen = Pen(canvas, light, x, foot, height, facing, rng.uniform(0.94, 1.0))
    with canvas.region(subject.name):
        if subject.name in PEOPLE:
            standing(pen, outfit_of(subject.name, colour, rng), reading)
        else:
            _PAINTERS[subject.name](pen, colour, rng)


def paint_riding(
    canvas: Canvas,
    rider: Subject,
    mount: Subject,
    *,
    x: float,
    foot: float,
    height: float,
    light: Light,
    facing: int,
    rng: random.Random,
) -> None:
    """Paint ``mount`` and ``rider`` on it, each into a region of its own.

    The arguments are those of :func:`paint_subject`; ``height`` is that of both together, and the width about
    RIDING_PROPORTIONS of the mount times that.
    """
    share, seat = _SEATS[mount.name]
    paint_subject(canvas, mount, x=x, foot=foot, height=height * share, light=light, facing=facing, rng=rng)
    colour = _colour_of(rider, rng)
    pen = Pen(canvas, light, x, foot, height, facing)
    with canvas.region(rider.name):
        if rider.name in PEOPLE:
            astride(pen, outfit_of(rider.name, colour, rng), seat)
            return
        sitting = pen.within(seat.hips[0], seat.hips[1] + 0.06, seat.hips[1] + 0.04)
        if rider.name == "cat":
            cat(sitting, colour, rng)
        else:
            sitting_dog(sitting, colour)
        shoulder = (seat.hips[0] + 0.06, seat.hips[1] - 0.14)
        pen.body(colour, limb(shoulder, seat.hands, 0.04, 0.036))


def _colour_of(subject: Subject, rng: random.Random) -> Colour:
    if subject.colour is not None:
        return COLOURS[subject.colour]
    ordinary = _ORDINARY.get(subject.name)
    return rng.choice(ordinary or tuple(COLOURS[name] for name in SUBJECT_COLOURS[subject.name]))
