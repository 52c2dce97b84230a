"""The audiocraft adapter on a small checkpoint of the published layout, in the environment of `make audiocraft`.

Where that environment is missing the tests are skipped; CI has it.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from generation.engines.audiocraft import AudiocraftEngine
from generation.engines.base import Weights
from generation.engines.errors import EngineLoadError

ROOT = Path(__file__).resolve().parents[3]
# Beside this environment, as the Makefile puts it.
PYTHON = Path(f"{sys.prefix}-audiocraft") / "bin" / "python"
in_its_environment = pytest.mark.skipif(
    not PYTHON.exists() and not os.environ.get("CI"), reason="`make audiocraft` installs what this needs"
)


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the engine did in its own environment."""
    script = ROOT / "tests" / "support" / "audiocraft_session.py"
    run = subprocess.run(
        [str(PYTHON), "-W", "ignore", str(script), str(tmp_path_factory.mktemp("audiocraft"))],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    observed: dict[str, Any] = json.loads(run.stdout.splitlines()[-1])
    return observed


@in_its_environment
def test_run_makes_a_sound_of_the_exact_duration(seen: dict[str, Any]) -> None:
    assert (seen["duration"], seen["rate"]) == (0.5, 16_000)


@in_its_environment
def test_the_same_request_gives_the_same_bytes_also_after_a_run_that_was_stopped(seen: dict[str, Any]) -> None:
    assert seen["stopped"]
    assert seen["same"]
    assert seen["seeds_differ"]


@in_its_environment
def test_the_file_says_how_it_was_made(seen: dict[str, Any]) -> None:
    assert seen["in_file"] == seen["metadata"]
    assert (seen["metadata"]["engine"], seen["metadata"]["model"]) == ("audiocraft", "tiny-audiocraft")


@in_its_environment
def test_every_frame_is_a_step(seen: dict[str, Any]) -> None:
    count = len(seen["steps"])
    assert seen["steps"] == [[step, count] for step in range(1, count + 1)]
    assert count >= 2 * 0.5 * 25


@in_its_environment
def test_the_loaded_model_has_a_size(seen: dict[str, Any]) -> None:
    assert seen["bytes"] > 100_000


@in_its_environment
def test_missing_and_truncated_files_name_the_remedy(seen: dict[str, Any]) -> None:
    assert seen["missing"].startswith("state_dict.bin and compression_state_dict.bin of tiny-audiocraft are missing")
    assert "damaged or of another kind" in seen["truncated"]


def test_without_audiocraft_the_recipe_is_named(tmp_path: Path) -> None:
    for name in ("state_dict.bin", "compression_state_dict.bin"):
        (tmp_path / name).write_bytes(b"not read")
    weights = Weights("any", str(tmp_path), "", "musicgen", 32_000)
    with pytest.raises(EngineLoadError, match="make audiocraft"):
        AudiocraftEngine(weights, device="cpu", dtype="float32", max_batch=1).load()
