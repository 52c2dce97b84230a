"""Two hundred requests at once, of two users."""

import asyncio
import statistics
import time

import httpx
import pytest

from tests.support.processes import RunningAtelier

pytestmark = pytest.mark.processes

REQUESTS_OF_EACH = 100


async def _timed(client: httpx.AsyncClient, key: str, number: int) -> tuple[httpx.Response, float]:
    started = time.monotonic()
    response = await client.post(
        "/generate/tags",
        json={"image_prompt": f"a cat and {number} dogs in the rain"},
        headers=RunningAtelier.headers(key),
    )
    return response, time.monotonic() - started


async def _all(base_url: str, keys: list[str]) -> list[list[tuple[httpx.Response, float]]]:
    limits = httpx.Limits(max_connections=None)
    async with httpx.AsyncClient(base_url=base_url, timeout=600, limits=limits) as client:
        # One user's requests all come before the other's: whoever is first must not have everything first.
        sent = [[_timed(client, key, number) for number in range(REQUESTS_OF_EACH)] for key in keys]
        answered = await asyncio.gather(*(request for requests in sent for request in requests))
    return [answered[:REQUESTS_OF_EACH], answered[REQUESTS_OF_EACH:]]


def test_all_are_answered_and_neither_user_waits_for_the_other() -> None:
    with RunningAtelier() as atelier:
        keys = [atelier.create_key(name) for name in ("ada", "grace")]
        of_each = asyncio.run(_all(atelier.base_url, keys))

    for answers in of_each:
        assert [response.status_code for response, _ in answers] == [200] * REQUESTS_OF_EACH
        assert all({"cat", "rain"} <= set(response.json()["tags"]) for response, _ in answers)
    waits = [statistics.mean(seconds for _, seconds in answers) for answers in of_each]
    assert max(waits) <= 2 * min(waits)
