"""Both stages of training: the picture's encoder alone, then the whole model on clicks.

A mask decoder learns slowly from features that mean nothing. So the encoder first learns, with a head that uses the
decoder's own last layers and no attention, which pixels belong to what was clicked on.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from segment_anything.modeling import Sam
from torch import Tensor, nn

from analysis.engines.sam_models import make_sam
from demo_models.segments.data import Batch, Clicks, choose_clicks, draw_batch, normalise, shrink
from demo_models.segments.losses import affinity_loss, mask_iou, mask_losses
from demo_models.segments.profile import Profile, StageProfile
from demo_models.training import AveragedWeights, Checkpoint, Progress, best_device, mixed_precision, trapezoid_rate

SINGLE_WEIGHT = 0.5
# The generator keeps and drops masks by what they are said to be worth.
IOU_WEIGHT = 3.0
_POSITION_DEVIATION = 0.02


def train_encoder(profile: Profile, work: Path) -> Sam:
    """A model whose encoder tells things apart; trained, resumed, or just loaded. On the CPU."""
    torch.manual_seed(profile.seed)
    sam = make_sam(profile.sam)
    # Zeros, as the library has them, would give all positions the same start.
    nn.init.trunc_normal_(sam.image_encoder.pos_embed, std=_POSITION_DEVIATION)

    def loss_of(batch: Batch, clicks: Clicks, step: int) -> Tensor:
        return _affinity(sam, batch, clicks)

    sam.load_state_dict(_run_stage("encoder", sam, profile, profile.encoder, work, loss_of))
    hypernetworks = sam.mask_decoder.output_hypernetworks_mlps
    for other in hypernetworks[1:]:
        other.load_state_dict(hypernetworks[0].state_dict())
    return sam


def train_masks(profile: Profile, work: Path) -> Sam:
    """The whole model, its weights averaged over the last steps. On the CPU."""
    sam = train_encoder(profile, work)

    def loss_of(batch: Batch, clicks: Clicks, step: int) -> Tensor:
        fine = step >= profile.masks.steps - profile.fine_steps
        return click_loss(sam, batch, clicks, torch.Generator().manual_seed(step), fine=fine)

    sam.load_state_dict(_run_stage("masks", sam, profile, profile.masks, work, loss_of))
    return sam.to("cpu").eval().requires_grad_(False)


def embed(sam: Sam, batch: Batch) -> Tensor:
    """The embeddings of the pictures, (count, channels, cells, cells)."""
    device = sam.device
    pixels, regions = batch.pixels.to(device), batch.regions.to(device)
    embeddings: Tensor = sam.image_encoder(normalise(pixels, regions, sam.pixel_mean, sam.pixel_std))
    return embeddings


def predict(sam: Sam, embeddings: Tensor, points: Tensor) -> tuple[Tensor, Tensor]:
    """Four masks for each click, (clicks, 4, side, side) logits, and the IoU that each is said to have, (clicks, 4).

    ``points`` (clicks, 1, 2) go in order over the pictures, as many for each. The first mask is the one for a prompt
    that leaves no doubt, the others are three guesses at what is meant.
    """
    sparse, dense = _encode_points(sam, points)
    # The decoder takes one picture and many prompts. As a picture's embedding and a mask prompt's are added there,
    # many pictures can be given as mask prompts upon an empty picture.
    pictures = embeddings.repeat_interleave(len(points) // len(embeddings), dim=0)
    masks, ious = sam.mask_decoder.predict_masks(
        image_embeddings=torch.zeros_like(embeddings[:1]),
        image_pe=sam.prompt_encoder.get_dense_pe(),
        sparse_prompt_embeddings=sparse,
        dense_prompt_embeddings=dense + pictures,
    )
    return masks.float(), ious.float()


def click_loss(sam: Sam, batch: Batch, clicks: Clicks, generator: torch.Generator, *, fine: bool) -> Tensor:
    """The best of three guesses against what the click means, the mask without a doubt, and the said IoUs.

    What a click means is the whole thing or its connected part, each as often as the other: so the guesses learn to
    offer both, and both count as right for the IoU. ``fine`` compares at the size of the picture.
    """
    points, whole, part = (each.to(sam.device) for each in (clicks.points, clicks.whole, clicks.part))
    masks, said = predict(sam, embed(sam, batch), points)
    means_whole = torch.rand(len(points), generator=generator).to(sam.device) < 0.5
    meant = torch.where(means_whole[:, None, None], whole, part)
    side = masks.shape[-1]
    small_whole, small_part, small_meant = (shrink(each, side) for each in (whole, part, meant))
    guesses = mask_losses(masks[:, 1:], small_meant.unsqueeze(1))
    if fine:
        best = guesses.argmin(1)
        chosen = torch.stack([masks[:, 0], masks[torch.arange(len(masks)), 1 + best]], dim=1)
        chosen = F.interpolate(chosen, whole.shape[-2:], mode="bilinear", align_corners=False)
        single, guess = mask_losses(chosen, torch.stack([whole, meant], dim=1).float()).unbind(1)
    else:
        single, guess = mask_losses(masks[:, 0], small_whole), guesses.amin(1)
    with torch.no_grad():
        true = torch.maximum(mask_iou(masks, small_whole.unsqueeze(1)), mask_iou(masks, small_part.unsqueeze(1)))
    return guess.mean() + SINGLE_WEIGHT * single.mean() + IOU_WEIGHT * F.mse_loss(said, true)


def _encode_points(sam: Sam, points: Tensor) -> tuple[Tensor, Tensor]:
    """The library's embeddings of one click for each mask; in full precision, as bfloat16 cannot tell pixels apart."""
    labels = torch.ones(points.shape[:2], dtype=torch.int, device=points.device)
    with torch.autocast(points.device.type, enabled=False):
        sparse, dense = sam.prompt_encoder(points=(points, labels), boxes=None, masks=None)
    return sparse, dense


