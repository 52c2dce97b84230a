"""The production shape of `docker-compose.yml`, run from its commands and its environment without containers."""

import io
import re
from collections.abc import Iterator

import httpx
import pytest
from PIL import Image

from content.storage.cids import parse
from tests.support.ipfs_node import PrivateIpfsNode
from tests.support.processes import wait_until
from tests.support.shape import ComposeShape

pytestmark = [pytest.mark.processes, pytest.mark.own_database]

PROCESSES = ("web", "worker", "housekeeper")


@pytest.fixture(scope="module")
def parts() -> Iterator[tuple[ComposeShape, PrivateIpfsNode]]:
    with PrivateIpfsNode() as node, ComposeShape(node=node.address, SIGNUP="closed") as running:
        running.start_all()
        yield running, node


def ask(shape: ComposeShape, path: str, key: str = "", **options: str) -> httpx.Response:
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    return httpx.get(shape.base_url + path, headers=headers, timeout=60, params=options)


def is_ready(shape: ComposeShape) -> bool:
    try:
        return ask(shape, "/health/ready").status_code == 200
    except httpx.TransportError:
        return False


def make_key(shape: ComposeShape) -> str:
    code = "from accounts.models import User; User.objects.create_user('ada', 'ada@example.org', 'a-long-passphrase-9')"
    shape.manage("shell", "--no-imports", "-c", code)
    return shape.manage(
        "apikey", "create", "ada", "--name", "tests", "--scope", "read", "--scope", "generate", "--scope", "manage"
    ).strip()


def test_whole_shape_makes_a_picture_ends_on_sigterm_and_keeps_its_rows(
    parts: tuple[ComposeShape, PrivateIpfsNode],
) -> None:
    shape, node = parts
    # Up: what the containers' health checks ask is what is asked here.
    for name in PROCESSES:
        shape.wait_healthy(name)
    wait_until(lambda: is_ready(shape), seconds=60, what="readiness")
    link = re.search(r"Make one at (\S+)", shape.log("prepare"))
    assert link is not None
    assert httpx.get(link[1], timeout=30).status_code == 200
    assert "Starting Atelier" not in shape.log("web")

    # A picture, by the account and the database that the file names.
    key = make_key(shape)
    made = httpx.post(
        shape.base_url + "/generate",
        json={"prompt": "a red circle on a blue background", "seed": 7, "num_inference_steps": 4},
        headers={"Authorization": f"Bearer {key}"},
        timeout=300,
    )
    assert made.status_code == 200, made.text
    cid = made.json()["cid"]
    picture = ask(shape, f"/api/v1/contents/{cid}/raw", key).content
    assert Image.open(io.BytesIO(picture)).format == "PNG"

    # It leaves for the node when it is published, and not before.
    assert parse(cid).digest not in node.blocks()
    published = httpx.patch(
        f"{shape.base_url}/api/v1/contents/{cid}",
        json={"visibility": "public"},
        headers={"Authorization": f"Bearer {key}"},
        timeout=60,
    )
    assert published.status_code == 200, published.text
    wait_until(lambda: parse(cid) in node.pins(), seconds=120, what="the pin", every=1)
    assert node.cat(cid) == picture
    metrics = ask(shape, "/metrics", "a-token-of-prometheus")
    assert 'atelier_workers{state="ready"} 1.0' in metrics.text
    assert "atelier_housekeepers 1.0" in metrics.text

    # The image of the web process has no PyTorch, and nothing is wrong with that.
    assert "FAIL" not in shape.manage("doctor")

    # Down: each by itself, with nothing left to say.
    assert {name: shape.stop(name) for name in PROCESSES} == dict.fromkeys(PROCESSES, 0)
    assert [name for name in PROCESSES if shape.is_healthy(name)] == []
    assert "Traceback" not in "".join(shape.log(name) for name in PROCESSES)
    assert shape.stop("redis") == 0
    assert shape.stop("mysql") == 0

    # Up again, as after an update: tables and static files are looked at anew, and everything is there.
    shape.start_mysql()
    shape.start_redis()
    assert shape.start("prepare").wait(300) == 0
    shape.start("web")
    shape.wait_healthy("web")
    assert ask(shape, f"/api/v1/contents/{cid}", key).json()["prompt"] == "a red circle on a blue background"
    assert ask(shape, f"/api/v1/contents/{cid}/raw", key).content == picture
    assert shape.stop("web") == 0
