"""What the finished pipeline can do, in figures: it is asked for scenes, and what it draws is tested.

Shapes are tested pixel by pixel, views by a classifier that is used nowhere else.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path

import numpy as np
import torch

from demo_models.scenes.canvas import Pixels
from demo_models.scenes.captions import plain_caption
from demo_models.scenes.vocabulary import SUBJECTS, Figures, Subject, View, all_empty_views, all_single_figures
from demo_models.stable_diffusion.classifier import Reading, load_classifier, read
from demo_models.stable_diffusion.components import StableDiffusionPipeline
from demo_models.stable_diffusion.pixels import judge_all

# The API's defaults.
STEPS = 30
GUIDANCE_SCALE = 7.5
# Places where a subject is asked for, besides the plain studio.
_SUBJECT_PLACES = {"fish": "lake", "boat": "lake", "astronaut": "space"}
_SEEN = 0.3  # from this probability on, a subject counts as seen: riders hide half of what they ride


@dataclass(frozen=True)
class Example:
    """A sentence from the founding documents and what must be seen in a picture of it."""

    prompt: str
    places: tuple[str, ...] = ()
    time: str | None = None
    weather: str | None = None
    subjects: tuple[str, ...] = ()

    def is_seen(self, reading: Reading) -> bool:
        """Whether everything that the sentence says is seen."""
        return (
            (not self.places or reading.place in self.places)
            and self.time in (None, reading.time)
            and self.weather in (None, reading.weather)
            and all(reading.subjects[name] >= _SEEN for name in self.subjects)
        )


EXAMPLES: tuple[Example, ...] = (
    Example("a cat riding a bicycle in the rain", weather="rain", subjects=("cat", "bicycle")),
    Example("a futuristic cityscape at sunset", ("futuristic city",), "sunset"),
    Example("a beautiful sunset over the ocean with waves crashing on the shore", ("sea", "beach"), "sunset"),
    Example("a beautiful sunset over the ocean", ("sea", "beach"), "sunset"),
    Example("photo of sks person as a futuristic astronaut in space", ("space",), subjects=("astronaut",)),
    Example("photo of sks person in a professional suit", subjects=("person in a suit",)),
    Example("photo of sks person as an astronaut", subjects=("astronaut",)),
    Example("photo of sks person as a superhero, cinematic lighting", subjects=("superhero",)),
    Example("photo of sks person reading a book in a cozy library", ("room",), subjects=("person",)),
)


def load_pipeline(folder: Path) -> StableDiffusionPipeline:
    """The pipeline in ``folder`` in the precision that the engine uses on this processor."""
    # Where the processor has no bfloat16 it would be emulated, and slow.
    fast = torch.backends.mkldnn.is_available() and torch.ops.mkldnn._is_mkldnn_bf16_supported()
    pipeline = StableDiffusionPipeline.from_pretrained(folder, dtype=torch.bfloat16 if fast else torch.float32)
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


def generate(
    pipeline: StableDiffusionPipeline,
    prompts: Sequence[str],
    *,
    seed: int,
    guidance_rescale: float,
    batch: int = 8,
    report: Callable[[str], None] = lambda line: None,
) -> Pixels:
    """One picture for each prompt at the API's defaults, (n, 128, 128, 3) uint8; each has a seed of its own."""
    made = []
    for start in range(0, len(prompts), batch):
        part = list(prompts[start : start + batch])
        generators = [torch.Generator().manual_seed(seed + start + offset) for offset in range(len(part))]
        images = pipeline(
            part,
            num_inference_steps=STEPS,
            guidance_scale=GUIDANCE_SCALE,
            guidance_rescale=guidance_rescale,
            generator=generators,
            output_type="np",
        ).images
        made.append(np.rint(images * 255).astype(np.uint8))
        report(f"{start + len(part)} of {len(prompts)} pictures")
    return np.concatenate(made)


