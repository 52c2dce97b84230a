"""The text encoder: pretrained to read the scene out of a caption, then frozen.

Learning language from the denoising loss alone is slow. Trained first as a classifier of what a caption's
scene holds, the encoder's hidden states carry each attribute linearly, free of the wording, and the denoiser
has only to learn what the attributes look like. What a caption leaves open is learnt as a distribution.
"""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

from demo_models.scenes.captions import caption, plain_caption
from demo_models.scenes.compose import random_scene
from demo_models.scenes.vocabulary import Scene
from demo_models.stable_diffusion.profile import Profile, TextProfile
from demo_models.stable_diffusion.reading import ATTRIBUTES, SIZES, attribute_targets
from demo_models.training import Checkpoint, Progress, best_device, cosine_rate, mixed_precision


def build_text_encoder(profile: TextProfile, tokenizer: CLIPTokenizer) -> CLIPTextModel:
    """An untrained CLIP text encoder for ``tokenizer``."""
    config = CLIPTextConfig(
        vocab_size=len(tokenizer),
        hidden_size=profile.width,
        intermediate_size=4 * profile.width,
        projection_dim=profile.width,
        num_hidden_layers=profile.layers,
        num_attention_heads=profile.heads,
        max_position_embeddings=tokenizer.model_max_length,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    return CLIPTextModel(config)


def tokenize(tokenizer: CLIPTokenizer, texts: list[str]) -> Tensor:
    """Token ids (n, 77), int64, padded and truncated just as the pipeline does it."""
    batch = tokenizer(texts, padding="max_length", truncation=True, max_length=tokenizer.model_max_length)
    return torch.tensor(batch.input_ids)


def attribute_loss(logits: Tensor, targets: Tensor, tokens: Tensor, end: int) -> Tensor:
    """Cross entropy at the end token and at all the padding after it, in nats an attribute.

    ``logits`` (n, 77, sum of ``SIZES``); ``targets`` (n, attributes); ``tokens`` (n, 77). The causal
    mask lets every position from the end token on see the whole caption, and the denoiser attends to
    all of them: each must carry the meaning.
    """
    after = (tokens == end).float()
    weights = after / after.sum(1, keepdim=True)
    total = logits.new_zeros(())
    for column, part in enumerate(logits.split(SIZES, dim=-1)):
        wanted = targets[:, column, None].expand(-1, tokens.shape[1])
        total = total + (F.cross_entropy(part.transpose(1, 2), wanted, reduction="none") * weights).sum(1).mean()
    return total / len(SIZES)


def train_text_encoder(profile: Profile, tokenizer: CLIPTokenizer, work: Path) -> CLIPTextModel:
    """Train (or resume, or just load) the text encoder; returned frozen, on the CPU."""
    settings, device = profile.text, best_device()
    torch.manual_seed(profile.seed)
    model = build_text_encoder(settings, tokenizer)
    heads = nn.Linear(settings.width, sum(SIZES))
    both = nn.ModuleDict({"encoder": model, "heads": heads}).to(device).train()
    optimiser = torch.optim.AdamW(both.parameters(), settings.learning_rate, weight_decay=0.01)
    checkpoint = Checkpoint(work / "text-encoder.pt")
    state: dict[str, Any] = checkpoint.load() or {"step": 0, "seconds": 0.0, "losses": []}
    if state["step"]:
        both.load_state_dict(state["model"])
        optimiser.load_state_dict(state["optimiser"])
    progress = Progress("text encoder", settings.steps, seconds=state["seconds"])
    for step in range(state["step"], settings.steps):
        for group in optimiser.param_groups:
            group["lr"] = settings.learning_rate * cosine_rate(step, settings.steps)
        scenes, texts = draw_captions(settings.batch, profile.seed + 1 + step)
        tokens = tokenize(tokenizer, texts).to(device)
        with mixed_precision(device):
            logits = heads(model(tokens).last_hidden_state)
        loss = attribute_loss(logits.float(), attribute_targets(scenes).to(device), tokens, int(tokenizer.eos_token_id))
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(both.parameters(), 1.0)
        optimiser.step()
        progress.report(step, loss.item())
        if (step + 1) % profile.save_every == 0 or step + 1 == settings.steps:
            saved = {"model": both.state_dict(), "optimiser": optimiser.state_dict()}
            checkpoint.save({**saved, "step": step + 1, "seconds": progress.seconds, "losses": progress.losses})
    if state["step"] < settings.steps:
        print(f"text encoder reads {measure_text_encoder(model, heads, tokenizer, -profile.seed)}", flush=True)
    both.to("cpu").eval().requires_grad_(False)
    return model


def draw_captions(count: int, seed: int) -> tuple[list[Scene], list[str]]:
    """``count`` random scenes and a caption of each; one in fifty is empty, as the unconditional prompt is."""
    rng = random.Random(seed)
    scenes = [random_scene(rng) for _ in range(count)]
    return scenes, [caption(scene, rng).text if rng.random() > 0.02 else "" for scene in scenes]


@torch.no_grad()
def measure_text_encoder(
    model: CLIPTextModel, heads: nn.Linear, tokenizer: CLIPTokenizer, seed: int, count: int = 512
) -> dict[str, float]:
    """Share of the canonical captions of fresh scenes whose attribute is read right, at the end token."""
    rng = random.Random(seed)
    scenes = [random_scene(rng) for _ in range(count)]
    tokens = tokenize(tokenizer, [plain_caption(scene) for scene in scenes]).to(heads.weight.device)
    ends = (tokens == tokenizer.eos_token_id).int().argmax(1)
    hidden = model.eval()(tokens).last_hidden_state[torch.arange(count), ends]
    targets = attribute_targets(scenes).to(hidden.device)
    parts = heads(hidden).split(SIZES, dim=-1)
    return {
        name: round((part.argmax(1) == targets[:, column]).float().mean().item(), 4)
        for column, (name, part) in enumerate(zip(ATTRIBUTES, parts, strict=True))
    }
