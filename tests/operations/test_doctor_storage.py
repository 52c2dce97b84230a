"""What `manage.py doctor` says of the bucket, having tried it."""

from pathlib import Path
from typing import Any

import pytest

from content.storage import cids
from content.storage.blocks import DiskStore
from operations.doctor_storage import examine_storage
from operations.findings import Finding, Verdict
from tests.support.object_storage import SECRET_KEY, ObjectStorage, Proxy, set_up


@pytest.fixture(autouse=True)
def blocks_dir(settings: Any, tmp_path: Path) -> Path:
    settings.BLOCKS_DIR = tmp_path / "blocks"
    return tmp_path / "blocks"


def only_finding() -> Finding:
    (finding,) = examine_storage()
    assert SECRET_KEY not in repr(finding)
    return finding


def test_without_a_bucket(blocks_dir: Path) -> None:
    finding = only_finding()

    assert (finding.verdict, finding.detail) == (Verdict.OFF, f"content lies in {blocks_dir}")


def test_bucket_that_works_is_left_as_it_was(object_storage: ObjectStorage, settings: Any) -> None:
    set_up(settings, object_storage.url)

    finding = only_finding()

    assert (finding.verdict, finding.detail) == (
        Verdict.OK,
        "atelier-content: can write, read, list and delete",
    )
    assert object_storage.objects() == {}


def test_missing_bucket(object_storage: ObjectStorage, settings: Any) -> None:
    set_up(settings, object_storage.url, bucket_name="nobody-made-this")

    finding = only_finding()

    assert finding.verdict is Verdict.FAIL
    assert finding.detail == "nobody-made-this: cannot write (PutObject: 404 NoSuchBucket)"
    assert finding.fix.startswith("Make the bucket")


@pytest.mark.parametrize(
    ("method", "verb"), [("PUT", "write"), ("GET", "read"), ("GET /atelier-content?", "list"), ("DELETE", "delete")]
)
def test_what_the_key_may_not(object_storage: ObjectStorage, settings: Any, method: str, verb: str) -> None:
    body = b"<Error><Code>AccessDenied</Code></Error>"
    refusal = b"HTTP/1.1 403 No\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)
    with Proxy(object_storage.url) as proxy:
        proxy.answer, proxy.answer_to = refusal, method
        set_up(settings, proxy.url)

        finding = only_finding()

    assert finding.verdict is Verdict.FAIL
    assert f": cannot {verb} (" in finding.detail
    assert "s3:DeleteObject" in finding.fix


def test_storage_that_is_away(object_storage: ObjectStorage, settings: Any) -> None:
    with Proxy(object_storage.url) as gone:
        pass
    set_up(settings, gone.url)

    finding = only_finding()

    assert (finding.verdict, finding.fix) == (
        Verdict.FAIL,
        "Start the storage, or correct S3_ENDPOINT_URL and S3_REGION.",
    )


def test_blocks_that_were_left_on_the_disk(object_storage: ObjectStorage, settings: Any, blocks_dir: Path) -> None:
    set_up(settings, object_storage.url)
    DiskStore(blocks_dir).put(cids.of_block(b"left", cids.RAW), b"left")

    works, left = examine_storage()

    assert (works.verdict, left.verdict) == (Verdict.OK, Verdict.WARN)
    assert "manage.py content move --to s3" in left.fix
