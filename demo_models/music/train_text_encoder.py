"""The text encoder: a T5 encoder trained to read out of a description what of the sound it states.

Every state of the sentence has to carry the whole meaning: the decoder's attention then finds it
wherever it looks. Pretrained so, and kept as it is, it leaves the decoder nothing of language to learn.
"""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from transformers import PreTrainedTokenizerFast

from demo_models.music.components import T5Config, T5EncoderModel
from demo_models.music.profile import Profile, TextProfile
from demo_models.sounds.descriptions import Description, describe
from demo_models.sounds.vocabulary import KINDS, MOODS, TEMPI, random_sound
from demo_models.training import Checkpoint, Progress, best_device, mixed_precision, trapezoid_rate

# What a state is read for: each kind, present or not; the mood and the tempo, or that they are left open.
_READINGS = (len(KINDS), len(MOODS), len(TEMPI) + 1)


def build_text_encoder(profile: TextProfile, tokenizer: PreTrainedTokenizerFast) -> T5EncoderModel:
    """An untrained encoder for ``tokenizer``'s pieces."""
    config = T5Config(
        vocab_size=len(tokenizer),
        d_model=profile.width,
        d_kv=profile.width // profile.heads,
        d_ff=3 * profile.width,
        num_layers=profile.layers,
        num_heads=profile.heads,
        relative_attention_num_buckets=16,
        relative_attention_max_distance=32,
        pad_token_id=tokenizer.pad_token_id,
        eos_token_id=tokenizer.eos_token_id,
        decoder_start_token_id=tokenizer.pad_token_id,
        is_encoder_decoder=False,
        use_cache=False,
    )
    return T5EncoderModel(config)


class Reader(nn.Module):
    """Reads kinds, mood and tempo out of each text state; only training and judging have it."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.linear = nn.Linear(width, sum(_READINGS))

    def forward(self, states: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """States (…, width) to logits of kinds (…, 11), moods (…, 6) and tempi (…, 4)."""
        kinds, moods, tempi = self.linear(states).split(_READINGS, -1)
        return kinds, moods, tempi


def targets(descriptions: list[Description]) -> tuple[Tensor, Tensor, Tensor]:
    """What they state: kinds (n, 11) of 0 and 1, mood index (n,), tempo index (n,); open ones are 0 and 3."""
    kinds = torch.tensor([[float(kind in made.layers) for kind in KINDS] for made in descriptions])
    moods = torch.tensor([MOODS.index(made.mood) if made.mood else 0 for made in descriptions])
    tempi = torch.tensor([TEMPI.index(made.tempo) if made.tempo else len(TEMPI) for made in descriptions])
    return kinds, moods, tempi


def tokenize(tokenizer: PreTrainedTokenizerFast, texts: list[str]) -> tuple[Tensor, Tensor]:
    """Token ids and attention mask, (n, longest), cut off at the tokenizer's maximum."""
    batch = tokenizer(texts, padding=True, truncation=True, return_tensors="pt")
    return batch["input_ids"], batch["attention_mask"]


def train_text_encoder(
    profile: Profile, tokenizer: PreTrainedTokenizerFast, work: Path
) -> tuple[T5EncoderModel, Reader]:
    """Train (or resume, or just load) the encoder and its reader; returned on the CPU, frozen."""
    settings, device = profile.text, best_device()
    torch.manual_seed(profile.seed)
    encoder, reader = build_text_encoder(settings, tokenizer), Reader(settings.width)
    checkpoint = Checkpoint(work / "text-encoder.pt")
    state = checkpoint.load()
    if state is not None:
        encoder.load_state_dict(state["encoder"])
        reader.load_state_dict(state["reader"])
    encoder.to(device)
    reader.to(device)
    if state is None or state["step"] < settings.steps:
        _train(encoder, reader, profile, tokenizer, checkpoint, state)
    for module in (encoder, reader):
        module.to("cpu").eval().requires_grad_(False)
    return encoder, reader


def _train(
    encoder: T5EncoderModel,
    reader: Reader,
    profile: Profile,
    tokenizer: PreTrainedTokenizerFast,
    checkpoint: Checkpoint,
    state: dict[str, Any] | None,
) -> None:
    settings, device = profile.text, next(encoder.parameters()).device
    encoder.train()
    parameters = [*encoder.parameters(), *reader.parameters()]
    optimiser = torch.optim.AdamW(parameters, settings.learning_rate, betas=(0.9, 0.98), weight_decay=0.01)
    first, seconds = 0, 0.0
    if state is not None:
        optimiser.load_state_dict(state["optimiser"])
        first, seconds = state["step"], state["seconds"]
    progress = Progress("text encoder", settings.steps, seconds=seconds)
    for step in range(first, settings.steps):
        torch.manual_seed(profile.seed + step)
        rng = random.Random(profile.seed * 10_000 + step)
        descriptions = [describe(random_sound(rng), rng) for _ in range(settings.batch)]
        for group in optimiser.param_groups:
            group["lr"] = settings.learning_rate * trapezoid_rate(step, settings.steps)
        loss = reading_loss(encoder, reader, tokenizer, descriptions, device)
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        optimiser.step()
        progress.report(step, loss.item())
        if (step + 1) % profile.save_every == 0 or step + 1 == settings.steps:
            saved = {"encoder": encoder.state_dict(), "reader": reader.state_dict(), "losses": progress.losses}
            checkpoint.save(
                {**saved, "optimiser": optimiser.state_dict(), "step": step + 1, "seconds": progress.seconds}
            )


def reading_loss(
    encoder: T5EncoderModel,
    reader: Reader,
    tokenizer: PreTrainedTokenizerFast,
    descriptions: list[Description],
    device: torch.device,
) -> Tensor:
    """Mean cross-entropy (nats) of what all states of all descriptions are read for."""
    ids, mask = (part.to(device) for part in tokenize(tokenizer, [made.text for made in descriptions]))
    with mixed_precision(device):
        states = encoder(input_ids=ids, attention_mask=mask).last_hidden_state
    read = reader(states.float()[mask.bool()])
    wanted = [part.to(device).repeat_interleave(mask.sum(1), dim=0) for part in targets(descriptions)]
    kinds = F.binary_cross_entropy_with_logits(read[0], wanted[0]) * len(KINDS)
    return kinds + F.cross_entropy(read[1], wanted[1]) + F.cross_entropy(read[2], wanted[2])
