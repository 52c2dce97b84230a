"""Training: pictures against every label of the bank, labels of nothing drawn, and captions.

A pair's logit is what the engine's score is made of: scale x (cosine to the label - cosine to the neutral caption)
+ bias. Each pair is a yes or no of its own, as in Zhai et al., "Sigmoid Loss for Language Image Pre-Training" (2023):
the softmax of Radford et al. (2021) would take equal captions for each other's negatives, and most of ours are equal
in part. Unlike there, what is true of a pair is known from the drawing, not guessed from who came with whom.
"""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from open_clip.model import CLIP
from torch import Tensor
from transformers import CLIPTokenizer

from demo_models.labels.model import build_model, encode_text, tokenize
from demo_models.labels.pictures import TRUE, UNDECIDED, Pictures, Scenes, augment, draw_pictures
from demo_models.labels.profile import Profile
from demo_models.labels.texts import StrangeWords, Texts, caption_texts, label_texts, strange_texts
from demo_models.labels.tokenizer import build_tokenizer
from demo_models.scenes.labels import LABELS
from demo_models.scenes.labels_words import phrasing
from demo_models.scenes.wording import NEUTRAL
from demo_models.training import AveragedWeights, Checkpoint, Progress, best_device, mixed_precision, trapezoid_rate

NEUTRAL_CAPTION = NEUTRAL[0]
# One label in twenty is true. Weighing it more makes rare labels (two stars, a person in yellow) be learnt sooner;
# the calibration afterwards takes the shift out again.
_TRUE_WEIGHT = 4.0
_CAPTION_WEIGHT = 2.0


class Batches:
    """The inputs of each step, the same for a step whether or not training was interrupted before it."""

    def __init__(self, profile: Profile, pictures: Pictures, tokenizer: CLIPTokenizer) -> None:
        self._profile = profile
        self._pictures = pictures
        self._tokenizer = tokenizer
        self._words = StrangeWords(_known_words(profile.seed))

    def pictures(self, step: int) -> tuple[Tensor, list[int]]:
        """Model inputs (batch, 3, size, size) and the numbers of their pictures."""
        profile = self._profile
        rng = np.random.default_rng((profile.seed, step))
        chosen = np.sort(rng.choice(len(self._pictures.pixels), profile.batch, replace=False))
        generator = torch.Generator().manual_seed(profile.seed + step)
        inputs = augment(torch.from_numpy(self._pictures.pixels[chosen]), profile.image_size, generator)
        return inputs.contiguous(memory_format=torch.channels_last), chosen.tolist()

    def texts(self, step: int, chosen: list[int]) -> list[Texts]:
        """Labels with what is never drawn, and captions: two parts, as captions are longer."""
        profile = self._profile
        rng = random.Random(f"texts-{profile.seed}-{step}")
        truth = self._pictures.truth[chosen]
        labels = label_texts(truth, rng)
        strange = strange_texts(self._words, profile.strange, len(chosen), rng)
        order = rng.sample(range(len(chosen)), len(chosen))
        scenes = [self._pictures.scenes[chosen[index]] for index in order]
        captions = caption_texts(scenes, truth[order], profile.captions, rng)
        back = np.argsort(order)
        return [
            Texts(labels.texts + strange.texts, np.concatenate([labels.truth, strange.truth], axis=1)),
            Texts(captions.texts, captions.truth[back]),
        ]

    def tokens(self, texts: list[str]) -> Tensor:
        """Token ids (n, context length)."""
        return tokenize(self._tokenizer, texts, self._profile.context_length)


def _known_words(seed: int) -> frozenset[str]:
    rng = random.Random(seed)
    return frozenset(word for label in LABELS for _ in range(40) for word in phrasing(label, rng).lower().split())


def pair_loss(logits: Tensor, truth: Tensor) -> Tensor:
    """Mean cross entropy of the decided pairs; both (pictures, texts), ``truth`` int8."""
    decided = truth != UNDECIDED
    wanted = (truth == TRUE).float()
    weight = decided.float() * (1.0 + (_TRUE_WEIGHT - 1.0) * wanted)
    losses = F.binary_cross_entropy_with_logits(logits, wanted, reduction="none")
    return (losses * weight).sum() / weight.sum().clamp(min=1.0)


