"""Every example of docs/api.md and docs/openai.md runs as it stands, in the page's order, against a running Atelier."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.loras import lora_bytes
from tests.support.processes import ROOT, RunningAtelier

pytestmark = pytest.mark.processes

PAGE, OPENAI_PAGE = ROOT / "docs" / "api.md", ROOT / "docs" / "openai.md"
_BLOCK = re.compile(r"^```(sh|python)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(language: str, page: Path = PAGE) -> list[str]:
    return [code for name, code in _BLOCK.findall(page.read_text()) if name == language]


@pytest.fixture(scope="module")
def environment() -> Iterator[dict[str, str]]:
    with RunningAtelier() as atelier:
        key = atelier.create_key("ada", "read", "generate", "manage")
        staff = "from accounts.models import User; User.objects.filter(username='ada').update(is_staff=True)"
        atelier.manage("shell", "-c", staff)
        yield {**os.environ, "ATELIER": atelier.base_url, "KEY": key}


@pytest.fixture(autouse=True)
def _lora(tmp_path: Path) -> None:
    """The file that the examples upload: a small change of the demo model."""
    layers = (("unet", "down_blocks.2.attentions.0.transformer_blocks.0.attn2.to_k"),)
    data = lora_bytes(ROOT / "models" / "demo" / "stable-diffusion", layers=layers, strength=0.01)
    (tmp_path / "face.safetensors").write_bytes(data)


def run(command: list[str], environment: dict[str, str], folder: Path) -> None:
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=900, check=False
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]


def test_lines_for_a_shell(environment: dict[str, str], tmp_path: Path) -> None:
    script = tmp_path / "examples.sh"
    script.write_text("set -euo pipefail\n" + "\n".join(blocks("sh")))

    run(["bash", "-x", str(script)], environment, tmp_path)

    assert (tmp_path / "star.png").read_bytes().startswith(b"\x89PNG")


def test_lines_in_python(environment: dict[str, str], tmp_path: Path) -> None:
    script = tmp_path / "examples.py"
    # An answer that is no success ends the script: none of the examples is one.
    checked = 'atelier.event_hooks = {"response": [lambda response: response.raise_for_status()]}\n'
    first, *rest = blocks("python")
    script.write_text("\n".join([first, checked, *rest]))

    run([sys.executable, str(script)], environment, tmp_path)

    assert (tmp_path / "drums.wav").read_bytes().startswith(b"RIFF")


def test_lines_for_a_shell_with_openai(environment: dict[str, str], tmp_path: Path) -> None:
    script = tmp_path / "examples.sh"
    script.write_text("set -euo pipefail\n" + "\n".join(blocks("sh", OPENAI_PAGE)))

    run(["bash", "-x", str(script)], environment, tmp_path)

    assert (tmp_path / "field.png").read_bytes().startswith(b"\x89PNG")


def test_lines_in_python_with_openai(environment: dict[str, str], tmp_path: Path) -> None:
    script = tmp_path / "examples.py"
    script.write_text("\n".join(blocks("python", OPENAI_PAGE)))

    run([sys.executable, str(script)], environment, tmp_path)

    assert (tmp_path / "circle-1.png").read_bytes().startswith(b"\x89PNG")
    assert (tmp_path / "star.png").read_bytes().startswith(b"\x89PNG")
