"""Models that administrators have loaded and unloaded, with real workers: busy, dead, and without the weights."""

import json
import re
import signal
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import httpx
import psutil
import pytest

from tests.support.processes import RunningAtelier, wait_until
from tests.support.studio import SHORT, Studio

pytestmark = pytest.mark.processes

MODEL = "demo-clip"
PASSWORD = "a-long-passphrase-9"
SECONDS = 240


class Administrator:
    """Somebody with the administration open."""

    def __init__(self, atelier: RunningAtelier) -> None:
        self._atelier = atelier
        code = (
            f"from accounts.models import User; User.objects.create_superuser('root', 'root@example.org', {PASSWORD!r})"
        )
        atelier.manage("shell", "--no-imports", "-c", code)
        self._client = httpx.Client(base_url=atelier.base_url, follow_redirects=True, timeout=60)
        self._send("/accounts/login/", login="root", password=PASSWORD)

    def close(self) -> None:
        self._client.close()

    def _send(self, path: str, **fields: str) -> str:
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', self._client.get(path).text)
        assert token is not None
        answer = self._client.post(path, data={"csrfmiddlewaretoken": token[1], **fields}, headers={"Referer": path})
        assert answer.status_code == 200, answer.text
        return answer.text

    def act(self, action: str, slug: str = MODEL) -> str:
        """Run an action on a checkpoint; the page that answers."""
        ((row,),) = self._atelier.rows("SELECT id FROM generation_checkpoint WHERE slug = ?", slug)
        return self._send("/admin/generation/checkpoint/", action=action, _selected_action=str(row))

    def board(self) -> str:
        """The workers' board, as text on one line."""
        text = self._client.get("/admin/generation/job/workers/", headers={"HX-Request": "true"}).text
        return " ".join(re.sub(r"<[^>]*>", " ", text).split())

    def says(self, pattern: str) -> bool:
        return re.search(pattern, self.board()) is not None

    def wait(self, pattern: str) -> None:
        """Until the board says `pattern`."""
        try:
            wait_until(partial(self.says, pattern), seconds=SECONDS, what=pattern, every=0.2)
        except TimeoutError as error:
            raise TimeoutError(f"{error}; the board: {self.board()}; {self._atelier.log()[-3000:]}") from None


@pytest.fixture
def atelier() -> Iterator[RunningAtelier]:
    with RunningAtelier(environment={"WORKERS": "2"}) as running:
        yield running


@pytest.fixture
def administrator(atelier: RunningAtelier) -> Iterator[Administrator]:
    made = Administrator(atelier)
    yield made
    made.close()


def held(atelier: RunningAtelier) -> int:
    """How many models all workers together have loaded."""
    return int(httpx.get(f"{atelier.base_url}/health", timeout=30).json()["models_loaded"])


def test_two_workers_load_and_unload_between_jobs(atelier: RunningAtelier, administrator: Administrator) -> None:
    before = held(atelier)
    with Studio(atelier) as studio:
        jobs = [studio.submit(seed=seed) for seed in range(3)]
        studio.wait_running(jobs)

        page = administrator.act("load")
        assert re.search(rf"{MODEL}: worker-1\S*, worker-2\S* will load it, between two jobs\.", page)
        for name in ("worker-1", "worker-2"):
            administrator.wait(rf"Load {MODEL} on {name}\S*, [^:]+ ago: done\s*\. Loaded")
        wait_until(lambda: held(atelier) == before + 2, seconds=60, what="two more models")

        administrator.act("unload")
        for name in ("worker-1", "worker-2"):
            administrator.wait(rf"Unload {MODEL} on {name}\S*, [^:]+ ago: done\s*\. Unloaded")
        wait_until(lambda: held(atelier) == before, seconds=60, what="the models of before")

        studio.wait_ended(jobs)
        studio.assert_each_made_one_picture(jobs)


def test_worker_that_dies_is_shown_and_the_other_does_it(atelier: RunningAtelier, administrator: Administrator) -> None:
    victim = psutil.Process(atelier.worker_pids()[0])
    victim.send_signal(signal.SIGSTOP)
    administrator.act("load")
    administrator.wait(rf"Load {MODEL} on worker-2\S*, [^:]+ ago: done")
    administrator.wait(rf"Load {MODEL} on worker-1\S*, [^:]+ ago: waiting\s*\. The worker is away")

    victim.kill()

    # Its successor has the name, and finds what waits.
    administrator.wait(rf"Load {MODEL} on worker-1\S*, [^:]+ ago: done")
    with Studio(atelier) as studio:
        jobs = [studio.submit(steps=SHORT, seed=seed) for seed in range(2)]
        studio.wait_ended(jobs)
        studio.assert_each_made_one_picture(jobs)


def test_damaged_weights_are_told_and_jobs_go_on(
    atelier: RunningAtelier, administrator: Administrator, tmp_path: Path
) -> None:
    code = (
        "from generation.models import Checkpoint; "
        f"Checkpoint.objects.filter(slug={MODEL!r}).update(source={json.dumps(str(tmp_path / 'nothing'))})"
    )
    atelier.manage("shell", "--no-imports", "-c", code)

    administrator.act("load")

    administrator.wait(rf"Load {MODEL} on worker-1\S*, [^:]+ ago: failed\s*\. The weights of {MODEL} are missing")
    atelier.wait_for_log(rf"Could not load {MODEL}: The weights of {MODEL} are missing", seconds=60)
    with Studio(atelier) as studio:
        job = studio.submit(steps=SHORT)
        studio.wait_ended([job])
        studio.assert_each_made_one_picture([job])


def test_chosen_default_is_used_and_outlives_a_restart(atelier: RunningAtelier, administrator: Administrator) -> None:
    code = (
        "from generation.models import Checkpoint; c = Checkpoint.objects.get(slug='demo-stable-diffusion'); "
        "c.pk, c.slug, c.default_for = None, 'demo-second', None; c.save()"
    )
    atelier.manage("shell", "--no-imports", "-c", code)
    assert "Made the default: 1." in administrator.act("make_default", "demo-second")

    atelier.stop()
    atelier.manage("prepare")
    atelier.start()

    with Studio(atelier) as studio:
        job = studio.submit(steps=SHORT)
        assert studio.job(job)["model"] == "demo-second"
        studio.wait_ended([job])
        studio.assert_each_made_one_picture([job])
