"""`manage.py start` with real processes: it comes up, survives deaths of its children, and leaves none behind."""

import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import psutil
import pytest

from tests.support.processes import RunningAtelier, wait_until

pytestmark = pytest.mark.processes


@pytest.fixture(scope="module")
def atelier() -> Iterator[RunningAtelier]:
    with RunningAtelier() as running:
        yield running


def alive(pids: list[int]) -> list[int]:
    return [pid for pid in pids if psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE]


def ask_for_pictures(atelier: RunningAtelier, key: str) -> httpx.Response:
    """A request that takes long and waits for its result."""
    return httpx.post(
        atelier.base_url + "/generate",
        json={"prompt": "a red circle on a blue background", "num_inference_steps": 150, "width": 1024, "height": 1024},
        headers=atelier.headers(key),
        timeout=120,
    )


def running_jobs(atelier: RunningAtelier, key: str) -> list[object]:
    answer = httpx.get(atelier.base_url + "/api/v1/jobs?status=running", headers=atelier.headers(key), timeout=30)
    jobs: list[object] = answer.json()["results"]
    return jobs


def test_ready_names_every_part(atelier: RunningAtelier) -> None:
    answer = httpx.get(atelier.base_url + "/health/ready")

    assert answer.status_code == 200
    assert {name: part["ok"] for name, part in answer.json()["parts"].items()} == {
        "web": True,
        "database": True,
        "redis": True,
        "workers": True,
    }


def test_start_prints_a_link_for_the_first_administrator(atelier: RunningAtelier) -> None:
    line = atelier.wait_for_log(r"/setup/")
    link = line.rsplit(" ", 1)[1]

    assert link.startswith(atelier.base_url)
    assert httpx.get(link).status_code == 200


def test_log_lines_carry_the_name_of_their_process(atelier: RunningAtelier) -> None:
    httpx.get(atelier.base_url + "/no-such-page")

    atelier.wait_for_log(r"^web +\| .* GET /no-such-page 404 ")
    assert all(" | " in line for line in atelier.log().splitlines())


@pytest.mark.parametrize("name", ["worker-1", "redis", "web", "housekeeper"])
def test_killed_child_is_named_and_comes_back(atelier: RunningAtelier, name: str) -> None:
    atelier.wait_ready()
    pid = atelier.children()[name]

    os.kill(pid, signal.SIGKILL)

    atelier.wait_for_log(rf"{name} ended: killed by SIGKILL")
    wait_until(lambda: atelier.children().get(name, pid) != pid, seconds=90, what="a new process")
    atelier.wait_ready()


def test_second_start_in_the_same_data_folder_is_refused(atelier: RunningAtelier) -> None:
    second = RunningAtelier(data_dir=atelier.data_dir)

    done = second.manage("start", check=False)

    assert done.returncode == 1
    assert done.stderr.strip().count("\n") == 0
    assert f"The data folder {atelier.data_dir} is in use by process {atelier.pid}" in done.stderr


def test_start_on_a_taken_port_is_refused(atelier: RunningAtelier) -> None:
    second = RunningAtelier(port=atelier.port)
    try:
        done = second.manage("start", check=False)
    finally:
        second.close()

    assert done.returncode == 1
    assert done.stderr.strip() == (
        f"CommandError: Port {atelier.port} of 127.0.0.1 is taken: "
        "stop the program that has it, or set PORT to another one."
    )


def test_two_copies_run_side_by_side_and_leave_no_child(atelier: RunningAtelier) -> None:
    with RunningAtelier(environment={"WORKERS": "2"}) as second:
        children = second.children()
        assert set(children) == {"redis", "web", "housekeeper", "worker-1", "worker-2"}
        assert not set(children.values()) & set(atelier.children().values())

        assert second.stop(signal.SIGKILL) == -signal.SIGKILL
        wait_until(lambda: not alive(list(children.values())), seconds=60, what="the end of all children")

        second.start()
        children = second.children()
        key = second.create_key("ada")
        with ThreadPoolExecutor() as pool:
            waiting = pool.submit(ask_for_pictures, second, key)
            wait_until(lambda: running_jobs(second, key), seconds=60, what="a running job", every=0.2)
            assert second.stop(signal.SIGTERM) == 0
            answer = waiting.result()

        assert answer.status_code == 503
        assert answer.json() == {"error": "Atelier is restarting. Try again shortly."}
        assert second.rows("SELECT status, attempt FROM generation_job") == [("queued", 0)]
        assert alive(list(children.values())) == []
        assert second.log().splitlines()[-1].endswith("| Stopped.")
        assert atelier.is_ready()


def test_start_without_tables_says_how_to_make_them() -> None:
    atelier = RunningAtelier()
    try:
        done = atelier.manage("start", check=False)
    finally:
        atelier.close()

    assert done.returncode == 1
    assert "run `python manage.py prepare`" in done.stderr


def test_redis_of_the_operator_is_used_and_none_is_started(redis_server: str) -> None:
    atelier = RunningAtelier(environment={"REDIS_URL": redis_server, "WORKERS": "0"})
    try:
        atelier.start(wait=False)
        atelier.wait_for_log("The page is at", seconds=90)

        assert set(atelier.children()) == {"web", "housekeeper"}
        parts = httpx.get(atelier.base_url + "/health/ready").json()["parts"]
        assert (parts["redis"]["ok"], parts["workers"]["ok"]) == (True, False)
    finally:
        atelier.close()
