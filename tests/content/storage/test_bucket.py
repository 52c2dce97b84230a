"""A bucket that is away, slow, full, or refuses: what is tried again, what comes of it, and that no secret is told."""

import hashlib
import json
import logging
import time
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
import requests

from content.errors import StorageFull, StorageUnavailable
from content.storage.bucket import Bucket
from tests.support.object_storage import ACCESS_KEY, BUCKET, SECRET_KEY, ObjectStorage, Proxy, bucket
from tests.support.samples import varied_bytes

DATA = varied_bytes(300_000)
SHA256 = hashlib.sha256(DATA).digest()


@pytest.fixture
def proxy(object_storage: ObjectStorage) -> Iterator[Proxy]:
    with Proxy(object_storage.url) as between:
        yield between


@pytest.fixture
def seen(proxy: Proxy) -> Bucket:
    """The bucket behind the proxy."""
    return bucket(proxy.url)


def refusal(status: int, code: str) -> bytes:
    """As S3 refuses."""
    body = f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>No.</Message></Error>".encode()
    head = f"HTTP/1.1 {status} No\r\nContent-Type: application/xml\r\nContent-Length: {len(body)}\r\nConnection: close"
    return head.encode() + b"\r\n\r\n" + body


def cause_of(seen: Bucket, *, put: bool = False) -> str:
    use = partial(seen.put, "one", DATA, sha256=SHA256) if put else partial(seen.get, "one", limit=2**20)
    with pytest.raises(StorageUnavailable) as raised:
        use()
    error = raised.value
    assert (error.status, error.retryable, error.code) == (503, True, "storage_unavailable")
    assert (
        error.message == "The storage that keeps content cannot be used right now. Nothing was lost: try again shortly."
    )
    assert error.__cause__ is None
    return error.cause


def test_answer_that_breaks_off_is_asked_for_again(seen: Bucket, proxy: Proxy) -> None:
    seen.put("one", DATA, sha256=SHA256)
    proxy.requests.clear()
    proxy.cut_after, proxy.cuts = 100_000, 2

    assert seen.get("one", limit=2**20) == DATA

    assert proxy.count("GET") == 3


def test_answer_that_always_breaks_off(seen: Bucket, proxy: Proxy) -> None:
    seen.put("one", DATA, sha256=SHA256)
    proxy.requests.clear()
    proxy.cut_after, proxy.cuts = 100_000, 100

    assert cause_of(seen).startswith("GetObject: ")

    assert proxy.count("GET") == 3


def test_connection_that_breaks_in_the_middle_of_a_put(seen: Bucket, proxy: Proxy) -> None:
    proxy.cut_after, proxy.cuts = 10, 1

    seen.put("one", DATA, sha256=SHA256)

    assert seen.get("one", limit=2**20) == DATA


def test_storage_that_is_away(seen: Bucket, proxy: Proxy) -> None:
    proxy.refuse = True

    assert cause_of(seen) == "GetObject: ConnectionClosedError"
    assert cause_of(seen, put=True) == "PutObject: ConnectionClosedError"


def test_nobody_listens(object_storage: ObjectStorage) -> None:
    with Proxy(object_storage.url) as gone:
        pass

    assert cause_of(bucket(gone.url)) == "GetObject: EndpointConnectionError"


def test_storage_that_does_not_answer_in_time(proxy: Proxy) -> None:
    proxy.stall = True
    began = time.monotonic()

    assert cause_of(bucket(proxy.url, timeout=1)) == "GetObject: ReadTimeoutError"

    assert proxy.count("GET") == 3
    assert time.monotonic() - began >= 3


@pytest.mark.parametrize(("status", "code"), [(503, "SlowDown"), (500, "InternalError"), (429, "TooManyRequests")])
def test_what_passes_is_tried_again(seen: Bucket, proxy: Proxy, status: int, code: str) -> None:
    proxy.answer = refusal(status, code)

    assert cause_of(seen) == f"GetObject: {status} {code}"

    assert proxy.count("GET") == 3


@pytest.mark.parametrize(("status", "code"), [(403, "AccessDenied"), (400, "BadDigest"), (501, "NotImplemented")])
def test_what_stays_is_not_tried_again(seen: Bucket, proxy: Proxy, status: int, code: str) -> None:
    proxy.answer = refusal(status, code)

    assert cause_of(seen, put=True) == f"PutObject: {status} {code}"

    assert proxy.count("PUT") == 1


@pytest.mark.parametrize(("status", "code"), [(507, "InsufficientStorage"), (403, "QuotaExceeded")])
def test_full_storage(seen: Bucket, proxy: Proxy, status: int, code: str) -> None:
    proxy.answer = refusal(status, code)

    with pytest.raises(StorageFull):
        seen.put("one", DATA, sha256=SHA256)

    assert proxy.count("PUT") == 1


def test_missing_bucket_is_no_missing_object(object_storage: ObjectStorage) -> None:
    absent = bucket(object_storage.url, bucket_name="nobody-made-this")

    assert cause_of(absent) == "GetObject: 404 NoSuchBucket"
    assert cause_of(absent, put=True) == "PutObject: 404 NoSuchBucket"


def test_missing_object(object_storage: ObjectStorage) -> None:
    empty = bucket(object_storage.url)

    assert empty.get("one", limit=10) is None
    assert empty.head("one") is None
    assert not empty.copy("one", "two")
    empty.delete("one")


