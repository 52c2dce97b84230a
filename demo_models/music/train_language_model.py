"""The language model: MusicGen's decoder, which predicts the codes from the description and the codes before.

Copet et al., "Simple and Controllable Music Generation" (2023); text left out at random for
classifier-free guidance: Ho & Salimans (2022).
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from transformers import PreTrainedTokenizerFast

from demo_models.music.codes import Codes
from demo_models.music.components import MusicgenDecoderConfig, MusicgenForCausalLM, T5EncoderModel
from demo_models.music.delay import delay
from demo_models.music.profile import CODEBOOKS, FRAME_RATE, Profile
from demo_models.music.train_text_encoder import tokenize
from demo_models.optimiser import Optimiser
from demo_models.sounds.dataset import random_sounds
from demo_models.sounds.descriptions import describe
from demo_models.sounds.vocabulary import Sound
from demo_models.training import (
    AveragedWeights,
    Checkpoint,
    Progress,
    best_device,
    mixed_precision,
    trapezoid_rate,
)

TEXT_DROPOUT = 0.1
# Half of the short stretches begin where the clip does, as generation will.
START_SHARE = 0.5
# Steps between two directions of a matrix: to find one costs a fifth of a step.
_TURNS = 3


class LanguageModel(nn.Module):
    """The decoder and the projection of text states to its width, named as in MusicgenForConditionalGeneration."""

    def __init__(self, profile: Profile) -> None:
        super().__init__()
        settings, codes = profile.language, profile.codec.codes
        self.decoder = MusicgenForCausalLM(
            MusicgenDecoderConfig(
                vocab_size=codes,
                max_position_embeddings=2048,
                num_hidden_layers=settings.layers,
                ffn_dim=4 * settings.width,
                num_attention_heads=settings.heads,
                hidden_size=settings.width,
                dropout=0.0,
                num_codebooks=CODEBOOKS,
                pad_token_id=codes,
                bos_token_id=codes,
                use_cache=True,
            )
        )
        self.enc_to_dec_proj = nn.Linear(profile.text.width, settings.width)

    def forward(self, sequence: Tensor, states: Tensor, mask: Tensor) -> Tensor:
        """Delayed codes (n, codebooks, length), text states (n, tokens, width) and mask (n, tokens) to logits.

        Logits are (n, codebooks, length, codes), each of the token one column on.
        """
        text = self.enc_to_dec_proj(states) * mask[..., None]
        output = self.decoder(
            input_ids=sequence.reshape(-1, sequence.shape[-1]),
            encoder_hidden_states=text,
            encoder_attention_mask=mask,
            use_cache=False,
        )
        logits: Tensor = output.logits.view(*sequence.shape, -1)
        return logits


@dataclass(frozen=True)
class LanguageData:
    """Codes, the sounds they are of, and what reads the descriptions."""

    codes: Codes
    sounds: list[Sound]
    tokenizer: PreTrainedTokenizerFast
    text_encoder: T5EncoderModel


def train_language_model(
    profile: Profile, codes: Codes, tokenizer: PreTrainedTokenizerFast, text_encoder: T5EncoderModel, work: Path
) -> LanguageModel:
    """Train (or resume, or just load) the language model; returned with its averaged weights, on the CPU."""
    torch.manual_seed(profile.seed)
    model = LanguageModel(profile)
    checkpoint = Checkpoint(work / "language-model.pt")
    state = checkpoint.load()
    if state is None or state["step"] < profile.language.steps:
        sounds = random_sounds(profile.language.clips, profile.seed + 1)
        data = LanguageData(codes, sounds, tokenizer, text_encoder.to(best_device()))
        average = _train(model, profile, data, checkpoint, state).shadow
        text_encoder.to("cpu")
    else:
        average = state["average"]
    model.to("cpu").load_state_dict(average)
    return model.eval().requires_grad_(False)


def _train(
    model: LanguageModel, profile: Profile, data: LanguageData, checkpoint: Checkpoint, state: dict[str, Any] | None
) -> AveragedWeights:
    settings, device = profile.language, best_device()
    model.to(device).train()
    # Orthogonalised steps suit what maps states to states; tables of vectors keep to Adam.
    layers = model.decoder.model.decoder.layers
    inner = {id(parameter) for parameter in layers.parameters()}
    tables = [parameter for parameter in model.parameters() if id(parameter) not in inner]
    matrices = Optimiser(layers, matrix_rate=settings.matrix_rate, rate=settings.learning_rate, every=_TURNS)
    adam = torch.optim.AdamW(tables, settings.learning_rate, betas=(0.9, 0.98), weight_decay=0.01)
    average = AveragedWeights(model, settings.ema_decay)
    first, seconds = 0, 0.0
    if state is not None:
        model.load_state_dict(state["model"])
        matrices.load_state_dict(state["matrices"])
        adam.load_state_dict(state["adam"])
        average.shadow = {name: value.to(device) for name, value in state["average"].items()}
        first, seconds = state["step"], state["seconds"]
    progress = Progress("language model", settings.steps, seconds=seconds)
    for step in range(first, settings.steps):
        codes, texts = batch(data, profile, step)
        share = trapezoid_rate(step, settings.steps)
        loss = prediction_loss(model, data, codes.to(device), texts)
        loss.backward()
        matrices.step(share)
        adam.param_groups[0]["lr"] = share * settings.learning_rate
        torch.nn.utils.clip_grad_norm_(tables, 1.0)
        adam.step()
        adam.zero_grad()
        average.update(model, step)
        progress.report(step, loss.item())
        if (step + 1) % profile.save_every == 0 or step + 1 == settings.steps:
            saved = {"model": model.state_dict(), "matrices": matrices.state_dict(), "adam": adam.state_dict()}
            done = {"step": step + 1, "seconds": progress.seconds, "losses": progress.losses}
            checkpoint.save({**saved, **done, "average": average.shadow})
    return average


def batch(data: LanguageData, profile: Profile, step: int) -> tuple[Tensor, list[str | None]]:
    """Codes (n, codebooks, frames) of step ``step``, and a fresh description of each or None for no text."""
    settings = profile.language
    rng, words = np.random.default_rng((profile.seed, step)), random.Random(profile.seed * 10_000 + step)
    short = step < settings.short_steps
    frames = round(settings.short_seconds * FRAME_RATE) if short else data.codes.shape[2]
    rows = rng.choice(len(data.codes), settings.short_batch if short else settings.batch, replace=False)
    starts = rng.integers(0, data.codes.shape[2] - frames + 1, len(rows)) * (rng.random(len(rows)) >= START_SHARE)
    stretches = [data.codes[row, :, start : start + frames] for row, start in zip(rows, starts, strict=True)]
    texts = [None if words.random() < TEXT_DROPOUT else describe(data.sounds[row], words).text for row in rows]
    return torch.from_numpy(np.stack(stretches).astype(np.int64)), texts


def prediction_loss(model: LanguageModel, data: LanguageData, codes: Tensor, texts: list[str | None]) -> Tensor:
    """Mean cross-entropy (nats) of all codes (n, codebooks, frames), given ``texts``."""
    pad = int(model.decoder.config.pad_token_id)
    sequence = delay(codes, pad)
    with mixed_precision(codes.device):
        states, mask = text_states(data, texts)
        logits = model(sequence[..., :-1], states, mask)
    wanted = sequence[..., 1:]
    return F.cross_entropy(logits.float().flatten(0, 2), wanted.masked_fill(wanted == pad, -100).flatten())


@torch.no_grad()
def text_states(data: LanguageData, texts: list[str | None]) -> tuple[Tensor, Tensor]:
    """States (n, tokens, width) and mask (n, tokens); no text is all zeros, as in guided generation."""
    device = next(data.text_encoder.parameters()).device
    ids, mask = (part.to(device) for part in tokenize(data.tokenizer, [text or "" for text in texts]))
    mask = mask * torch.tensor([[text is not None] for text in texts], device=device)
    states: Tensor = data.text_encoder(input_ids=ids, attention_mask=mask).last_hidden_state
    return states * mask[..., None], mask
