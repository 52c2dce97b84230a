"""What is true of a scene's picture, and what its captions may be asked about: the bank of labels.

``labels_of`` holds what is surely seen, ``undecided_labels`` what may or may not be; all other labels are false.
"""

from __future__ import annotations

from functools import lru_cache

from demo_models.scenes.labels_bank import (
    LABELS,
    NATURE,
    coloured,
    counted,
    implied_by,
    place_label,
    subject_label,
)
from demo_models.scenes.labels_words import phrasing
from demo_models.scenes.vocabulary import COLOURS, OUTDOORS, PEOPLE, SUBJECT_COLOURS, Figures, Scene, Subject, View
from demo_models.scenes.wording import NEUTRAL
from demo_models.scenes.wording_negatives import NEVER_DRAWN, UNSEEN_NEVER_DRAWN

__all__ = [
    "LABELS", "NEUTRAL", "NEVER_DRAWN", "UNSEEN_NEVER_DRAWN", "implied_by", "labels_of", "phrasing",
    "undecided_labels",
]  # fmt: skip

_BANK = frozenset(LABELS)
# What is always in a place's picture, besides the place itself.
_IN_PLACE: dict[str, tuple[str, ...]] = {
    "sea": ("water", "waves"),
    "beach": ("water", "sea", "sand"),
    "mountains": ("grass",),
    "desert": ("sand", "cactus"),
    "forest": ("tree", "plant"),
    "field": ("hills",),
    "city": ("building", "skyscrapers"),
    "futuristic city": ("city", "futuristic", "building", "skyscrapers"),
    "road": ("tree", "plant", "grass"),
    "lake": ("water", "mountains", "tree", "plant", "grass"),
    "village": ("house", "building", "church", "grass"),
    "island": ("water", "sea", "palm tree", "tree", "plant"),
    "space": ("stars", "planet"),
    "room": ("books", "bookshelf", "indoors"),
    "studio": (),
}
# What may be there, or may be called so.
_PERHAPS_IN_PLACE: dict[str, tuple[str, ...]] = {
    "sea": ("beach", "island", "lake"),
    "beach": ("waves", "palm tree", "tree", "plant", "island", "lake", "desert"),
    "mountains": ("snow", "field", "tree", "plant", "hills", "forest"),
    "desert": ("hills", "mountains", "beach", "plant", "tree"),
    "forest": ("grass", "hills", "mountains", "field"),
    "field": ("grass", "plant", "tree", "mountains", "road"),
    "city": ("road", "house", "village", "futuristic"),
    "futuristic city": ("road", "lit windows", "space"),
    "road": ("hills", "forest", "field", "mountains"),
    "lake": ("sea", "forest", "hills", "field", "waves", "snow", "beach", "island"),
    "village": ("hills", "field", "road", "city", "tree", "plant", "mountains"),
    "island": ("sand", "beach", "grass", "hills", "waves", "mountains", "lake"),
    "space": ("night", "moon", "sky", "futuristic"),
    "room": ("building",),
    "studio": ("indoors",),
}
# Where a shape may be made out in a view: the moon, a roof, a window. Stars are seen at night.
_TRIANGULAR = frozenset({"mountains", "village", "forest", "lake", "boat", "house", "island"})
_SQUARE = frozenset({"city", "futuristic city", "village", "room", "house", "road", "car", "person in a suit"})


@lru_cache(maxsize=65536)
def labels_of(scene: Scene) -> frozenset[str]:
    """The labels that are surely true of a picture of ``scene``; a subset of ``LABELS``."""
    return _of_figures(scene) if isinstance(scene, Figures) else _of_view(scene)


@lru_cache(maxsize=65536)
def undecided_labels(scene: Scene) -> frozenset[str]:
    """The labels that are neither surely true nor surely false of ``scene``: disjoint from ``labels_of``."""
    perhaps = _perhaps_figures(scene) if isinstance(scene, Figures) else _perhaps_view(scene)
    return (perhaps & _BANK) - labels_of(scene)


def _of_figures(figures: Figures) -> frozenset[str]:
    true = {f"{figures.background} background", figures.background, "plain background", "shape"}
    shapes = [item.shape for item in figures.items]
    for item in figures.items:
        true |= {item.shape, item.colour, f"{item.colour} {item.shape}"}
    if len(shapes) > 1 and len(set(shapes)) == 1:
        true.add(counted(len(shapes), shapes[0]))
    return frozenset(true)