def step_loss(model: CLIP, inputs: Tensor, tokens: list[Tensor], truths: list[Tensor]) -> Tensor:
    """The loss of labels and the weighted loss of captions; the last row of ``tokens[0]`` is the neutral caption."""
    features = F.normalize(model.encode_image(inputs).float(), dim=-1)
    labels, captions = (encode_text(model, part).float() for part in tokens)
    labels, neutral = labels[:-1], labels[-1:]
    scale, bias = model.logit_scale.exp(), model.logit_bias
    label_logits, caption_logits = (scale * features @ (texts - neutral).T + bias for texts in (labels, captions))
    return pair_loss(label_logits, truths[0]) + _CAPTION_WEIGHT * pair_loss(caption_logits, truths[1])


def load_tokenizer(profile: Profile, folder: Path) -> CLIPTokenizer:
    """The tokenizer as it is read back from its files in ``folder``, made where they are not there yet."""
    if not folder.exists():
        made = build_tokenizer(profile.vocabulary, profile.corpus, profile.context_length, profile.seed)
        made.save_pretrained(folder)
    tokenizer: CLIPTokenizer = CLIPTokenizer.from_pretrained(folder)
    return tokenizer


def train(profile: Profile, tokenizer: CLIPTokenizer, work: Path) -> tuple[CLIP, float]:
    """Train (or resume, or just load) the model; the averaged weights on the CPU, and the minutes it took."""
    device = best_device()
    torch.manual_seed(profile.seed)
    model = build_model(profile, len(tokenizer)).to(device).train()
    average = AveragedWeights(model, profile.ema_decay)
    optimiser = torch.optim.AdamW(_groups(model, profile.weight_decay), profile.learning_rate, betas=(0.9, 0.98))
    checkpoint = Checkpoint(work / "clip.pt")
    state: dict[str, Any] = checkpoint.load() or {"step": 0, "seconds": 0.0, "losses": []}
    if state["step"]:
        model.load_state_dict(state["model"])
        optimiser.load_state_dict(state["optimiser"])
        average.shadow = {name: value.to(device) for name, value in state["average"].items()}
    if state["step"] < profile.steps:
        scenes = Scenes(profile.seed, profile.figures)
        pictures = draw_pictures(work, scenes, profile.pictures, profile.drawn_size)
        batches = Batches(profile, pictures, tokenizer)
        progress = Progress("clip", profile.steps, seconds=state["seconds"])
        progress.losses = list(state["losses"])
        for step in range(state["step"], profile.steps):
            for group in optimiser.param_groups:
                group["lr"] = profile.learning_rate * trapezoid_rate(step, profile.steps)
            loss = _step(model, optimiser, batches, step, device)
            average.update(model, step)
            progress.report(step, loss)
            if (step + 1) % profile.save_every == 0 or step + 1 == profile.steps:
                state = {
                    "model": model.state_dict(), "optimiser": optimiser.state_dict(), "average": average.shadow,
                    "step": step + 1, "seconds": progress.seconds, "losses": progress.losses,
                }  # fmt: skip
                checkpoint.save(state)
    model.load_state_dict(average.shadow)
    model.to("cpu").eval().requires_grad_(False)
    return model, state["seconds"] / 60


def _step(model: CLIP, optimiser: torch.optim.Optimizer, batches: Batches, step: int, device: torch.device) -> float:
    inputs, chosen = batches.pictures(step)
    labels, captions = batches.texts(step, chosen)
    tokens = [batches.tokens([*labels.texts, NEUTRAL_CAPTION]).to(device), batches.tokens(captions.texts).to(device)]
    truths = [torch.from_numpy(part.truth).to(device) for part in (labels, captions)]
    with mixed_precision(device):
        loss = step_loss(model, inputs.to(device), tokens, truths)
    optimiser.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimiser.step()
    with torch.no_grad():
        # Beyond this scale a float16's rounding would show in the scores.
        model.logit_scale.clamp_(max=4.0)
    return loss.item()


def _groups(model: CLIP, weight_decay: float) -> list[dict[str, Any]]:
    """Matrices are decayed; biases, norms, embeddings and the scale are not."""
    decayed = [value for name, value in model.named_parameters() if value.ndim >= 2 and "embedding" not in name]
    ids = {id(value) for value in decayed}
    others = [value for value in model.parameters() if id(value) not in ids]
    return [{"params": decayed, "weight_decay": weight_decay}, {"params": others, "weight_decay": 0.0}]
