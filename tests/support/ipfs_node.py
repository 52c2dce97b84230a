"""A real IPFS node on loopback (js-ipfs, which speaks Kubo's RPC): offline, without peers, in a folder of its own."""

import json
import random
import re
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

import httpx

from content.storage import cids
from content.storage.cids import Cid
from tests.support.children import die_with_parent
from tests.support.node import node_command
from tests.support.processes import wait_until

_CLI = "ipfs/src/cli.js"
# Where much else runs on few cores, it takes minutes.
_SECONDS_TO_START = 400


class PrivateIpfsNode:
    """One node. What it has is asked of it here by plain HTTP, not by Atelier's client.

    `stop()` and `start()` keep its folder and its port; as a context manager it is removed at the end.
    """

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="atelier-ipfs-"))
        self.port, self.gateway_port = _quiet_port(), 0
        self._environment = {"IPFS_PATH": str(self.folder / "repo"), "HOME": str(self.folder), "PATH": "/usr/bin:/bin"}
        self._process: subprocess.Popen[bytes] | None = None
        addresses = {
            "Swarm": [],
            "API": f"/ip4/127.0.0.1/tcp/{self.port}",
            "Gateway": "/ip4/127.0.0.1/tcp/0",
            # gRPC, which nobody uses; its default is one port for all nodes of a machine.
            "RPC": "/ip4/127.0.0.1/tcp/0",
        }
        config = {"Addresses": addresses, "Bootstrap": [], "Discovery": {"MDNS": {"Enabled": False}}}
        (self.folder / "config.json").write_text(json.dumps(config))

    @property
    def address(self) -> str:
        """What `IPFS_API` is."""
        return f"/ip4/127.0.0.1/tcp/{self.port}"

    def __enter__(self) -> Self:
        try:
            return self.start()
        except BaseException:
            self.close()
            raise

    def __exit__(self, *_: object) -> None:
        self.close()

    def start(self) -> Self:
        """Start it and wait until it answers."""
        # A node that was killed leaves its lock.
        for lock in ("repo.lock", "datastore/LOCK"):
            found = self.folder / "repo" / lock
            shutil.rmtree(found, ignore_errors=True) if found.is_dir() else found.unlink(missing_ok=True)
        with (self.folder / "log").open("wb") as log:
            self._process = subprocess.Popen(
                # The first start makes the repository.
                node_command(_CLI, "daemon", "--offline", "--init-config", str(self.folder / "config.json")),
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                preexec_fn=die_with_parent(),
            )
        wait_until(self._is_ready, seconds=_SECONDS_TO_START, what="the start of the IPFS node", every=0.2)
        gateway = re.search(r"Gateway .*/tcp/(\d+)", self._log())
        assert gateway is not None, self._log()
        self.gateway_port = int(gateway[1])
        return self

    def stop(self, number: signal.Signals = signal.SIGKILL) -> None:
        """End it, by default without a warning."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(number)
            self._process.wait(timeout=60)

    def close(self) -> None:
        """End it and remove its folder."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _is_ready(self) -> bool:
        # It answers before it has started whatever comes after that.
        if self._process is None or self._process.poll() is not None:
            raise RuntimeError(f"js-ipfs ended: {self._log()[-2000:]}")
        return "Daemon is ready" in self._log()

    def _log(self) -> str:
        return (self.folder / "log").read_text()

    # ---- What it has ----------------------------------------------------------------------------------------------

    def rpc(self, command: str, **options: Any) -> list[Any]:
        """The JSON lines that the node answers to a command. Raises `httpx.HTTPStatusError`."""
        url = f"http://127.0.0.1:{self.port}/api/v0/{command}"
        answer = httpx.post(url, params=options, timeout=60)
        answer.raise_for_status()
        return [json.loads(line) for line in answer.text.splitlines() if line]

    def blocks(self) -> set[bytes]:
        """The digests of all blocks that it has."""
        return {cids.parse(line["Ref"]).digest for line in self.rpc("refs/local")}

    def pins(self) -> set[Cid]:
        """What it pins, with all that is below."""
        answers = self.rpc("pin/ls", type="recursive", stream="false")
        return {cids.parse(name) for answer in answers for name in _names(answer)}

    def cat(self, cid: str | Cid) -> bytes:
        """The file, as the node gives it."""
        url = f"http://127.0.0.1:{self.port}/api/v0/cat"
        answer = httpx.post(url, params={"arg": str(cid)}, timeout=60)
        answer.raise_for_status()
        return answer.content


def _names(answer: dict[str, Any]) -> Iterator[str]:
    yield from answer.get("Keys", {})
    if "Cid" in answer:
        yield answer["Cid"]


def _quiet_port() -> int:
    """A free port that no outgoing connection is given: the node needs minutes to take it, and takes it again."""
    while True:
        port = random.randrange(18_000, 32_000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