def _perhaps_figures(figures: Figures) -> frozenset[str]:
    perhaps: set[str] = {"indoors"}
    for item in figures.items:
        if item.shape == "circle":
            perhaps |= {"sun", "moon", "planet", "balloon"}
            perhaps |= {coloured("balloon", item.colour)}
        elif item.shape == "star":
            perhaps |= {"stars", "sky", "night", "space"}
        elif item.shape == "triangle":
            perhaps |= {"mountains", "tree"}
        else:
            perhaps |= {"building", "house"}
    return frozenset(perhaps)


def _of_view(view: View) -> frozenset[str]:
    true = {place_label(view.place), *_IN_PLACE[view.place]}
    if view.place in NATURE:
        true |= {"landscape", "nature"}
    if view.place in OUTDOORS:
        true |= {"outdoors", "sky"}
    if view.backdrop is not None:
        true |= {view.backdrop, f"{view.backdrop} background"}
    if view.time is not None:
        true |= {view.time, "clear sky" if view.weather == "clear" else view.weather}
        true |= _in_sky(view)
    if view.weather == "snow":
        true.add("winter")
    for subject in view.subjects:
        true |= implied_by(subject_label(subject))
    names = {subject.name for subject in view.subjects}
    if view.time == "night" and (view.place in ("city", "village") or "house" in names):
        true.add("lit windows")
    if view.riding:
        true.add(f"riding a {view.subjects[1].name}")
    return frozenset(true)


def _in_sky(view: View) -> set[str]:
    if view.weather != "clear":
        return set()
    # What is tall may stand before the sun or the moon, and anything before a low sun.
    tall = view.place in ("forest", "futuristic city") or any(one.name in ("balloon", "tree") for one in view.subjects)
    if view.time == "night":
        return {"stars"} if tall else {"stars", "moon"}
    return set() if tall or (view.time != "day" and view.subjects) else {"sun"}


def _perhaps_view(view: View) -> frozenset[str]:
    perhaps = {*_PERHAPS_IN_PLACE[view.place], *COLOURS, "landscape", "nature", "circle"}
    if view.place in ("room", "studio", "space"):
        perhaps -= {"landscape", "nature"}
    else:
        perhaps |= _perhaps_under_sky(view)
    if view.place == "space":
        perhaps |= {"black background", "blue background", "purple background", "night"}
    for subject in view.subjects:
        perhaps |= _perhaps_of_subject(subject)
    seen = {view.place, *(subject.name for subject in view.subjects)}
    perhaps |= {"triangle"} if seen & _TRIANGULAR else set()
    perhaps |= {"square"} if seen & _SQUARE else set()
    return frozenset(perhaps)


def _perhaps_under_sky(view: View) -> set[str]:
    perhaps: set[str] = set()
    if view.weather in ("rain", "snow"):
        perhaps.add("clouds")
    if view.weather == "snow":
        perhaps |= {"white background", "hills"}
    if view.weather in ("clear", "clouds"):
        perhaps |= {"stars", "moon", "star"} if view.time == "night" else {"sun"}
    if view.time == "night":
        perhaps |= {"black background", "blue background", "white circle"}
    else:
        perhaps |= {"orange background"} if view.time == "sunset" else {"blue background"}
        perhaps |= {"yellow circle", "white circle"} if view.weather in ("clear", "clouds") else set()
    if view.time != "day" and "house" in (view.place, *(subject.name for subject in view.subjects)):
        perhaps.add("lit windows")
    if view.time in ("dawn", "sunset") and view.place in ("city", "village"):
        perhaps.add("lit windows")
    return perhaps


def _perhaps_of_subject(subject: Subject) -> set[str]:
    perhaps: set[str] = set()
    if subject.colour is None:
        # An ordinary car has any of its colours.
        perhaps |= {coloured(subject.name, colour) for colour in SUBJECT_COLOURS.get(subject.name, ())}
    if subject.name in PEOPLE and subject.name != "person":
        perhaps |= {coloured("person", colour) for colour in SUBJECT_COLOURS["person"]}
    if subject.name == "balloon":
        perhaps |= {f"{colour} circle" for colour in COLOURS}
    if subject.name == "astronaut":
        perhaps |= {"futuristic", "space", "person in a suit"}
    if subject.name == "tree":
        perhaps |= {"forest"}
    if subject.name == "house":
        perhaps |= {"village"}
    return perhaps
