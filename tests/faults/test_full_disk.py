"""Fault 9: the disk is full while something is written. A clear error, nothing partial, and the next write works.

The kernel refuses the writes: by a limit of file sizes everywhere, and on a small file system where one can be mounted.
"""

import io
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from accounts.models import User
from accounts.selectors import use
from content import services
from content.errors import StorageFull
from content.images import validated
from content.library.export import export
from content.library.importing import import_archive
from content.models import Content, Part
from content.storage import cids, unixfs
from content.storage.blocks import block_store
from generation.claim import claim_batch
from generation.models import Checkpoint, Status
from generation.runner import run_claim
from generation.workshop import Workshop
from tests.factories.accounts import UserFactory
from tests.factories.generation import JobFactory, image_params
from tests.support.clients import KeyClient
from tests.support.full_disk import can_mount, filled, limited_blocks, small_disk
from tests.support.samples import varied_bytes

pytestmark = pytest.mark.django_db(transaction=True)

FullDisk = Callable[..., AbstractContextManager[None]]
KINDS = ["limit of sizes", *(["small file system"] if can_mount() else [])]
SENTENCE = "There is no room left to store this. Free some disk space and try again."


@pytest.fixture(params=KINDS)
def full(request: pytest.FixtureRequest, tmp_path: Path, settings: Any) -> Iterator[FullDisk]:
    """Call it for a context in which the disk of the block store has `left` bytes of room, 300 kB unless it is told.

    With the limit of sizes, it is each block that may have no more, and never one of 1 MiB.
    """
    disk = tmp_path / "disk"
    settings.BLOCKS_DIR = disk / "blocks"
    small = request.param == "small file system"
    with small_disk(disk) if small else nullcontext():
        yield lambda left=300_000: filled(disk, left) if small else limited_blocks(min(left, 300_000))


@pytest.fixture
def owner() -> User:
    return UserFactory()


def noise(side: int = 900) -> bytes:
    """A picture that does not compress: about 2.4 MB as PNG, three blocks."""
    file = io.BytesIO()
    pixels = np.random.default_rng(1).integers(0, 256, (side, side, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(file, "PNG", compress_level=0)
    return file.getvalue()


def stored_blocks(settings: Any) -> list[Path]:
    return [path for path in Path(settings.BLOCKS_DIR).rglob("*") if path.is_file() and path.name != "lock"]


def assert_only_sound_blocks(settings: Any) -> None:
    """What was stored before the disk was full is whole; nothing else is there, no draft either."""
    for path in stored_blocks(settings):
        assert path.name == cids.of_block(path.read_bytes(), cids.RAW).digest.hex(), path


def test_an_upload_is_refused_with_a_sentence_and_works_when_there_is_room(
    full: FullDisk, owner: User, settings: Any
) -> None:
    client, data = KeyClient(owner), noise()
    ours = validated(data).png
    cid = str(unixfs.build(ours, lambda cid, block: None).cid)

    # The first block fits on the small file system, the next does not.
    with full(1_500_000):
        answer = client.post("/api/v1/contents", {"image": SimpleUploadedFile("noise.png", data)})
        assert (answer.status_code, answer.json()["code"]) == (503, "storage_full")
        assert answer.json()["detail"] == SENTENCE
        assert int(answer["Retry-After"]) > 0
        # What is there can be looked at all the while.
        assert client.get("/api/v1/contents").json()["results"] == []
        assert client.get(f"/ipfs/{cid}").status_code == 404
        assert client.get(f"/api/v1/contents/{cid}/raw").status_code == 404

    assert_only_sound_blocks(settings)
    assert (Content.objects.count(), Part.objects.count()) == (0, 0)
    assert use(user=owner)["stored_bytes"] == 0
    again = client.post("/api/v1/contents", {"image": SimpleUploadedFile("noise.png", data)})
    assert (again.status_code, again.json()["cid"]) == (201, cid)
    assert client.get(f"/ipfs/{cid}").getvalue() == ours
    assert client.post(f"/api/v1/contents/{cid}/verify").json()["intact"]


def test_a_file_of_several_blocks_is_there_whole_or_not_at_all(full: FullDisk, owner: User, settings: Any) -> None:
    data = varied_bytes(3 * 2**20)
    with full(1_500_000), pytest.raises(StorageFull):
        services.store(data)
    assert_only_sound_blocks(settings)

    row = services.register(owner=owner, stored=services.store(data), kind="text", media_type="text/plain")

    assert services.read_bytes(content=row) == data


def test_a_job_whose_picture_has_no_room_fails_with_the_sentence_and_the_next_is_made(
    full: FullDisk, owner: User, settings: Any, tiny_pipeline: Path
) -> None:
    Checkpoint.objects.filter(default_for="image").update(source=str(tiny_pipeline), revision="", native_size=64)
    workshop = Workshop()
    jobs = [JobFactory(owner=owner, params=image_params(width=1024, height=1024, seed=seed)) for seed in (1, 2)]

    def run_next() -> None:
        claim = claim_batch(worker="worker-1", queues=["cpu"], max_batch=1)
        assert claim is not None
        run_claim(claim, workshop=workshop, stopping=threading.Event())

    with full(20_000):
        run_next()
    run_next()

    for job in jobs:
        job.refresh_from_db()
    failed, made = sorted(jobs, key=lambda job: job.status)
    assert (failed.status, failed.error_code, failed.error_message) == (Status.FAILED, "storage_full", SENTENCE)
    assert failed.error_retryable
    assert not failed.outputs.exists()
    assert made.status == Status.SUCCEEDED
    assert services.verify(content=made.outputs.get().content).intact
    assert_only_sound_blocks(settings)


def test_an_archive_that_has_no_room_is_taken_when_there_is(
    full: FullDisk, owner: User, settings: Any, tmp_path: Path
) -> None:
    data, archive = varied_bytes(2**21), tmp_path / "library.car"
    services.register(owner=owner, stored=services.store(data), kind="text", media_type="text/plain")
    archive.write_bytes(b"".join(export(owner=owner)))
    Content.objects.all().delete()
    for path in stored_blocks(settings):
        path.unlink()

    with full(), pytest.raises(StorageFull):
        import_archive(path=archive, owner=owner)
    assert not Content.objects.exists()
    assert_only_sound_blocks(settings)

    assert import_archive(path=archive, owner=owner).new == 1
    assert services.read_bytes(content=Content.objects.get()) == data


def test_a_full_disk_can_be_read(full: FullDisk, owner: User) -> None:
    data = varied_bytes(2**20 + 7)
    row = services.register(owner=owner, stored=services.store(data), kind="text", media_type="text/plain")
    client = KeyClient(owner)

    with full():
        assert client.get(f"/ipfs/{row.cid}").getvalue() == data
        assert client.post(f"/api/v1/contents/{row.cid}/verify").json()["intact"]
        # Nothing is written where the same bytes are there already.
        assert services.store(data).cid == row.cid
        assert block_store().get(cids.parse(row.cid))
