"""Every place under the sky: how it is painted, and where things stand in it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from demo_models.scenes import places_built, places_land, places_water
from demo_models.scenes.setting import Setting

Span = tuple[float, float]


@dataclass(frozen=True)
class Place:
    """How a place is painted. Heights are y coordinates, 0 at the top and 1 at the bottom.

    A low sun stands ``low_sun`` above the horizon, so that hills or houses do not hide it. ``ground`` is where
    things that stand have their foot; ``water`` where things that swim have theirs, None without water.
    """

    paint: Callable[[Setting], None]
    horizon: Span
    low_sun: float
    ground: Span
    water: Span | None = None


PLACES: dict[str, Place] = {
    "sea": Place(places_water.sea, (0.4, 0.48), 0.0, (0.84, 0.9), (0.72, 0.86)),
    "beach": Place(places_water.beach, (0.38, 0.44), 0.0, (0.88, 0.94), (0.54, 0.58)),
    "mountains": Place(places_land.mountains, (0.6, 0.64), 0.24, (0.88, 0.94)),
    "desert": Place(places_land.desert, (0.44, 0.5), 0.02, (0.86, 0.93)),
    "forest": Place(places_land.forest, (0.5, 0.54), 0.24, (0.9, 0.95)),
    "field": Place(places_land.field, (0.42, 0.48), 0.04, (0.86, 0.93)),
    "city": Place(places_built.city, (0.6, 0.64), 0.14, (0.93, 0.96)),
    "futuristic city": Place(places_built.futuristic_city, (0.6, 0.64), 0.14, (0.93, 0.96)),
    "road": Place(places_land.road, (0.42, 0.48), 0.08, (0.84, 0.93)),
    "lake": Place(places_water.lake, (0.42, 0.46), 0.02, (0.92, 0.96), (0.7, 0.8)),
    "village": Place(places_built.village, (0.46, 0.5), 0.16, (0.9, 0.95)),
    "island": Place(places_water.island, (0.44, 0.5), 0.1, (0.9, 0.95), (0.78, 0.9)),
}
