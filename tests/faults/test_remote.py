"""A studio without inference workers: the housekeeper that asks a provider is killed, and no job is lost."""

import os
import signal
from collections.abc import Iterator
from functools import partial
from typing import Any

import httpx
import pytest

from tests.support.processes import RunningAtelier, wait_until
from tests.support.providers import titan
from tests.support.receiver import Receiver
from tests.support.remote import provider_variables

pytestmark = pytest.mark.processes

KILLS = 3


@pytest.fixture
def provider() -> Iterator[Receiver]:
    with Receiver() as receiver:
        yield receiver


def test_killed_housekeeper(provider: Receiver) -> None:
    variables = {**provider_variables(provider.base_url), "WORKERS": "0", "JOB_MAX_ATTEMPTS": str(KILLS + 1)}
    atelier = RunningAtelier(environment=variables)
    try:
        atelier.start(wait=False)
        # The copied database knows no provider yet.
        atelier.manage("migrate")
        wait_until(atelier.is_answering, seconds=300, what="the web process")
        key = atelier.create_key("ada")
        with httpx.Client(base_url=atelier.base_url, headers=atelier.headers(key), timeout=60) as client:
            provider.answer = provider.hang
            body = {"text": "a cat", "width": 512, "height": 512}
            job = ""

            def accepted() -> bool:
                nonlocal job
                response = client.post("/api/demo_backend_v2/generate", json=body, headers={"Prefer": "respond-async"})
                job = response.json().get("job", "")
                return response.status_code == 202

            # Until the housekeeper is there: 503.
            wait_until(accepted, seconds=120, what="acceptance", every=0.5)
            for kill in range(KILLS):
                wait_until(partial(was_called, provider, kill + 1), seconds=120, what="the call")
                os.kill(atelier.children()["housekeeper"], signal.SIGKILL)
                if kill == KILLS - 1:
                    provider.answer = titan
            ended: dict[str, Any] = {}

            def has_ended() -> bool:
                ended.update(client.get(job).json())
                return ended["status"] not in ("queued", "running")

            wait_until(has_ended, seconds=120, what="the end of the job", every=0.25)
            assert (ended["status"], len(ended["outputs"])) == ("succeeded", 1)
            assert len(provider.messages) == KILLS + 1
    finally:
        atelier.close()


def was_called(provider: Receiver, times: int) -> bool:
    return len(provider.messages) >= times
