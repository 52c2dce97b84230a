"""`.ci/install`, which `make run` and `make test` call: it installs what changed, and says so in one line a file."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.processes import ROOT

# In the place of the virtual environment's interpreter: notes what pip is asked for, and does everything else.
STUB = f"""#!/bin/sh
if [ "$1 $2" = "-m pip" ]; then
    for last; do :; done
    echo "$last" >>pip-calls
    if [ -e pip-fails ]; then echo "pip cannot reach the index"; exit 1; fi
    exit 0
fi
exec {sys.executable} "$@"
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    (tmp_path / ".ci").mkdir()
    shutil.copy2(ROOT / ".ci" / "install", tmp_path / ".ci")
    (tmp_path / "venv" / "bin").mkdir(parents=True)
    python = tmp_path / "venv" / "bin" / "python"
    python.write_text(STUB)
    python.chmod(0o755)
    for name in ("requirements.txt", "requirements-dev.txt", "requirements-mysql.txt", "constraints.txt"):
        (tmp_path / name).write_text("# nothing yet\n")
    return tmp_path


def install(checkout: Path, *files: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": "/usr/bin:/bin", "ATELIER_WITHOUT_MYSQL": "1"}
    return subprocess.run(
        [".ci/install", "venv", *files], cwd=checkout, env=environment, capture_output=True, text=True, timeout=60
    )


def calls(checkout: Path) -> list[str]:
    path = checkout / "pip-calls"
    return path.read_text().split() if path.exists() else []


def test_requirements_are_installed_once(checkout: Path) -> None:
    first = install(checkout, "requirements.txt")
    second = install(checkout, "requirements.txt")

    assert "Installing requirements.txt." in first.stdout
    assert (second.returncode, second.stdout, second.stderr) == (0, "", "")
    assert calls(checkout) == ["requirements.txt"]


@pytest.mark.parametrize("changed", ["requirements.txt", "constraints.txt"])
def test_requirements_are_installed_again_after_a_change(checkout: Path, changed: str) -> None:
    install(checkout, "requirements.txt")
    (checkout / changed).write_text("another==1\n")

    install(checkout, "requirements.txt")

    assert calls(checkout) == ["requirements.txt", "requirements.txt"]


def test_running_and_testing_do_not_undo_each_other(checkout: Path) -> None:
    for files in (["requirements.txt"], ["requirements.txt", "requirements-dev.txt"], ["requirements.txt"]):
        install(checkout, *files)

    assert calls(checkout) == ["requirements.txt", "requirements.txt", "requirements-dev.txt"]


def test_older_requirements_are_installed_again_after_newer_ones(checkout: Path) -> None:
    for text in ("old==1\n", "new==1\n", "old==1\n"):
        (checkout / "requirements.txt").write_text(text)
        install(checkout, *(["requirements.txt", "requirements-dev.txt"] if "new" in text else ["requirements.txt"]))

    assert calls(checkout) == ["requirements.txt", "requirements.txt", "requirements-dev.txt", "requirements.txt"]


def test_failure_shows_what_pip_said_and_is_tried_again(checkout: Path) -> None:
    (checkout / "pip-fails").touch()
    failed = install(checkout, "requirements.txt")
    (checkout / "pip-fails").unlink()

    assert failed.returncode != 0
    assert "pip cannot reach the index" in failed.stdout
    assert install(checkout, "requirements.txt").returncode == 0
    assert calls(checkout) == ["requirements.txt", "requirements.txt"]


def test_missing_mysql_headers_are_named_with_the_packages(checkout: Path) -> None:
    done = install(checkout, "requirements.txt")

    assert done.returncode == 0
    assert "apt-get install pkg-config default-libmysqlclient-dev" in done.stdout


def test_mysqlclient_that_cannot_be_built_does_not_stop_the_rest(checkout: Path) -> None:
    stub = checkout / "venv" / "bin" / "python"
    stub.write_text(STUB.replace("if [ -e pip-fails ]", 'if [ "$last" = requirements-mysql.txt ]'))
    tools = checkout / "tools"
    tools.mkdir()
    for name in ("pkg-config", "cc"):
        (tools / name).write_text("#!/bin/sh\nexit 0\n")
        (tools / name).chmod(0o755)

    done = subprocess.run(
        [".ci/install", "venv", "requirements.txt"],
        cwd=checkout,
        env={"PATH": f"{tools}:/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert done.returncode == 0
    assert "mysqlclient could not be built" in done.stdout
