"""The `full` profile as an operator has it: downloaded, one model damaged, and the others still work."""

import os
from pathlib import Path

import httpx
import pytest

from config.profiles import full_profile
from tests.support.full_repositories import serve_stable_diffusion
from tests.support.hub import serve_hub
from tests.support.processes import RunningAtelier

pytestmark = pytest.mark.processes


def test_damaged_model_is_named_at_the_start_and_stops_no_other(tmp_path: Path) -> None:
    clip = full_profile()["labels"]["CHECKPOINT"]
    data = tmp_path / "data"
    data.mkdir(mode=0o700)
    with serve_hub() as hub:
        serve_stable_diffusion(hub, tmp_path / "drafts")
        clip_files = {"open_clip_config.json": b"{}", "open_clip_model.safetensors": b"weights" * 100}
        hub.add(clip["source"], clip_files, commit=clip["revision"])
        online = RunningAtelier(
            data_dir=data, environment={"MODEL_PROFILE": "full", "HF_ENDPOINT": hub.url, "HF_HUB_OFFLINE": "0"}
        )
        said = online.manage("models", "download", "stable-diffusion-v1-5", clip["slug"]).stdout
    assert "Licence: CreativeML OpenRAIL-M." in said
    os.truncate(data / "models" / clip["source"] / "open_clip_model.safetensors", 100)

    with RunningAtelier(data_dir=data, environment={"MODEL_PROFILE": "full"}) as atelier:
        told = atelier.wait_for_log(r"open_clip_model\.safetensors of clip-vit-l-14 has 100 of 700 bytes")
        assert "Run `manage.py models download clip-vit-l-14`" in told
        atelier.wait_for_log(r"musicgen-small is not on this machine. Run `manage.py models download musicgen-small`")
        key = atelier.create_key("ada")
        request = {"prompt": "a boat", "num_inference_steps": 1, "width": 256, "height": 256}
        answer = httpx.post(
            f"{atelier.base_url}/generate/image", json=request, headers=atelier.headers(key), timeout=300
        )

    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "image/png")