def measure(
    folder: Path, *, count: int, seed: int, report: Callable[[str], None] = lambda line: None
) -> dict[str, float]:
    """The pipeline's figures, all but the last shares (0-1), on ``count`` pictures of each kind.

    ``figure_…``: single shapes, see :func:`demo_models.stable_diffusion.pixels.judge_all`. ``place``, ``time``:
    empty views read right; ``view``: both. ``rain``: views in the rain seen so. ``subject``: the subject asked for
    is the likeliest. ``example``: the documents' sentences of which everything is seen.
    ``night_darker``: places whose night has less than 0.7 times the light of their day.
    """
    pipeline = load_pipeline(folder)
    rescale = json.loads((folder / "atelier.json").read_text())["guidance_rescale"]

    def draw(prompts: Sequence[str]) -> Pixels:
        return generate(pipeline, prompts, seed=seed, guidance_rescale=rescale, report=report)

    rng = random.Random(seed)
    figures = fresh_figures(count, seed)
    shares = judge_all(draw([plain_caption(figure) for figure in figures]), figures)
    facts = {f"figure_{name}": share for name, share in shares.items()}
    views = _some(all_empty_views(), count, rng)
    pictures = draw([plain_caption(view) for view in views])
    facts |= _measure_views(views, pictures)
    wet = [View(view.place, view.time, "rain") for view in _some(all_empty_views(), max(4, count // 4), rng)]
    facts["rain"] = _share([seen.weather == "rain" for seen in _read(draw([plain_caption(view) for view in wet]))])
    asked = subject_views(count)
    read_subjects = _read(draw([plain_caption(view) for view in asked]))
    facts["subject"] = _share(
        [seen.subject == view.subjects[0].name for view, seen in zip(asked, read_subjects, strict=True)]
    )
    examples = list(islice(cycle(EXAMPLES), max(len(EXAMPLES), count // 2)))
    read_examples = _read(draw([example.prompt for example in examples]))
    facts["example"] = _share([item.is_seen(seen) for item, seen in zip(examples, read_examples, strict=True)])
    return facts


def brightness(picture: Pixels) -> float:
    """Mean luma of ``picture``, 0-255 (ITU-R BT.601 weights)."""
    return float((picture.astype(np.float32) @ np.array([0.299, 0.587, 0.114], np.float32)).mean())


def fresh_figures(count: int, seed: int) -> list[Figures]:
    """``count`` different combinations of shape, colour and background."""
    return random.Random(seed).sample(all_single_figures(), count)


def subject_views(count: int) -> list[View]:
    """``count`` views with one subject each, every subject in turn, half of them where it is at home."""
    views = []
    for index, name in enumerate(islice(cycle(SUBJECTS), count)):
        home = _SUBJECT_PLACES.get(name, "field")
        subjects = (Subject(name),)
        if index // len(SUBJECTS) % 2:
            views.append(View(home, None if home == "space" else "day", subjects=subjects))
        else:
            views.append(View("studio", None, subjects=subjects, backdrop="yellow"))
    return views


def _measure_views(views: Sequence[View], pictures: Pixels) -> dict[str, float]:
    readings = _read(pictures)
    places = [seen.place == view.place for view, seen in zip(views, readings, strict=True)]
    times = [seen.time == view.time for view, seen in zip(views, readings, strict=True)]
    light = {(view.place, view.time): brightness(picture) for view, picture in zip(views, pictures, strict=True)}
    nights = [
        light[place, "night"] < 0.7 * light[place, "day"]
        for place, time in light
        if time == "day" and (place, "night") in light
    ]
    facts = {"place": _share(places), "time": _share(times), "view": _share(np.logical_and(places, times).tolist())}
    return facts | ({"night_darker": _share(nights)} if nights else {})


def _read(pictures: Pixels) -> list[Reading]:
    return read(load_classifier(), pictures)


def _some(views: list[View], count: int, rng: random.Random) -> list[View]:
    """``count`` of ``views``, each as often as the others or once more."""
    return list(islice(cycle(rng.sample(views, len(views))), count))


def _share(verdicts: Sequence[bool]) -> float:
    return sum(verdicts) / len(verdicts)