def test_times_are_by_our_clock(object_storage: ObjectStorage, monkeypatch: pytest.MonkeyPatch) -> None:
    seen, now = bucket(object_storage.url), time.time
    seen.put("one", b"", sha256=hashlib.sha256(b"").digest())
    monkeypatch.setattr("content.storage.bucket.time.time", lambda: now() - 600)

    head = seen.head("one")
    (entry,) = next(seen.pages(""))

    assert head is not None
    assert head.written_at == pytest.approx(now() - 600, abs=30)
    assert entry.written_at == pytest.approx(now() - 600, abs=30)


# ---- credentials ----------------------------------------------------------------------------------------------------


@pytest.fixture
def guarded(object_storage: ObjectStorage) -> Iterator[dict[str, str]]:
    """The server checks signatures; yields a key that may write, read and list, and may not delete."""
    iam = object_storage.client("iam")
    iam.create_user(UserName="atelier")
    allowed = ["s3:PutObject", "s3:GetObject", "s3:ListBucket"]
    document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": allowed, "Resource": "*"}]}
    iam.put_user_policy(UserName="atelier", PolicyName="some", PolicyDocument=json.dumps(document))
    key = iam.create_access_key(UserName="atelier")["AccessKey"]
    reset = f"{object_storage.url}/moto-api/reset-auth"
    before = requests.post(reset, data="0", timeout=20).json()["PREVIOUS_INITIAL_NO_AUTH_ACTION_COUNT"]
    yield {"access_key": key["AccessKeyId"], "secret_key": key["SecretAccessKey"]}
    requests.post(reset, data=str(before), timeout=20)
    iam.delete_access_key(UserName="atelier", AccessKeyId=key["AccessKeyId"])
    iam.delete_user_policy(UserName="atelier", PolicyName="some")
    iam.delete_user(UserName="atelier")


def test_credentials(object_storage: ObjectStorage, guarded: dict[str, str]) -> None:
    right = bucket(object_storage.url, **guarded)
    right.put("one", DATA, sha256=SHA256)
    assert right.get("one", limit=2**20) == DATA

    assert cause_of(bucket(object_storage.url)) == "GetObject: 403 InvalidAccessKeyId"
    wrong = bucket(object_storage.url, access_key=guarded["access_key"])
    assert cause_of(wrong) == "GetObject: 403 SignatureDoesNotMatch"
    with pytest.raises(StorageUnavailable) as raised:
        right.delete("one")
    assert raised.value.cause == "DeleteObject: 403 AccessDenied"


def test_no_secret_is_told(
    object_storage: ObjectStorage,
    guarded: dict[str, str],
    proxy: Proxy,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
    settings: Any,
) -> None:
    secrets = [guarded["secret_key"], SECRET_KEY]
    with caplog.at_level(logging.DEBUG), caplog.filtering(_of_atelier(settings)):
        for options in (guarded, {}, {"access_key": guarded["access_key"]}, {"bucket_name": "nobody-made-this"}):
            seen = bucket(proxy.url, **options)
            for use in (seen.delete, seen.head, lambda name, seen=seen: seen.put(name, DATA, sha256=SHA256)):
                try:
                    use("one")
                except StorageUnavailable as error:
                    logging.getLogger("content").exception("It went wrong")
                    secrets_in = [secret for secret in secrets if secret in repr(error) + str(vars(error))]
                    assert secrets_in == []

    told = caplog.text + "".join(capfd.readouterr())
    assert "AccessDenied" in told
    assert not [secret for secret in secrets if secret in told]
    assert "AWS4-HMAC-SHA256" not in told
    assert "Signature=" not in told


def _of_atelier(settings: Any) -> logging.Filter:
    """Lets through what Atelier's levels let through: the loggers of libraries are capped there."""
    caps = {
        name: logging.getLevelName(options["level"])
        for name, options in settings.LOGGING["loggers"].items()
        if "level" in options
    }

    class Capped(logging.Filter):
        def filter(self, record: logging.LogRecord) -> bool:
            levels = [level for name, level in caps.items() if f"{record.name}.".startswith(f"{name}.")]
            return record.levelno >= max(levels, default=0)

    return Capped()


def test_signed_url_of_a_bucket_without_credentials(
    object_storage: ObjectStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {
        "AWS_SHARED_CREDENTIALS_FILE": "/nonexistent/credentials",
        "AWS_CONFIG_FILE": "/nonexistent/config",
        "AWS_EC2_METADATA_DISABLED": "true",
    }.items():
        monkeypatch.setenv(name, value)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    bare = bucket(object_storage.url, access_key=None, secret_key=None)

    with pytest.raises(StorageUnavailable) as raised:
        bare.signed_url("one")

    assert raised.value.cause == "sign: NoCredentialsError"
    assert cause_of(bare) == "GetObject: NoCredentialsError"


def test_keys_of_other_services_are_not_mixed_in(
    object_storage: ObjectStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAOFBEDROCK")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "of-bedrock")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "token-of-bedrock")

    url = bucket(object_storage.url).signed_url("one")

    assert f"X-Amz-Credential={ACCESS_KEY}%2F" in url
    assert "token-of-bedrock" not in url
    assert f"/{BUCKET}/atelier/one?" in url
