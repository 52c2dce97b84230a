"""14: the first image on a machine where the install is done: from the start of the program to the picture's bytes."""

import time

import httpx

from benchmarks.figures import Figure
from benchmarks.server import Server


def run() -> list[Figure]:
    """A new data folder each time: migrations, the first key and loading the model are in it, as for a newcomer."""
    server = Server()
    started = time.perf_counter()
    with server, httpx.Client(base_url=server.base_url, headers=server.key_headers(), timeout=600) as client:
        client.post("/generate/image", json={"prompt": "a red circle on a blue background"}).raise_for_status()
        seconds = time.perf_counter() - started
    return [Figure("14", "first image after the start ÷ 20 s", seconds, 20.0, "s", 1.0, note="new data folder")]
