"""Fault 6: the IPFS node is away for a while, and goes in the middle of being given something."""

import io
import os
import signal
from collections.abc import Iterator

import httpx
import pytest
from PIL import Image

from content.storage import cids
from tests.support.ipfs_node import PrivateIpfsNode
from tests.support.processes import RunningAtelier, wait_until
from tests.support.proxies import Proxy

pytestmark = pytest.mark.processes

_SECONDS = 300.0


class Library:
    """One user's pictures."""

    def __init__(self, atelier: RunningAtelier) -> None:
        headers = atelier.headers(atelier.create_key("ada", "read", "generate", "manage"))
        self._client = httpx.Client(base_url=f"{atelier.base_url}/api/v1", headers=headers, timeout=120)

    def upload(self, side: int = 16, *, public: bool = True) -> str:
        """A picture of noise; its CID. 1,024 pixels a side are some 3 MB."""
        file = io.BytesIO()
        Image.frombytes("RGB", (side, side), os.urandom(3 * side * side)).save(file, "PNG")
        answer = self._client.post("/contents", files={"file": ("noise.png", file.getvalue(), "image/png")})
        assert answer.status_code == 201, answer.text
        cid = str(answer.json()["cid"])
        if public:
            self.show(cid, "public")
        return cid

    def show(self, cid: str, visibility: str) -> None:
        answer = self._client.patch(f"/contents/{cid}", json={"visibility": visibility})
        assert answer.status_code == 200, answer.text

    def delete(self, cid: str) -> None:
        assert self._client.delete(f"/contents/{cid}").status_code == 204

    def generate(self) -> str:
        """A public picture by the demo model, which is waited for; its CID."""
        params = {"prompt": "a red circle", "num_inference_steps": 2, "width": 256, "height": 256}
        body = {"kind": "image", "params": params, "visibility": "public"}
        job = self._client.post("/jobs", json=body).json()

        def ended() -> bool:
            nonlocal job
            job = self._client.get(f"/jobs/{job['id']}").json()
            return job["status"] not in ("queued", "running")

        wait_until(ended, seconds=_SECONDS, what="the end of the job", every=0.5)
        assert job["status"] == "succeeded", job
        return str(job["outputs"][0]["cid"])

    def states(self) -> dict[str, str]:
        rows = self._client.get("/contents").json()["results"]
        return {row["cid"]: row["pin_state"] for row in rows}

    def wait_pinned(self, *names: str) -> None:
        def pinned() -> bool:
            states = self.states()
            return all(states[name] == "pinned" for name in names)

        wait_until(pinned, seconds=_SECONDS, what=f"pinning of {names}", every=0.5)

    def close(self) -> None:
        self._client.close()


@pytest.fixture(scope="module")
def node() -> Iterator[PrivateIpfsNode]:
    with PrivateIpfsNode() as node:
        yield node


def _kill_housekeeper(atelier: RunningAtelier) -> None:
    before = atelier.children()["housekeeper"]
    os.kill(before, signal.SIGKILL)
    wait_until(
        lambda: atelier.children().get("housekeeper", before) != before, seconds=_SECONDS, what="another housekeeper"
    )


def test_everything_public_and_nothing_else_is_on_a_node_that_was_away(node: PrivateIpfsNode) -> None:
    with Proxy(node.port) as proxy:
        environment = {"IPFS_API": proxy.address, "IPFS_TIMEOUT_SECONDS": "10"}
        with RunningAtelier(environment=environment) as atelier:
            library = Library(atelier)
            try:
                _outage(atelier, library, node, proxy)
            finally:
                library.close()


def _outage(atelier: RunningAtelier, library: Library, node: PrivateIpfsNode, proxy: Proxy) -> None:
    kept, hidden, deleted = (library.upload() for _ in range(3))
    library.wait_pinned(kept, hidden, deleted)
    private = library.upload(public=False)

    # It goes in the middle of being given a picture.
    proxy.cut_after = 2**20
    large = library.upload(1024)
    wait_until(lambda: proxy.cuts, seconds=_SECONDS, what="the cut")
    node.stop(signal.SIGKILL)
    proxy.cut_after = None

    # Everything else goes on meanwhile.
    library.show(hidden, "private")
    library.delete(deleted)
    made = library.generate()
    later = [library.upload() for _ in range(5)]
    never = library.upload()
    library.show(never, "private")
    states = library.states()
    assert states[kept] == "pinned"
    assert {states[cid] for cid in (large, made, *later)} == {"pinning"}
    assert {states[cid] for cid in (private, hidden, never)} == {"local"}
    _kill_housekeeper(atelier)

    node.start()
    # And once more while it catches up.
    wait_until(lambda: "pinned" in {library.states()[cid] for cid in later}, seconds=_SECONDS, what="a pin", every=0.1)
    _kill_housekeeper(atelier)
    public = [kept, large, made, *later]
    library.wait_pinned(*public)
    gone = {cids.parse(cid) for cid in (private, hidden, deleted, never)}
    wait_until(lambda: not gone & node.pins(), seconds=_SECONDS, what="unpinning", every=1)

    assert {cids.parse(cid) for cid in public} <= node.pins()
    assert len(node.cat(large)) > 2**21
    digests = {cid.digest for cid in gone}
    wait_until(lambda: not digests & node.blocks(), seconds=_SECONDS, what="removal of the blocks", every=1)
