"""Train the T5 on both tasks at once; resumes from its checkpoint."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from transformers import PreTrainedTokenizerFast, T5Config, T5ForConditionalGeneration

from demo_models.training import AveragedWeights, Checkpoint, Progress, best_device, mixed_precision, trapezoid_rate
from demo_models.words.dataset import Batches
from demo_models.words.judge import fresh_tags, plain_f1
from demo_models.words.profile import Profile

CHECKPOINT = "words.pt"
# How much more a head likes the position beside it than any other, in logits.
_LOOK = 4.0
# Embeddings and norms begin at 1, and need no larger steps than a parameter of this size.
_LARGEST = 0.25


def build_model(profile: Profile, tokenizer: PreTrainedTokenizerFast) -> T5ForConditionalGeneration:
    """An untrained T5 (Raffel et al., 2020) with rectified feed-forward layers, which train fastest on a CPU.

    Its embeddings are shared with the output: what attention brings from the input names its own piece.
    """
    torch.manual_seed(profile.seed)
    # Its annotations leave out the settings that every configuration has.
    configure: Any = T5Config
    model: Any = T5ForConditionalGeneration(
        configure(
            vocab_size=len(tokenizer),
            d_model=profile.width,
            d_kv=profile.head_width,
            d_ff=profile.feed_forward,
            num_layers=profile.layers,
            num_decoder_layers=profile.layers,
            num_heads=profile.heads,
            relative_attention_max_distance=64,
            dropout_rate=0.0,
            feed_forward_proj="relu",
            tie_word_embeddings=True,
            pad_token_id=tokenizer.pad_token_id,
            eos_token_id=tokenizer.eos_token_id,
            decoder_start_token_id=tokenizer.pad_token_id,
        )
    )
    with torch.no_grad():
        # The encoder's first 16 buckets are 0 to 15 back (exact below 8), its other 16 the same ahead.
        _look_beside(model.encoder, (1, 17, 2, 18))
        _look_beside(model.decoder, (1, 2))
    # On short rows the plain attention is faster than the fused one.
    model.set_attn_implementation("eager")
    made: T5ForConditionalGeneration = model
    return made


def _look_beside(stack: Any, buckets: tuple[int, ...]) -> None:
    """Let head i of ``stack`` begin by looking at the position of ``buckets[i]``: one or two back, or ahead.

    Copying needs heads that know the piece before (Olsson et al., "In-context Learning and Induction Heads", 2022),
    and a bias that begins at zero takes thousands of small steps to become one.
    """
    bias = stack.block[0].layer[0].SelfAttention.relative_attention_bias.weight
    for head, bucket in enumerate(buckets[: bias.shape[1]]):
        bias[bucket, head] += _LOOK


def scaled_groups(model: Any, rate: float) -> list[dict[str, Any]]:
    """The parameters with a learning rate in proportion to their own size at the start, as Adafactor has it.

    T5's first queries are a hundred times smaller than its embeddings: no single rate fits both (Shazeer and Stern,
    "Adafactor", 2018). ``rate`` is the share of its root mean square that a parameter moves in a step.
    """
    return [
        {"params": [weights], "rate": rate * min(_LARGEST, float(weights.detach().square().mean().sqrt()))}
        for weights in model.parameters()
    ]


def train(profile: Profile, tokenizer: PreTrainedTokenizerFast, work: Path) -> T5ForConditionalGeneration:
    """The trained model with averaged weights; goes on from the checkpoint in ``work`` where there is one."""
    device = best_device()
    model: Any = build_model(profile, tokenizer)
    model.to(device)
    groups = scaled_groups(model, profile.learning_rate)
    optimiser = torch.optim.AdamW(groups, lr=0.0, betas=(0.9, 0.98), weight_decay=0.01, fused=True)
    average = AveragedWeights(model, profile.ema_decay)
    checkpoint = Checkpoint(work / CHECKPOINT)
    state = checkpoint.load()
    curve: list[tuple[int, float]] = []
    if state:
        model.load_state_dict(state["model"])
        optimiser.load_state_dict(state["optimiser"])
        average.shadow = {name: value.to(device) for name, value in state["average"].items()}
        curve = [(int(step), float(f1)) for step, f1 in state["curve"]]
    first = state["step"] if state else 0
    progress = Progress("words", profile.steps, every=50, seconds=state["seconds"] if state else 0.0)
    progress.losses = list(state["losses"]) if state else []
    batches = Batches(tokenizer, profile=profile)
    for step in range(first, profile.steps):
        progress.report(step, _train_step(model, optimiser, batches, step, profile, device))
        average.update(model, step)
        done = step + 1
        if done % profile.measure_every == 0:
            curve.append((done, _f1(model, average, tokenizer, profile)))
            print(f"words {done} F1 {curve[-1][1]:.3f}", flush=True)
        if done % profile.save_every == 0 or done == profile.steps:
            checkpoint.save(
                {
                    "model": model.state_dict(),
                    "optimiser": optimiser.state_dict(),
                    "average": average.shadow,
                    "step": done,
                    "seconds": progress.seconds,
                    "losses": progress.losses,
                    "curve": curve,
                }
            )
    model.load_state_dict(average.shadow)
    trained: T5ForConditionalGeneration = model.eval()
    return trained


def _train_step(
    model: T5ForConditionalGeneration,
    optimiser: torch.optim.Optimizer,
    batches: Batches,
    step: int,
    profile: Profile,
    device: torch.device,
) -> float:
    for group in optimiser.param_groups:
        group["lr"] = group["rate"] * trapezoid_rate(step, profile.steps)
    sources, mask, targets = (tensor.to(device) for tensor in batches[step])
    with mixed_precision(device):
        loss = model(input_ids=sources, attention_mask=mask, labels=targets).loss
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimiser.step()
    optimiser.zero_grad(set_to_none=True)
    return float(loss.detach())


def _f1(
    model: T5ForConditionalGeneration,
    average: AveragedWeights,
    tokenizer: PreTrainedTokenizerFast,
    profile: Profile,
) -> float:
    """F1 of the averaged weights on nouns that are never trained on."""
    trained = {name: value.clone() for name, value in model.state_dict().items()}
    model.load_state_dict(average.shadow)
    score = plain_f1(model.eval(), tokenizer, fresh_tags(profile.measured, profile.seed + 1))
    model.load_state_dict(trained)
    model.train()
    return score
