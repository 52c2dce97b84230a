"""The judge of views: a small convolutional network that names place, time, weather and subjects of a picture.

It is trained on drawn pictures alone, shares nothing with the models that it judges, and is used for nothing
else. Its weights lie beside this module; ``python -m demo_models.stable_diffusion.classifier`` trains them anew.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from demo_models.scenes.canvas import Pixels
from demo_models.scenes.compose import draw
from demo_models.scenes.sampling import random_subject, random_view
from demo_models.scenes.vocabulary import MOUNTS, OUTDOORS, PLACES, RIDERS, SUBJECTS, TIMES, WEATHERS, View
from demo_models.training import Checkpoint, Progress, cosine_rate, mixed_precision

WEIGHTS = Path(__file__).with_name("classifier.safetensors")
WIDTHS = (16, 32, 64, 86)
PICTURES, STEPS, BATCH, LEARNING_RATE, SEED = 18_000, 3_000, 48, 3e-3, 405
_SIZES = (len(PLACES), len(TIMES), len(WEATHERS), len(SUBJECTS))


@dataclass(frozen=True)
class Reading:
    """What the classifier sees in a picture; ``subjects`` holds the probability (0-1) of each."""

    place: str
    time: str
    weather: str
    subjects: dict[str, float]

    @property
    def subject(self) -> str:
        """The likeliest subject."""
        return max(self.subjects, key=lambda name: self.subjects[name])


class Classifier(nn.Module):
    """Pictures (n, 3, 128, 128) in -1..1 to logits (n, places + times + weathers + subjects)."""

    def __init__(self) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        width = 3
        for wider in WIDTHS:
            layers += [nn.Conv2d(width, wider, 3, stride=2, padding=1, bias=False), nn.BatchNorm2d(wider), nn.ReLU()]
            width = wider
        layers += [nn.Conv2d(width, width, 3, padding=1, bias=False), nn.BatchNorm2d(width), nn.ReLU()]
        self.features = nn.Sequential(*layers)
        self.head = nn.Linear(2 * width, sum(_SIZES))

    def forward(self, pictures: Tensor) -> Tensor:
        """What is anywhere (maximum) and what is everywhere (mean) both count."""
        features = self.features(pictures)
        logits: Tensor = self.head(torch.cat([features.amax((2, 3)), features.mean((2, 3))], dim=1))
        return logits


def load_classifier() -> Classifier:
    """The trained classifier, in float32, for inference."""
    classifier = Classifier()
    classifier.load_state_dict({name: value.float() for name, value in load_file(WEIGHTS).items()}, strict=False)
    return classifier.eval().requires_grad_(False)


@torch.no_grad()
def read(classifier: Classifier, pictures: Pixels) -> list[Reading]:
    """What is seen in ``pictures``, (n, 128, 128, 3) uint8."""
    readings = []
    for logits in classifier(_to_tensor(pictures)):
        place, time, weather, subjects = logits.split(_SIZES)
        seen = dict(zip(SUBJECTS, subjects.sigmoid().tolist(), strict=True))
        readings.append(Reading(PLACES[place.argmax()], TIMES[time.argmax()], WEATHERS[weather.argmax()], seen))
    return readings


def train_classifier(work: Path) -> Classifier:
    """Train (or resume) the classifier on views drawn for it alone."""
    torch.manual_seed(SEED)
    rng = random.Random(SEED)
    scenes = [_balanced_view(rng) for _ in range(PICTURES)]
    pictures = np.stack([draw(scene, rng).pixels for scene in scenes])
    targets = _targets(scenes)
    classifier = Classifier().to(memory_format=torch.channels_last).train()
    optimiser = torch.optim.AdamW(classifier.parameters(), LEARNING_RATE, weight_decay=0.02)
    checkpoint = Checkpoint(work / "classifier.pt")
    state = checkpoint.load() or {"step": 0, "seconds": 0.0}
    if state["step"]:
        classifier.load_state_dict(state["model"])
        optimiser.load_state_dict(state["optimiser"])
    progress = Progress("classifier", STEPS, seconds=state["seconds"])
    for step in range(state["step"], STEPS):
        generator = np.random.default_rng((SEED, step))
        chosen = generator.choice(PICTURES, BATCH, replace=False)
        for group in optimiser.param_groups:
            group["lr"] = LEARNING_RATE * cosine_rate(step, STEPS)
        with mixed_precision(torch.device("cpu")):
            logits = classifier(_disturb(_to_tensor(pictures[chosen]), step))
        loss = _loss(logits.float(), targets[chosen])
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        progress.report(step, loss.item())
        if (step + 1) % 200 == 0 or step + 1 == STEPS:
            saved = {"model": classifier.state_dict(), "optimiser": optimiser.state_dict()}
            checkpoint.save({**saved, "step": step + 1, "seconds": progress.seconds})
    return classifier.eval()


def measure_classifier(classifier: Classifier, count: int, seed: int) -> dict[str, float]:
    """Share of ``count`` freshly drawn views that are read right, by what is read."""
    rng = random.Random(seed)
    scenes = [random_view(rng) for _ in range(count)]
    pairs = list(zip(scenes, read(classifier, np.stack([draw(scene, rng).pixels for scene in scenes])), strict=True))
    outdoors = [(scene, seen) for scene, seen in pairs if scene.time]
    peopled = [(scene, seen) for scene, seen in pairs if scene.subjects]
    return {
        "place": _share([seen.place == scene.place for scene, seen in pairs]),
        "time": _share([seen.time == scene.time for scene, seen in outdoors]),
        "weather": _share([seen.weather == scene.weather for scene, seen in outdoors]),
        "subject": _share([seen.subject in {item.name for item in scene.subjects} for scene, seen in peopled]),
    }


def _balanced_view(rng: random.Random) -> View:
    """Like the training data of the models, but with a quarter riders, and a quarter single subjects."""
    draw = rng.random()
    place, time = rng.choice(OUTDOORS), rng.choice(TIMES)
    weather = rng.choice(WEATHERS)
    if draw < 0.25:
        riders = (random_subject(rng.choice(RIDERS), rng), random_subject(rng.choice(MOUNTS), rng))
        return View(place, time, weather, riders, riding=True)
    if draw < 0.5:
        return View(place, time, weather, (random_subject(rng.choice(SUBJECTS), rng),))
    return random_view(rng)


def _share(verdicts: list[bool]) -> float:
    return sum(verdicts) / len(verdicts)


def _to_tensor(pictures: Pixels) -> Tensor:
    batch = torch.tensor(pictures).permute(0, 3, 1, 2).float() / 127.5 - 1.0
    return batch.contiguous(memory_format=torch.channels_last)


def _targets(scenes: list[View]) -> Tensor:
    """Place, time and weather as class numbers (-100: has none), then each subject's presence; (n, 3 + 16) int64."""
    rows = []
    for scene in scenes:
        sky = [TIMES.index(scene.time), WEATHERS.index(scene.weather)] if scene.time else [-100, -100]
        seen = {subject.name for subject in scene.subjects}
        rows.append([PLACES.index(scene.place), *sky, *(int(name in seen) for name in SUBJECTS)])
    return torch.tensor(rows)