def _affinity(sam: Sam, batch: Batch, clicks: Clicks) -> Tensor:
    """Loss of masks made by the decoder's last layers straight from the embedding at the click."""
    embeddings, size = embed(sam, batch), batch.regions.shape[-1]
    pictures, per_picture = len(embeddings), len(clicks.points) // len(embeddings)
    points = clicks.points.to(sam.device)
    # From pixels to the interval -1 to 1 of `grid_sample`.
    places = (points.view(pictures, per_picture, 1, 2) + 0.5) / size * 2 - 1
    clicked = F.grid_sample(embeddings.float(), places, align_corners=False).squeeze(-1).transpose(1, 2)
    sparse, _ = _encode_points(sam, points)
    queries = clicked + sparse[:, 0].view(pictures, per_picture, -1)
    weights = sam.mask_decoder.output_hypernetworks_mlps[0](queries)
    features = sam.mask_decoder.output_upscaling(embeddings)
    logits = torch.einsum("pkc,pchw->pkhw", weights, features).flatten(0, 1)
    return affinity_loss(logits, shrink(clicks.whole.to(sam.device), logits.shape[-1]))


def _run_stage(
    name: str,
    sam: Sam,
    profile: Profile,
    stage: StageProfile,
    work: Path,
    loss_of: Callable[[Batch, Clicks, int], Tensor],
) -> dict[str, Tensor]:
    """Train ``sam`` on new pictures, from where the checkpoint is; returns the averaged weights."""
    device = best_device()
    sam.to(device).train()
    checkpoint = Checkpoint(work / f"{name}.pt")
    optimiser = torch.optim.AdamW(sam.parameters(), stage.learning_rate, betas=(0.9, 0.98), weight_decay=0.01)
    average = AveragedWeights(sam, profile.ema_decay)
    state = checkpoint.load()
    if state is not None:
        sam.load_state_dict(state["model"])
        optimiser.load_state_dict(state["optimiser"])
        average.shadow = {key: value.to(device) for key, value in state["average"].items()}
    first, seconds = (state["step"], state["seconds"]) if state else (0, 0.0)
    progress = Progress(f"segments: {name}", stage.steps, seconds=seconds)
    progress.losses = list(state["losses"]) if state else []
    for step in range(first, stage.steps):
        # Seeded by the step, so that a resumed run sees what an unbroken one would have seen.
        rng = random.Random(f"{profile.seed} {name} {step}")
        batch = draw_batch(stage.pictures, profile.sam.img_size, rng)
        clicks = choose_clicks(batch, stage.clicks, torch.Generator().manual_seed(step))
        for group in optimiser.param_groups:
            group["lr"] = stage.learning_rate * trapezoid_rate(step, stage.steps, decay=stage.decay)
        with mixed_precision(device):
            loss = loss_of(batch, clicks, step)
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(sam.parameters(), 1.0)
        optimiser.step()
        average.update(sam, step)
        progress.report(step, loss.item())
        if (step + 1) % profile.save_every == 0 or step + 1 == stage.steps:
            saved: dict[str, Any] = {"model": sam.state_dict(), "optimiser": optimiser.state_dict()}
            saved |= {"average": average.shadow, "step": step + 1, "seconds": progress.seconds}
            checkpoint.save(saved | {"losses": progress.losses})
    return average.shadow
