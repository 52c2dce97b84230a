"""Which scenes the training data shows, and how often."""

from __future__ import annotations

import random
from typing import TypeVar

from demo_models.scenes.staging import SWIMMING
from demo_models.scenes.subjects import PROPORTIONS
from demo_models.scenes.vocabulary import (
    COLOURS,
    MAX_IN_ROW,
    MOUNTS,
    OUTDOORS,
    PEOPLE,
    RIDERS,
    SHAPES,
    SUBJECT_COLOURS,
    SUBJECTS,
    TIMES,
    Figures,
    Item,
    Scene,
    Subject,
    View,
)

_Key = TypeVar("_Key")

_FIGURES_SHARE = 0.32
_EXAMPLES_SHARE = 0.1
_LAYOUT_WEIGHTS = {"single": 12, "row": 4, "left-right": 2, "above-below": 2}
_SETTING_WEIGHTS = {"outdoors": 78, "studio": 13, "space": 4, "room": 5}
_WEATHER_WEIGHTS = {"clear": 58, "clouds": 14, "rain": 15, "snow": 13}
_COUNT_WEIGHTS = {0: 50, 1: 36, 2: 10, 3: 4}  # of subjects outdoors
_RIDING_SHARE = 0.1  # of outdoor views with subjects
_PLAIN_SHARE = 0.5  # of subjects that are in no particular colour
_EMPTY_INDOORS_SHARE = 0.35
_WIDEST_OF_THREE = 1.3

# What is met where; a place that is not listed has everything that walks, drives, grows or flies.
_ON_LAND = tuple(name for name in SUBJECTS if name not in (*SWIMMING, "astronaut"))
_MET: dict[str, tuple[str, ...]] = {
    "sea": ("boat", "boat", "boat", "fish", "fish", "bird", "balloon"),
    "island": ("boat", "boat", "fish", "fish", "bird", "balloon"),
    "lake": ("boat", "boat", "fish", "fish", "bird", "balloon", "cat", "dog", "horse", *PEOPLE, "flower"),
    "beach": ("boat", "boat", "cat", "dog", "bird", "horse", *PEOPLE, "bicycle", "balloon"),
    "desert": (*_ON_LAND, "astronaut"),
    "road": (*_ON_LAND, "car", "car", "bicycle", "bicycle"),
    "city": (*_ON_LAND, "car", "car", "bicycle"),
    "futuristic city": (*_ON_LAND, "car", "astronaut", "superhero"),
    "village": (*_ON_LAND, "car", "dog", "cat"),
    "field": (*_ON_LAND, "horse", "flower", "tree", "house"),
}
_INDOOR_SUBJECTS: dict[str, tuple[str, ...]] = {
    "space": ("astronaut", "astronaut", "astronaut", "superhero", "cat"),
    "room": ("person", "person", "person in a suit", "cat", "dog"),
}
_NO_ROADS = ("sea", "island", "lake")


def random_scene(rng: random.Random) -> Scene:
    """A scene of the training data: a third figures, two thirds views, a tenth like the documents' examples."""
    draw = rng.random()
    if draw < _FIGURES_SHARE:
        return random_figures(rng)
    return _example(rng) if draw < _FIGURES_SHARE + _EXAMPLES_SHARE else random_view(rng)


def random_figures(rng: random.Random) -> Figures:
    """One shape, a row of equal ones, or two different ones."""
    layout = _weighted(_LAYOUT_WEIGHTS, rng)
    background, *colours = rng.sample(list(COLOURS), 3)
    item = Item(rng.choice(SHAPES), colours[0])
    if layout == "single":
        return Figures((item,), background)
    if layout == "row":
        return Figures((item,) * rng.randint(2, MAX_IN_ROW), background, layout)
    other = Item(rng.choice(SHAPES), colours[1])
    if rng.random() < 0.25:
        other = Item(rng.choice([shape for shape in SHAPES if shape != item.shape]), item.colour)
    return Figures((item, other), background, layout)


def random_view(rng: random.Random) -> View:
    """A place, mostly under the sky, and what is met there."""
    where = _weighted(_SETTING_WEIGHTS, rng)
    if where == "studio":
        return _studio(rng.choice(SUBJECTS), rng)
    if where in _INDOOR_SUBJECTS:
        found = () if rng.random() < _EMPTY_INDOORS_SHARE else (rng.choice(_INDOOR_SUBJECTS[where]),)
        return View(where, None, subjects=tuple(random_subject(name, rng) for name in found))
    place, time, weather = rng.choice(OUTDOORS), rng.choice(TIMES), _weighted(_WEATHER_WEIGHTS, rng)
    count = _weighted(_COUNT_WEIGHTS, rng)
    if count and place not in _NO_ROADS and rng.random() < _RIDING_SHARE:
        riders = tuple(random_subject(rng.choice(names), rng) for names in (RIDERS, MOUNTS))
        return View(place, time, weather, riders, riding=True)
    met = [name for name in _MET.get(place, _ON_LAND) if count < 3 or PROPORTIONS[name] < _WIDEST_OF_THREE]
    names = tuple(rng.choice(met) for _ in range(count))
    if count == 2 and rng.random() < 0.3:
        names = (names[0], names[0])
    subjects = [random_subject(name, rng) for name in names]
    if len(set(names)) == 1:
        subjects = subjects[:1] * count
    return View(place, time, weather, tuple(subjects))


def random_subject(name: str, rng: random.Random, unlike: str | None = None) -> Subject:
    """``name`` in its ordinary look or in a colour, but not in the colour ``unlike``."""
    colours = [colour for colour in SUBJECT_COLOURS.get(name, ()) if colour != unlike]
    if not colours or (unlike is None and rng.random() < _PLAIN_SHARE):
        return Subject(name)
    return Subject(name, rng.choice(colours))


def _studio(name: str, rng: random.Random) -> View:
    backdrop = rng.choice([colour for colour in COLOURS if (name, colour) != ("astronaut", "white")])
    return View("studio", None, subjects=(random_subject(name, rng, backdrop),), backdrop=backdrop)


def _example(rng: random.Random) -> View:
    """A scene such as the founding documents ask for in their examples."""
    weather = _weighted({"clear": 3, "clouds": 1}, rng)
    which = rng.randrange(7)
    if which == 0:
        boat = (random_subject("boat", rng),) if rng.random() < 0.25 else ()
        return View(rng.choice(("sea", "beach")), "sunset", weather, boat)
    if which == 1:
        return View("futuristic city", "sunset", weather)
    if which == 2:
        rider, mount = random_subject("cat", rng), random_subject("bicycle", rng)
        return View(
            rng.choice(("road", "city", "village", "field")), rng.choice(TIMES), "rain", (rider, mount), riding=True
        )
    if which == 3:
        return View("space", None, subjects=(Subject("astronaut"),))
    if which == 4:
        return _studio("person in a suit", rng)
    if which == 5:
        place = rng.choice(("city", "futuristic city", "studio"))
        if place == "studio":
            return _studio("superhero", rng)
        return View(place, rng.choice(TIMES), weather, (Subject("superhero"),))
    return View("room", None, subjects=(random_subject(rng.choice(("person", "person", "person in a suit")), rng),))


def _weighted(weights: dict[_Key, int], rng: random.Random) -> _Key:
    return rng.choices(list(weights), list(weights.values()))[0]
