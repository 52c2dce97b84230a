"""`python -m operations.alive`: what health checks of containers ask."""

import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from common.redis_client import redis_client
from generation.presence import WorkerInfo, announce, announce_housekeeper, withdraw, withdraw_housekeeper
from operations.alive import (
    main,
    problem_of_housekeeper,
    problem_of_web,
    problem_of_worker,
    served_name,
)
from tests.support.processes import ROOT, free_port

HERE = socket.gethostname()


def test_worker_of_this_host_counts_when_its_models_are_loaded() -> None:
    announce(WorkerInfo(name="other", host="elsewhere", pid=1, queues=["cpu"], ready=True))
    assert problem_of_worker() == "No inference worker of this host was seen lately."

    announce(WorkerInfo(name="ours", host=HERE, pid=1, queues=["cpu"]))
    assert problem_of_worker() == "Models are loading."

    announce(WorkerInfo(name="ours", host=HERE, pid=1, queues=["cpu"], ready=True))
    assert problem_of_worker() is None

    withdraw("ours")
    assert problem_of_worker() is not None


def test_housekeeper_of_this_host_counts_until_it_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    assert problem_of_housekeeper() == "No housekeeper of this host was seen lately."

    announce_housekeeper("ours")
    assert problem_of_housekeeper() is None
    monkeypatch.setattr("socket.gethostname", lambda: "elsewhere")
    assert problem_of_housekeeper() is not None
    monkeypatch.undo()

    withdraw_housekeeper("ours")
    assert problem_of_housekeeper() is not None


def test_web_process_that_is_not_there_is_named_with_its_port(settings: Any) -> None:
    settings.PORT = free_port()

    problem = problem_of_web() or ""

    assert problem.startswith(f"The web process does not answer on port {settings.PORT}: ")


def test_redis_that_is_away_is_the_problem_that_is_named(settings: Any, tmp_path: Path) -> None:
    redis_client.cache_clear()
    settings.REDIS_URL = f"unix://{tmp_path}/nobody.sock"
    try:
        problems = [problem_of_worker() or "", problem_of_housekeeper() or ""]
    finally:
        redis_client.cache_clear()

    assert all(problem.startswith("Redis is away, so nobody can tell: ") for problem in problems)


@pytest.mark.parametrize(
    ("allowed", "name"),
    [
        (["*"], "127.0.0.1"),
        ([], "127.0.0.1"),
        (["atelier.example.org", "127.0.0.1"], "127.0.0.1"),
        (["atelier.example.org"], "atelier.example.org"),
        ([".example.org"], "example.org"),
    ],
)
def test_own_question_names_a_host_that_is_allowed(settings: Any, allowed: list[str], name: str) -> None:
    settings.ALLOWED_HOSTS = allowed

    assert served_name("127.0.0.1") == name


def test_exit_status_and_sentence_are_what_a_container_engine_reads(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["housekeeper"]) == 1
    assert capsys.readouterr().out == "No housekeeper of this host was seen lately.\n"

    announce_housekeeper("ours")

    assert main(["housekeeper"]) == 0
    assert capsys.readouterr().out == "It works.\n"


def test_it_runs_by_itself_and_loads_no_app(redis_server: str) -> None:
    announce_housekeeper("ours")
    code = (
        "import sys; from operations import alive; code = alive.main(['housekeeper']); "
        "print(sorted({'torch', 'rest_framework', 'daphne', 'generation.models'} & set(sys.modules))); sys.exit(code)"
    )

    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings", "REDIS_URL": redis_server},
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert (done.returncode, done.stdout) == (0, "It works.\n[]\n"), done.stderr
