"""Named sets of parameters that the studio offers at a press: what is quick, what is fine, what is long."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from generation.models import JobKind
from generation.serializers.images import DEFAULT_STRENGTH
from generation.serializers.words import DEFAULT_TEMPERATURE, DEFAULT_TOKENS


@dataclass(frozen=True)
class Preset:
    """Values for some fields of a form. `slug` is its name in a request, `detail` says in figures what it sets."""

    slug: str
    name: str
    detail: str
    values: Mapping[str, float]

    @property
    def json(self) -> str:
        """The values, for the script."""
        return json.dumps(dict(self.values))

    def is_in_force(self, shown: Mapping[str, Any]) -> bool:
        """Whether a form that shows these values has all of the preset's."""
        return all(_number(shown.get(name)) == value for name, value in self.values.items())


@dataclass(frozen=True)
class PresetGroup:
    """Presets that set the same fields: one of them is in force at most."""

    name: str
    presets: tuple[Preset, ...]

    @property
    def fields(self) -> set[str]:
        """The names of the fields."""
        return set(self.presets[0].values)


def _group(name: str, *presets: tuple[str, str, str, Mapping[str, float]]) -> PresetGroup:
    return PresetGroup(name, tuple(Preset(*preset) for preset in presets))


_QUALITY = _group(
    "Quality",
    ("quick", "Quick", "10 steps", {"num_inference_steps": 10}),
    ("standard", "Standard", "30 steps", {"num_inference_steps": 30}),
    ("fine", "Fine", "60 steps", {"num_inference_steps": 60}),
)
_SHAPE = _group(
    "Shape",
    ("square", "Square", "512 × 512", {"width": 512, "height": 512}),
    ("portrait", "Portrait", "512 × 768", {"width": 512, "height": 768}),
    ("landscape", "Landscape", "768 × 512", {"width": 768, "height": 512}),
)
_STRENGTH = _group(
    "Strength",
    ("slight", "Slight", "0.4", {"strength": 0.4}),
    ("marked", "Marked", f"{DEFAULT_STRENGTH}", {"strength": DEFAULT_STRENGTH}),
    ("free", "Free", "0.95", {"strength": 0.95}),
)
_DURATION = _group(
    "Duration",
    ("short", "Short", "5 s", {"duration": 5}),
    ("medium", "Medium", "10 s", {"duration": 10}),
    ("long", "Long", "30 s", {"duration": 30}),
)
_LENGTH = _group(
    "Length",
    ("short", "Short", "32 tokens", {"max_tokens": 32}),
    ("medium", "Medium", f"{DEFAULT_TOKENS} tokens", {"max_tokens": DEFAULT_TOKENS}),
    ("long", "Long", "512 tokens", {"max_tokens": 512}),
)
_TEMPERATURE = _group(
    "Temperature",
    ("steady", "Steady", "0.2", {"temperature": 0.2}),
    ("balanced", "Balanced", f"{DEFAULT_TEMPERATURE}", {"temperature": DEFAULT_TEMPERATURE}),
    ("daring", "Daring", "1.2", {"temperature": 1.2}),
)

PRESETS: dict[JobKind, tuple[PresetGroup, ...]] = {
    JobKind.IMAGE: (_QUALITY, _SHAPE),
    JobKind.IMAGE_TO_IMAGE: (_STRENGTH, _QUALITY),
    JobKind.MUSIC: (_DURATION,),
    JobKind.TEXT: (_LENGTH, _TEMPERATURE),
}


def presets_of(kind: JobKind) -> Iterable[PresetGroup]:
    """The presets for a kind of job, in groups; none for a kind with nothing to set."""
    return PRESETS.get(kind, ())


def find_preset(kind: JobKind, slug: str) -> Preset | None:
    """The preset of that slug."""
    return next((preset for group in presets_of(kind) for preset in group.presets if preset.slug == slug), None)


def _number(text: Any) -> float | None:
    """What a field shows as a number; None where it shows none."""
    try:
        return float(text)
    except (TypeError, ValueError):
        return None
