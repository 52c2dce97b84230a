"""The Dockerfile and .dockerignore: what images are made of, and that it is all there."""

import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest

from tests.support.compose import instructions, is_in_context, tracked_files
from tests.support.processes import ROOT

STEPS = instructions()
# Folders that no process needs at run time.
NOT_IN_THE_IMAGE = {".ci", "benchmarks", "demo_models", "deployment", "tests"}


def arguments_of(name: str) -> list[str]:
    return [arguments for instruction, arguments in STEPS if instruction == name]


def stages() -> dict[str, list[tuple[str, str]]]:
    """Every stage's own instructions by its name."""
    found: dict[str, list[tuple[str, str]]] = {}
    for instruction, arguments in STEPS:
        if instruction == "FROM":
            current = found.setdefault(arguments.split(" AS ")[1], [])
        else:
            current.append((instruction, arguments))
    return found


def test_base_images_are_one_and_pinned_by_a_whole_version() -> None:
    bases = {arguments.split()[0] for arguments in arguments_of("FROM")} - set(stages())

    assert len(bases) == 1
    assert re.fullmatch(r"python:3\.1\d\.\d+-slim-bookworm", bases.pop())


def test_python_of_the_image_is_one_that_atelier_supports() -> None:
    wanted = re.search(r'requires-python = ">=3\.(\d+)"', (ROOT / "pyproject.toml").read_text())
    given = re.match(r"python:3\.(\d+)", arguments_of("FROM")[0])

    assert wanted is not None
    assert given is not None
    assert int(given[1]) >= int(wanted[1])


@pytest.mark.parametrize("stage", ["web", "worker"])
def test_images_end_as_a_user_without_rights(stage: str) -> None:
    last = [arguments for instruction, arguments in stages()[stage] if instruction == "USER"]

    assert last == ["atelier"]
    # What comes after USER writes nothing.
    position = stages()[stage].index(("USER", "atelier"))
    assert [name for name, _ in stages()[stage][position + 1 :]] == ["CMD"]
    assert any("useradd" in run and "--uid 10001" in run for run in arguments_of("RUN"))


def test_programs_run_under_a_process_1_that_passes_signals_on() -> None:
    (entrypoint,) = arguments_of("ENTRYPOINT")

    assert json.loads(entrypoint) == ["tini", "--", "python", "manage.py"]
    # Forms without a shell: it would keep the signals.
    assert all(json.loads(command) for command in arguments_of("CMD"))


def test_lists_of_packages_are_removed_in_the_layer_that_fetched_them() -> None:
    runs = [run for run in arguments_of("RUN") if "apt-get" in run]

    assert runs
    for run in runs:
        assert run.startswith("apt-get update &&")
        assert "--no-install-recommends" in run
        assert run.endswith("&& rm -rf /var/lib/apt/lists/*")


def test_nothing_is_fetched_but_packages() -> None:
    assert arguments_of("ADD") == []
    assert [run for run in arguments_of("RUN") if re.search(r"curl|wget|git |https?://", run)] == []
    assert [run for run in arguments_of("RUN") if re.search(r"\bsudo\b|chmod 777|apt-get (dist-)?upgrade", run)] == []


def test_no_secret_is_built_in() -> None:
    given = " ".join(arguments_of("ENV") + arguments_of("ARG"))

    assert re.search(r"(?i)secret|password|token|_key", given) is None


def test_every_source_that_is_copied_exists() -> None:
    sources = [
        source
        for arguments in arguments_of("COPY")
        if not arguments.startswith("--from=")
        for source in shlex.split(arguments)[:-1]
    ]

    assert set(sources) == {
        ".",
        "constraints.txt",
        "requirements.txt",
        "requirements-mysql.txt",
        "requirements-models.txt",
    }
    assert all((ROOT / source).exists() for source in sources)
    assert all(is_in_context(source) for source in sources if source != ".")


def test_stages_that_are_copied_from_exist() -> None:
    named = {match for arguments in arguments_of("COPY") for match in re.findall(r"--from=(\S+)", arguments)}

    assert named <= set(stages())


def test_installed_requirements_are_those_of_the_processes() -> None:
    files = {
        name: re.findall(r"-r (\S+)", " ".join(arguments for instruction, arguments in steps if instruction == "RUN"))
        for name, steps in stages().items()
    }

    assert files["build"] == ["requirements.txt", "requirements-mysql.txt"]
    assert files["build-models"] == ["requirements-models.txt"]
    assert ("COPY", "--from=build /venv /venv") in stages()["web"]
    assert ("COPY", "--from=build-models /venv /venv") in stages()["worker"]


@pytest.mark.parametrize("name", ["prepare", "web", "worker", "housekeeper"])
def test_targets_that_compose_names_exist(shape: dict[str, Any], name: str) -> None:
    assert shape[name]["build"]["target"] in stages()
    assert Path(shape[name]["build"]["context"]) == ROOT


# ---- What is sent to the engine -------------------------------------------------------------------------------------


def test_every_folder_is_in_the_image_or_known_not_to_be() -> None:
    folders = {path.split("/")[0] for path in tracked_files() if "/" in path}
    sent = {path.split("/")[0] for path in tracked_files() if "/" in path and is_in_context(path)}

    assert folders - sent == NOT_IN_THE_IMAGE & folders


def test_every_package_that_imports_each_other_is_in_the_image() -> None:
    names = re.search(r"root_packages = \[(.*)\]", (ROOT / "pyproject.toml").read_text())

    assert names is not None
    assert all(is_in_context(f"{name.strip(' ')[1:-1]}/__init__.py") for name in names[1].split(","))


@pytest.mark.parametrize(
    "path",
    [
        ".env",
        ".env.production",
        "config/.env",
        ".git/config",
        "var/secret_key",
        "var/atelier.sqlite3",
        ".venv/bin/python",
        "dump.sql",
        "tests/conftest.py",
        "config/__pycache__/settings.cpython-311.pyc",
        "node_modules/x/index.js",
    ],
)
def test_secrets_data_and_litter_stay_outside(path: str) -> None:
    assert not is_in_context(path)
