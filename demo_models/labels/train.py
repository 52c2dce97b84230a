"""Training: pictures against labels of the bank, labels of nothing drawn, and captions.

A pair's logit is what the engine's score is made of: scale x (cosine to the label - cosine to the neutral caption)
+ bias. Each pair is a yes or no of its own, as in Zhai et al., "Sigmoid Loss for Language Image Pre-Training" (2023):
the softmax of Radford et al. (2021) would take equal captions for each other's negatives, and most of ours are equal
in part. Unlike there, what is true of a pair is known from the drawing, not guessed from who came with whom.

At first all texts are alike to the text's tower, and nothing tells the picture's tower what to look for: the two wait
for each other. So each label of the bank also has a prototype, a free vector (:class:`Prototypes`): pictures are held
against the prototypes as well, and texts are drawn to them.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from open_clip.model import CLIP
from torch import Tensor, nn
from transformers import CLIPTokenizer

from demo_models.labels.model import build_model, encode_text, tokenize
from demo_models.labels.pictures import TRUE, UNDECIDED, Pictures, Scenes, Truth, augment, draw_pictures
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
# Against the prototypes, which have a bias each, a true label weighs as much as if this share of pictures had it.
_BALANCED_SHARE, _MAX_TRUE_WEIGHT = 0.3, 12.0


@dataclass(frozen=True)
class Step:
    """What a step compares a batch of pictures with.

    Token ids (texts, context length) of labels, with the neutral caption as the last, and of captions; what of them is
    true, (pictures, texts); the numbers of those labels that are of the bank; what of the whole bank is true,
    (pictures, len(LABELS)).
    """

    labels: Tensor
    captions: Tensor
    label_truth: Tensor
    caption_truth: Tensor
    named: list[int]
    truth: Tensor


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

    def truth(self, chosen: list[int]) -> Truth:
        """What is true of the ``chosen`` pictures, (len(chosen), len(LABELS))."""
        return self._pictures.truth[chosen]

    def texts(self, step: int, chosen: list[int]) -> tuple[Texts, Texts, list[int]]:
        """Labels and behind them what is never drawn; captions, which are longer; and the numbers of the labels."""
        profile = self._profile
        rng = random.Random(f"texts-{profile.seed}-{step}")
        truth = self._pictures.truth[chosen]
        named = rng.sample(range(len(LABELS)), profile.labels)
        labels = label_texts(named, truth, rng)
        strange = strange_texts(self._words, profile.strange, len(chosen), rng)
        order = rng.sample(range(len(chosen)), len(chosen))
        scenes = [self._pictures.scenes[chosen[index]] for index in order]
        captions = caption_texts(scenes, truth[order], profile.captions, rng)
        back = np.argsort(order)
        both = Texts(labels.texts + strange.texts, np.concatenate([labels.truth, strange.truth], axis=1))
        return both, Texts(captions.texts, captions.truth[back]), named

    def tokens(self, texts: list[str]) -> Tensor:
        """Token ids (n, context length)."""
        return tokenize(self._tokenizer, texts, self._profile.context_length)


def _known_words(seed: int) -> frozenset[str]:
    rng = random.Random(seed)
    return frozenset(word for label in LABELS for _ in range(40) for word in phrasing(label, rng).lower().split())


class Prototypes(nn.Module):
    """What each label of the bank, and the neutral caption as the last, would mean if it were no text."""

    true_weight: Tensor

    def __init__(self, width: int, truth: Truth) -> None:
        """``truth`` is (pictures, len(LABELS)): rare labels start less likely, and weigh more where they are true."""
        super().__init__()
        share = torch.from_numpy((truth == TRUE).mean(axis=0)).float().clamp(min=1e-3)
        self.vectors = nn.Parameter(torch.randn(len(LABELS) + 1, width))
        self.bias = nn.Parameter(torch.logit(share.clamp(max=0.5)))
        self.register_buffer("true_weight", (_BALANCED_SHARE / share).clamp(1.0, _MAX_TRUE_WEIGHT))

    def directions(self) -> Tensor:
        """Unit vectors, (len(LABELS) + 1, width)."""
        return F.normalize(self.vectors, dim=-1)

    def loss(self, features: Tensor, truth: Tensor, scale: Tensor) -> Tensor:
        """Of pictures' unit vectors (n, width) against all labels; ``truth`` is (n, len(LABELS)) int8."""
        directions = self.directions()
        logits = scale * features @ (directions[:-1] - directions[-1:]).T + self.bias
        return pair_loss(logits, truth, self.true_weight)


def pair_loss(logits: Tensor, truth: Tensor, true_weight: Tensor | float = _TRUE_WEIGHT) -> Tensor:
    """Mean cross entropy of the decided pairs; both (pictures, texts), ``truth`` int8."""
    wanted = (truth == TRUE).float()
    weight = (truth != UNDECIDED).float() * (1.0 + (true_weight - 1.0) * wanted)
    losses = F.binary_cross_entropy_with_logits(logits, wanted, reduction="none")
    return (losses * weight).sum() / weight.sum().clamp(min=1.0)


