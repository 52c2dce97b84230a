"""`docker-compose.yml`, `Dockerfile` and `.dockerignore` as their tools read them. No container engine is needed."""

import json
import os
import re
import shutil
import subprocess
from fnmatch import fnmatch
from pathlib import Path
from typing import Any, NoReturn

import pytest
import yaml

from tests.support.environment import atelier_variables
from tests.support.processes import ROOT

# What .env needs at least.
SECRETS = {"SECRET_KEY": "only-for-tests-" + "5" * 40, "MYSQL_PASSWORD": "only-for-tests"}


def run_compose(*arguments: str, environment_file: Path) -> subprocess.CompletedProcess[str]:
    """`docker-compose ARGUMENTS…` with `environment_file` in place of .env, and nothing of Atelier's from elsewhere."""
    environment = {name: value for name, value in os.environ.items() if name not in atelier_variables()}
    environment["ATELIER_ENV_FILE"] = str(environment_file)
    return subprocess.run(
        [
            shutil.which("docker-compose") or missing("docker-compose", package="docker-compose"),
            "--env-file",
            str(environment_file),
            *arguments,
        ],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
    )


def missing(program: str, *, package: str) -> NoReturn:
    """Skip this test, which needs `program`; on CI, where `.ci/run` installs it, fail."""
    sentence = f"{program} is missing: apt-get install {package}"
    if os.environ.get("CI") == "true":
        pytest.fail(sentence)
    pytest.skip(sentence)


def write_environment(path: Path, **variables: str) -> Path:
    """An environment file with `variables` and nothing else."""
    path.write_text("".join(f"{name}={value}\n" for name, value in variables.items()))
    return path


def services(environment_file: Path, *files: str) -> dict[str, Any]:
    """The services as Compose understands them: interpolated, merged, with what the environment file says."""
    options = [part for file in files for part in ("-f", file)]
    done = run_compose(*options, "--profile", "monitoring", "config", environment_file=environment_file)
    if done.returncode:
        raise RuntimeError(done.stderr)
    found: dict[str, Any] = yaml.safe_load(done.stdout)["services"]
    for service in found.values():
        # Printed as null or {}, as Compose pleases.
        service["networks"] = sorted(service["networks"])
    # For a shell, Compose doubles what it would otherwise take for a variable.
    unescaped: dict[str, Any] = json.loads(json.dumps(found).replace("$$", "$"))
    return unescaped


def seconds(duration: str) -> float:
    """Compose's `1m30s` as seconds."""
    units = {"h": 3600, "m": 60, "s": 1}
    return sum(float(number) * units[unit] for number, unit in re.findall(r"([\d.]+)([hms])", duration))


# ---- The image ------------------------------------------------------------------------------------------------------


def instructions() -> list[tuple[str, str]]:
    """The Dockerfile's instructions and their arguments, continued lines joined, comments left out."""
    lines = [line for line in (ROOT / "Dockerfile").read_text().splitlines() if not line.startswith("#")]
    joined = "\n".join(lines).replace("\\\n", " ")
    found = [line.split(maxsplit=1) for line in joined.splitlines() if line.strip()]
    return [(name, " ".join(arguments.split())) for name, arguments in found]


def is_in_context(path: str) -> bool:
    """Whether the file at `path`, relative to the repository, is sent to the engine: what .dockerignore says of it.

    Knows the patterns that ours uses, and raises `ValueError` for others: `*`, `!NAME` of the first level, `**/NAME`.
    """
    sent = True
    parts = path.split("/")
    for line in (ROOT / ".dockerignore").read_text().splitlines():
        if not line or line.startswith("#"):
            continue
        if line == "*":
            sent = False
        elif re.fullmatch(r"![\w.-]+", line):
            sent = sent or parts[0] == line[1:]
        elif line.startswith("**/") and "/" not in line[3:]:
            sent = sent and not any(fnmatch(part, line[3:]) for part in parts)
        else:
            raise ValueError(f"a pattern that this function does not know: {line}")
    return sent


def tracked_files() -> list[str]:
    """Every file of the repository, tracked or new."""
    done = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return [path for path in done.stdout.splitlines() if (ROOT / path).is_file()]


def copy_context(target: Path) -> Path:
    """The tree that the images hold as /app, in `target`."""
    for path in filter(is_in_context, tracked_files()):
        (target / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / path, target / path)
    return target