def _loss(logits: Tensor, targets: Tensor) -> Tensor:
    *parts, subjects = logits.split(_SIZES, dim=1)
    total = 4.0 * F.binary_cross_entropy_with_logits(subjects, targets[:, len(parts) :].float())
    for column, part in enumerate(parts):
        total = total + F.cross_entropy(part, targets[:, column], label_smoothing=0.02)
    return total


def _disturb(batch: Tensor, seed: int) -> Tensor:
    """Blur, noise, shifted colours and mirroring: a generated picture is never as clean as a drawn one."""
    generator = torch.Generator().manual_seed(seed)
    count, _, side, _ = batch.shape
    if torch.rand((), generator=generator) < 0.5:
        smaller = int(torch.randint(side // 3, side, (), generator=generator))
        batch = F.interpolate(F.interpolate(batch, size=smaller, mode="area"), size=side, mode="bilinear")
    mirrored = torch.rand(count, generator=generator) < 0.5
    batch = torch.where(mirrored[:, None, None, None], batch.flip(-1), batch)
    shift = 0.06 * torch.randn(count, 3, 1, 1, generator=generator)
    strength = 0.08 * torch.rand(count, 1, 1, 1, generator=generator)
    return batch + shift + strength * torch.randn(batch.shape, generator=generator)


def main() -> None:
    """Train the classifier and put its weights, in float16, beside this module."""
    torch.set_num_threads(1)
    work = Path(__file__).resolve().parents[2] / "var" / "demo-models" / "stable-diffusion"
    classifier = train_classifier(work)
    weights = {name: value for name, value in classifier.state_dict().items() if value.is_floating_point()}
    save_file({name: value.half().contiguous() for name, value in weights.items()}, WEIGHTS)
    print(measure_classifier(load_classifier(), 1_000, SEED + 1))


if __name__ == "__main__":
    main()
