"""1: an image request over HTTP, submit to bytes, against the bare pipeline call plus PNG: same model, warm."""

import io
import time
from pathlib import Path
from typing import Any

import httpx

from benchmarks.figures import Figure, paired
from benchmarks.server import Server

ROUNDS = 15
SIZE, NATIVE, STEPS, GUIDANCE = 512, 128, 30, 7.5
PROMPT = "a red circle on a blue background"
MODEL = Path(__file__).resolve().parent.parent / "models" / "demo" / "stable-diffusion"


def run() -> list[Figure]:
    """Also the wall time of a warm 30-step image, against its bound of 3 s."""
    with (
        Server() as server,
        httpx.Client(base_url=server.base_url, headers=server.key_headers(), timeout=600) as client,
    ):
        bare = BarePipeline()
        seeds = iter(range(10_000))

        def ours() -> float:
            return _over_http(client, next(seeds))

        def peer() -> float:
            return bare.seconds(next(seeds))

        for warm_up in (ours, peer, ours, peer):
            warm_up()
        mine, theirs, ratio = paired(ours, peer, rounds=ROUNDS)
    return [
        # The ratio that counts is the one pair by pair: the machine's speed drifts.
        Figure("1", "image over HTTP ÷ bare pipeline + PNG", ratio * theirs, theirs, "s", 1.05, note=f"{ROUNDS} pairs"),
        Figure("A", "warm 30-step demo image over HTTP ÷ 3 s", mine, 3.0, "s", 1.0),
    ]


def _over_http(client: httpx.Client, seed: int) -> float:
    started = time.perf_counter()
    response = client.post(
        "/generate/image",
        json={
            "prompt": PROMPT,
            "num_inference_steps": STEPS,
            "guidance_scale": GUIDANCE,
            "width": SIZE,
            "height": SIZE,
            "seed": seed,
        },
    )
    response.raise_for_status()
    if not response.content.startswith(b"\x89PNG"):
        raise AssertionError("the answer is no PNG")
    return time.perf_counter() - started


class BarePipeline:
    """diffusers as its documentation shows it, in the precision and with the thread settings of the engine."""

    def __init__(self) -> None:
        # First: it says how OpenMP's threads wait, for the peer as for the worker. What differs is then only our way.
        from generation.engines.devices import choose_device  # isort: skip
        import torch
        from diffusers import StableDiffusionPipeline

        self._torch = torch
        device = choose_device("auto")
        dtype = getattr(torch, device.dtype)
        pipeline: Any = StableDiffusionPipeline.from_pretrained(MODEL, dtype=dtype, use_safetensors=True)
        pipeline.set_progress_bar_config(disable=True)
        self._pipeline = pipeline.to(device.name)

    def seconds(self, seed: int) -> float:
        """Wall time of one picture and its PNG."""
        from PIL import Image

        started = time.perf_counter()
        picture = self._pipeline(
            PROMPT,
            num_inference_steps=STEPS,
            guidance_scale=GUIDANCE,
            width=NATIVE,
            height=NATIVE,
            generator=self._torch.Generator().manual_seed(seed),
        ).images[0]
        picture.resize((SIZE, SIZE), Image.Resampling.LANCZOS).save(io.BytesIO(), "PNG")
        return time.perf_counter() - started