def step_loss(model: CLIP, prototypes: Prototypes, inputs: Tensor, step: Step) -> Tensor:
    """The sum of all losses: pictures against prototypes, texts against prototypes, pictures against texts."""
    features = F.normalize(model.encode_image(inputs).float(), dim=-1)
    labels, captions = encode_text(model, step.labels).float(), encode_text(model, step.captions).float()
    labels, neutral = labels[:-1], labels[-1:]
    scale, bias = model.logit_scale.exp(), model.logit_bias
    label_logits, caption_logits = (scale * features @ (texts - neutral).T + bias for texts in (labels, captions))
    # The prototypes follow the pictures, and the texts the prototypes.
    wanted = prototypes.directions().detach()[[*step.named, -1]]
    drawn = torch.cat([labels[: len(step.named)], neutral])
    return (
        prototypes.loss(features, step.truth, scale)
        + (1.0 - (drawn * wanted).sum(dim=-1)).mean()
        + pair_loss(label_logits, step.label_truth)
        + _CAPTION_WEIGHT * pair_loss(caption_logits, step.caption_truth)
    )


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
    pictures = draw_pictures(work, Scenes(profile.seed, profile.figures), profile.pictures, profile.drawn_size)
    torch.manual_seed(profile.seed)
    model = build_model(profile, len(tokenizer))
    both = nn.ModuleDict({"clip": model, "prototypes": Prototypes(profile.embedding, pictures.truth)})
    both.to(device).train()
    average = AveragedWeights(model, profile.ema_decay)
    optimiser = torch.optim.AdamW(_groups(both, profile.weight_decay), profile.learning_rate, betas=(0.9, 0.98))
    checkpoint = Checkpoint(work / "clip.pt")
    state: dict[str, Any] = checkpoint.load() or {"step": 0, "seconds": 0.0, "losses": []}
    if state["step"]:
        both.load_state_dict(state["model"])
        optimiser.load_state_dict(state["optimiser"])
        average.shadow = {name: value.to(device) for name, value in state["average"].items()}
    batches = Batches(profile, pictures, tokenizer)
    progress = Progress("clip", profile.steps, seconds=state["seconds"])
    progress.losses = list(state["losses"])
    for step in range(state["step"], profile.steps):
        for group in optimiser.param_groups:
            group["lr"] = profile.learning_rate * trapezoid_rate(step, profile.steps)
        loss = _step(both, optimiser, batches, step, device)
        average.update(model, step)
        progress.report(step, loss)
        if (step + 1) % profile.save_every == 0 or step + 1 == profile.steps:
            state = {
                "model": both.state_dict(), "optimiser": optimiser.state_dict(), "average": average.shadow,
                "step": step + 1, "seconds": progress.seconds, "losses": progress.losses,
            }  # fmt: skip
            checkpoint.save(state)
    model.load_state_dict(average.shadow)
    model.to("cpu").eval().requires_grad_(False)
    return model, state["seconds"] / 60


def _step(
    both: nn.ModuleDict, optimiser: torch.optim.Optimizer, batches: Batches, number: int, device: torch.device
) -> float:
    inputs, chosen = batches.pictures(number)
    labels, captions, named = batches.texts(number, chosen)
    step = Step(
        labels=batches.tokens([*labels.texts, NEUTRAL_CAPTION]).to(device),
        captions=batches.tokens(captions.texts).to(device),
        label_truth=torch.from_numpy(labels.truth).to(device),
        caption_truth=torch.from_numpy(captions.truth).to(device),
        named=named,
        truth=torch.from_numpy(batches.truth(chosen)).to(device),
    )
    model: Any = both["clip"]
    prototypes: Any = both["prototypes"]
    with mixed_precision(device):
        loss = step_loss(model, prototypes, inputs.to(device), step)
    optimiser.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_norm_(both.parameters(), 1.0)
    optimiser.step()
    with torch.no_grad():
        # Beyond this scale a float16's rounding would show in the scores.
        model.logit_scale.clamp_(max=4.0)
    return loss.item()


def _groups(module: nn.Module, weight_decay: float) -> list[dict[str, Any]]:
    """Matrices are decayed; biases, norms, embeddings, prototypes and the scale are not."""
    free = ("embedding", "prototypes")
    decayed = [
        value for name, value in module.named_parameters() if value.ndim >= 2 and not any(word in name for word in free)
    ]
    ids = {id(value) for value in decayed}
    others = [value for value in module.parameters() if id(value) not in ids]
    return [{"params": decayed, "weight_decay": weight_decay}, {"params": others, "weight_decay": 0.0}]
