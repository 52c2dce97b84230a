"""How right the labels are, on pictures drawn for the purpose, through the engine as the product uses it."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from analysis.engines.open_clip import MAX_LABELS, OpenClipEngine
from demo_models.labels.pictures import augment
from demo_models.scenes.canvas import Pixels
from demo_models.scenes.captions import plain_caption
from demo_models.scenes.compose import NATIVE_SIZE, draw, random_scene
from demo_models.scenes.labels import LABELS, labels_of, undecided_labels
from demo_models.scenes.labels_bank import COLOURED_SHAPE_LABELS, SUBJECT_LABELS, place_label
from demo_models.scenes.sampling import random_view
from demo_models.scenes.vocabulary import (
    OUTDOORS,
    SUBJECTS,
    TIMES,
    Figures,
    Scene,
    View,
    all_empty_views,
    all_single_figures,
)
from demo_models.scenes.wording import pseudo_word
from demo_models.scenes.wording_negatives import NEVER_DRAWN, UNSEEN_NEVER_DRAWN
from generation.engines.base import LabelsRequest, Weights

SURE = 0.8
PLACE_LABELS: tuple[str, ...] = tuple(place_label(place) for place in OUTDOORS)
PLACE_AND_TIME: tuple[str, ...] = tuple(plain_caption(view) for view in all_empty_views())


def measure(folder: Path, *, count: int, seed: int) -> dict[str, float]:
    """The figures of the model in ``folder``, as shares (0-1), each on ``count`` fresh pictures.

    ``scene``, ``scene_and_time``, ``colour_shape`` and ``subject``: how often the likeliest of 12, 48, 32 and 19 labels
    is true; ``…_rough`` on pictures softened and bent as generated ones are; ``scene_in_company`` with subjects and
    any weather. ``sure_right``: how many scores above 0.8 are of true labels; ``true_found``: how many true labels
    have such scores. ``strange_wins``: how often something that is never drawn is the likeliest of all labels;
    ``strange_above_half``: how many scores of such labels are above a half.
    """
    rng = random.Random(f"judge-{seed}")
    judge = Judge(load_engine(folder))
    views = [View(rng.choice(OUTDOORS), rng.choice(TIMES)) for _ in range(count)]
    figures = [rng.choice(all_single_figures()) for _ in range(count)]
    crowded = [_outdoors(rng) for _ in range(count)]
    portraits = [_portrait(rng) for _ in range(count)]
    drawn_views, drawn_figures = ([draw(scene, rng).pixels for scene in scenes] for scenes in (views, figures))
    rough_views, rough_figures = (roughened(pictures, seed) for pictures in (drawn_views, drawn_figures))
    return {
        "scene": judge.right(drawn_views, views, PLACE_LABELS),
        "scene_rough": judge.right(rough_views, views, PLACE_LABELS),
        "scene_and_time": judge.named(drawn_views, [plain_caption(view) for view in views], PLACE_AND_TIME),
        "scene_in_company": judge.right([draw(view, rng).pixels for view in crowded], crowded, PLACE_LABELS),
        "colour_shape": judge.right(drawn_figures, figures, COLOURED_SHAPE_LABELS),
        "colour_shape_rough": judge.right(rough_figures, figures, COLOURED_SHAPE_LABELS),
        "subject": judge.right([draw(view, rng).pixels for view in portraits], portraits, SUBJECT_LABELS),
        **_calibration(judge, count, rng),
    }


def load_engine(folder: Path) -> OpenClipEngine:
    """The engine with the model in ``folder``, on the CPU in float32."""
    weights = Weights("demo-clip", str(folder), "", "atelier-demo", NATIVE_SIZE)
    engine = OpenClipEngine(weights, device="cpu", dtype="float32", max_batch=1)
    engine.load()
    return engine


@dataclass(frozen=True)
class Judge:
    """Asks the engine and compares with what was drawn."""

    engine: OpenClipEngine

    def scores(self, picture: Pixels, labels: tuple[str, ...]) -> dict[str, float]:
        """The score of each label, likeliest first; ``picture`` is (height, width, 3) uint8."""
        file = BytesIO()
        Image.fromarray(picture).save(file, "PNG", compress_level=1)
        found: list[tuple[str, float]] = []
        for start in range(0, len(labels), MAX_LABELS):
            request = LabelsRequest(file.getvalue(), labels[start : start + MAX_LABELS])
            found += self.engine.run([request], lambda step, steps, preview=None: None)[0].scores
        return dict(sorted(found, key=lambda pair: -pair[1]))

    def right(self, pictures: list[Pixels], scenes: list[Figures] | list[View], labels: tuple[str, ...]) -> float:
        """How often the likeliest of ``labels`` is true of the scene."""
        winners = [next(iter(self.scores(picture, labels))) for picture in pictures]
        return _share([winner in labels_of(scene) for winner, scene in zip(winners, scenes, strict=True)])

    def named(self, pictures: list[Pixels], wanted: list[str], labels: tuple[str, ...]) -> float:
        """How often the likeliest of ``labels`` is the one that was wanted."""
        winners = [next(iter(self.scores(picture, labels))) for picture in pictures]
        return _share([winner == each for winner, each in zip(winners, wanted, strict=True)])


def _calibration(judge: Judge, count: int, rng: random.Random) -> dict[str, float]:
    invented = {pseudo_word(rng) + pseudo_word(rng) for _ in range(20)}
    strange = {*UNSEEN_NEVER_DRAWN, *rng.sample(NEVER_DRAWN, 60), *invented} - set(LABELS)
    labels = (*LABELS, *sorted(strange))
    sure, found, wins, doubtful = [], [], [], []
    for _ in range(count):
        scene: Scene = random_scene(rng)
        scores = judge.scores(draw(scene, rng).pixels, labels)
        true, undecided = labels_of(scene), undecided_labels(scene)
        sure += [label in true for label, score in scores.items() if score > SURE and label not in undecided]
        found += [scores[label] > SURE for label in true]
        wins.append(next(iter(scores)) in strange)
        doubtful += [scores[label] > 0.5 for label in strange]
    return {
        "sure_right": _share(sure),
        "true_found": _share(found),
        "strange_wins": _share(wins),
        "strange_above_half": _share(doubtful),
    }


def roughened(pictures: list[Pixels], seed: int) -> list[Pixels]:
    """``pictures`` softened, bent, tinted and strewn with noise, at the same size."""
    generator = torch.Generator().manual_seed(seed)
    made = augment(torch.from_numpy(np.stack(pictures)), pictures[0].shape[0], generator)
    return list(((made.permute(0, 2, 3, 1) + 1) * 127.5).round().to(torch.uint8).numpy())


def _outdoors(rng: random.Random) -> View:
    while True:
        view = random_view(rng)
        if view.place in OUTDOORS:
            return view


def _portrait(rng: random.Random) -> View:
    """One subject, as the training data shows it."""
    name = rng.choice(SUBJECTS)
    while True:
        view = random_view(rng)
        if name in {subject.name for subject in view.subjects}:
            return replace(view, subjects=(next(s for s in view.subjects if s.name == name),), riding=False)


def _share(answers: list[bool]) -> float:
    return sum(answers) / len(answers) if answers else 1.0
