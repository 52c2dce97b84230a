"""A worker that is killed with a LoRA in its weights: the job ends all the same, and the checkpoint is what it was."""

import os
import signal
from typing import Any

import httpx
import pytest

from tests.support.loras import lora_bytes
from tests.support.processes import ROOT, RunningAtelier, wait_until

pytestmark = pytest.mark.processes

_LAYERS = (("unet", "down_blocks.2.attentions.0.transformer_blocks.0.attn2.to_k"),)
_LONG = 100


@pytest.fixture
def client() -> Any:
    with RunningAtelier() as atelier:
        headers = atelier.headers(atelier.create_key("ada"))
        with httpx.Client(base_url=atelier.base_url, headers=headers, timeout=600) as made:
            made.atelier = atelier  # type: ignore[attr-defined]
            yield made


def picture(client: httpx.Client) -> bytes:
    """The checkpoint's own picture."""
    answer = client.post("/generate/image", json={"prompt": "a red circle", "seed": 1, "samples": 4})
    assert answer.status_code == 200, answer.text
    return answer.content


def test_a_worker_killed_with_a_lora_in_its_weights(client: Any) -> None:
    before = picture(client)
    data = lora_bytes(ROOT / "models" / "demo" / "stable-diffusion", layers=_LAYERS)
    model = client.post("/api/v1/models", data={"alias": "face"}, files={"file": data}).json()
    asked = {"prompt": "a red circle", "seed": 1, "num_inference_steps": _LONG}
    job = client.post("/api/v1/jobs", json={"kind": "image", "params": asked, "model": "face"}).json()

    def now() -> Any:
        return client.get(job["urls"]["self"]).json()

    wait_until(lambda: now()["progress"]["step"] > 0, seconds=300, what="the first step", every=0.2)
    killed = client.atelier.worker_pids()
    for pid in killed:
        os.kill(pid, signal.SIGKILL)
    wait_until(lambda: now()["status"] not in ("queued", "running"), seconds=400, what="the end", every=0.5)

    ended = now()
    assert ended["status"] == "succeeded", ended
    assert ended["model"] == "face"
    [content] = client.get("/api/v1/contents", params={"q": "red circle"}).json()["results"][:1]
    assert content["provenance"]["personal_model_sha256"] == model["sha256"]
    assert set(client.atelier.worker_pids()).isdisjoint(killed)
    assert picture(client) == before
