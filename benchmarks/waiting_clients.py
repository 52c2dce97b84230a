"""10: memory of each client that waits on `/generate` in one web process, a thousand at once."""

import asyncio
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import httpx

from benchmarks.figures import Figure
from benchmarks.server import WebProcess

CLIENTS = 1_000
WARM_UP = 50
TOGETHER = 50


def run() -> list[Figure]:
    """Nobody runs the jobs: a worker is announced, so that they are accepted and wait until they are cancelled."""
    with WebProcess(environment={"QUOTA_ACTIVE_JOBS": "5000"}) as web, _announced(web):
        asyncio.run(_wait_and_cancel(web, WARM_UP))
        before = web.resident_bytes()
        during, connections, health = asyncio.run(_wait_and_cancel(web, CLIENTS))
    return [
        Figure(
            "10", f"memory of a waiting client ({CLIENTS} at once) ÷ 100 kB", (during - before) / CLIENTS, 1e5, "B", 1.0
        ),
        Figure("10", "database connections held by waiting clients ÷ 1,000", connections, CLIENTS, "", 0.0),
        Figure("10", "/health answered while they wait ÷ 1 s", health, 1.0, "s", 1.0),
    ]


@contextmanager
def _announced(web: WebProcess) -> Iterator[None]:
    """Say every second in Redis that a worker is there."""
    done = threading.Event()

    def announce() -> None:
        with web.redis() as client:
            while not done.wait(1):
                client.set("atelier:seen:cpu", "benchmark", ex=60)

    with web.redis() as client:
        client.set("atelier:seen:cpu", "benchmark", ex=60)
    thread = threading.Thread(target=announce)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


async def _wait_and_cancel(web: WebProcess, clients: int) -> tuple[int, int, float]:
    gate = asyncio.Semaphore(TOGETHER)
    posts = [asyncio.create_task(_post(web, gate, number)) for number in range(clients)]
    async with httpx.AsyncClient(base_url=web.url, headers=web.headers(), timeout=60) as client:
        for _ in range(1200):
            if web.queued_jobs() >= clients:
                break
            await asyncio.sleep(0.5)
        await asyncio.sleep(3)
        started = time.perf_counter()
        (await client.get("/health")).raise_for_status()
        health = time.perf_counter() - started
        during, connections = web.resident_bytes(), web.database_connections()
        await asyncio.to_thread(web.cancel_all)
    statuses = await asyncio.gather(*posts)
    if set(statuses) != {409}:
        raise AssertionError(f"the cancelled jobs answered {set(statuses)}")
    return during, connections, health


async def _post(web: WebProcess, gate: asyncio.Semaphore, number: int) -> int:
    """A bare HTTP/1.1 request over a socket of its own: client libraries would need more memory than the server."""
    address = urlsplit(web.url)
    body = json.dumps({"prompt": f"picture {number}"}).encode()
    head = f"POST /generate HTTP/1.1\r\nHost: {address.netloc}\r\nContent-Type: application/json\r\n"
    head += "".join(f"{name}: {value}\r\n" for name, value in web.headers().items())
    async with gate:
        reader, writer = await asyncio.open_connection(address.hostname, address.port)
        writer.write(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        await writer.drain()
    status = int((await reader.readline()).split()[1])
    writer.close()
    return status
