"""The lines of the guide's first hour run as they stand, but for the address and the key that the reader puts in."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.processes import ROOT, RunningAtelier

pytestmark = pytest.mark.processes

_BLOCK = re.compile(r"^```(sh|python)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_ADDRESS, _KEY = "http://127.0.0.1:8000", "your-key"


@pytest.fixture(scope="module")
def atelier() -> Iterator[RunningAtelier]:
    with RunningAtelier() as running:
        yield running


def test_lines_of_the_first_hour(atelier: RunningAtelier, tmp_path: Path) -> None:
    key = atelier.create_key("ada")
    environment = {**os.environ, "ATELIER_KEY": key}
    blocks = _BLOCK.findall((ROOT / "docs" / "guide.md").read_text())
    assert [language for language, _ in blocks] == ["sh", "sh", "python", "sh"]

    for language, code in blocks:
        command = ["bash", "-euc"] if language == "sh" else [sys.executable, "-c"]
        code = code.replace(_ADDRESS, atelier.base_url).replace(_KEY, key)
        done = subprocess.run(
            [*command, code], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=600, check=False
        )
        assert done.returncode == 0, code + done.stdout + done.stderr

    for picture in ("picture.png", "star.png"):
        assert (tmp_path / picture).read_bytes().startswith(b"\x89PNG"), picture
    archive = (tmp_path / "library.car").read_bytes()
    assert (tmp_path / "picture.png").read_bytes() in archive
    assert (tmp_path / "star.png").read_bytes() in archive
