"""A bucket of S3-compatible storage: few requests, each tried again where that helps, and failures as sentences.

django-storages knows how such a bucket is reached and how URLs are signed. Objects are read and written by its client
directly: its files ask for an object's size before they read it, and hand every write to threads of their own.
"""

import base64
import logging
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from functools import cached_property, partial
from typing import Any, TypeVar

import stamina
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionError,
    HTTPClientError,
    IncompleteReadError,
    SSLError,
)
from storages.backends.s3 import S3Storage

from content.errors import StorageFull, StorageUnavailable

logger = logging.getLogger(__name__)

T = TypeVar("T")
_TRIES = 3
_CONNECT_SECONDS = 5
_CONNECTIONS = 32
# S3's codes that come with a status below 500, and pass.
_PASSING_CODES = frozenset({"RequestTimeout", "SlowDown", "Throttling", "ThrottlingException", "TooManyRequests"})
_PASSING_STATUSES = frozenset({429, 500, 502, 503, 504})
_NO_ROOM_CODES = frozenset({"QuotaExceeded", "XMinioStorageFull", "InsufficientStorage"})
_NO_ROOM_STATUS = 507


class SharedS3Storage(S3Storage):
    """S3 as django-storages reaches it, with one client for all threads: a thread's own would cost 50 ms each.

    `timeout` is how many seconds an answer, or the next piece of one, may take.
    """

    def __init__(self, *, timeout: float, addressing_style: str, **options: Any) -> None:
        config = Config(
            signature_version="s3v4",
            # The signed hash of a body is checked by every such service, and nobody's extension of the protocol.
            s3={"addressing_style": addressing_style, "payload_signing_enabled": True},
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
            connect_timeout=min(timeout, _CONNECT_SECONDS),
            read_timeout=timeout,
            # `Bucket` tries again, reading included.
            retries={"total_max_attempts": 1, "mode": "standard"},
            max_pool_connections=_CONNECTIONS,
        )
        super().__init__(security_token=None, client_config=config, **options)

    @cached_property
    def connection(self) -> Any:
        """The one connection. Only its client is used, which threads may share."""
        return super().connection

    @property
    def client(self) -> Any:
        """botocore's client."""
        return self.connection.meta.client


@dataclass(frozen=True, slots=True)
class Entry:
    """An object: its name, and when it was last written, in seconds since the epoch by our clock.

    S3 counts in whole seconds: it was written less than a second after `written_at`.
    """

    name: str
    written_at: float


@dataclass(frozen=True, slots=True)
class Head:
    """What the storage says of an object; `sha256` where it was told to check it and did."""

    written_at: float
    sha256: bytes | None


class Bucket:
    """Objects in a bucket, by names below `S3_PREFIX`. Threads may share it.

    Each method raises `StorageUnavailable` where the storage is away or refuses, after tries where these may help.
    """

    def __init__(self, storage: SharedS3Storage) -> None:
        self._storage = storage
        self.name: str = storage.bucket_name
        self._prefix: str = storage.location

    def put(self, name: str, data: bytes, *, sha256: bytes) -> None:
        """Write an object. What does not arrive with this hash is refused there. Raises `StorageFull`."""
        checksum = base64.b64encode(sha256).decode("ascii")
        self._ask(
            "PutObject",
            lambda: self._call("put_object", name, Body=data, ChecksumAlgorithm="SHA256", ChecksumSHA256=checksum),
        )

    def get(self, name: str, *, limit: int) -> bytes | None:
        """The first `limit` bytes of an object; None where there is none."""

        def read() -> bytes:
            data = bytearray()
            with closing(self._call("get_object", name)["Body"]) as body:
                # Only the read that finds the end finds out that the answer was cut short.
                while len(data) < limit and (piece := body.read(limit - len(data))):
                    data += piece
            return bytes(data)

        return self._ask_about("GetObject", read)

    def head(self, name: str) -> Head | None:
        """What is known of an object; None where there is none."""
        answer = self._ask_about("HeadObject", lambda: self._call("head_object", name, ChecksumMode="ENABLED"))
        if answer is None:
            return None
        checksum = answer.get("ChecksumSHA256")
        return Head(
            written_at=answer["LastModified"].timestamp() - _clock_ahead(answer),
            sha256=base64.b64decode(checksum) if checksum else None,
        )

    def copy(self, name: str, to: str) -> bool:
        """Copy an object within the bucket; whether there was one."""
        source = {"Bucket": self.name, "Key": f"{self._prefix}{name}"}
        done = self._ask_about("CopyObject", lambda: self._call("copy_object", to, CopySource=source))
        return done is not None

    def delete(self, name: str) -> None:
        """Remove an object, if there is one."""
        self._ask_about("DeleteObject", lambda: self._call("delete_object", name))

    def pages(self, folder: str, *, size: int = 1000) -> Iterator[list[Entry]]:
        """The objects below `folder`, in order of their names, `size` (1 to 1000) with each request."""
        more: dict[str, Any] = {}
        while True:
            answer = self._ask("ListObjectsV2", partial(self._list, folder, MaxKeys=size, **more))
            ahead = _clock_ahead(answer)
            yield [
                Entry(each["Key"][len(self._prefix) :], each["LastModified"].timestamp() - ahead)
                for each in answer.get("Contents", ())
            ]
            if not answer.get("IsTruncated"):
                return
            more = {"ContinuationToken": answer["NextContinuationToken"]}

    def signed_url(self, name: str, **headers: str) -> str:
        """A URL by which whoever has it reads the object, for `S3_SIGNED_URL_SECONDS`; nothing is asked.

        `headers` are those of the answer, as `ResponseContentType` and its like.
        """
        try:
            url: str = self._storage.url(name, parameters=headers)
        except BotoCoreError as error:  # no credentials
            raise _failure("sign", error) from None
        return url

    def _list(self, folder: str, **options: Any) -> Any:
        return self._storage.client.list_objects_v2(Bucket=self.name, Prefix=f"{self._prefix}{folder}", **options)

    def _call(self, operation: str, name: str, **options: Any) -> Any:
        return getattr(self._storage.client, operation)(Bucket=self.name, Key=f"{self._prefix}{name}", **options)

    def _ask_about(self, operation: str, call: Callable[[], T]) -> T | None:
        """`_ask`; None where there is no such object."""

        def ask() -> T | None:
            try:
                return call()
            except ClientError as error:
                # An answer to HEAD has no body that could say more than its status.
                if _code(error) in ("NoSuchKey", "404"):
                    return None
                raise

        return self._ask(operation, ask)

    def _ask(self, operation: str, call: Callable[[], T]) -> T:
        try:
            for attempt in stamina.retry_context(
                on=_passes, attempts=_TRIES, timeout=None, wait_initial=0.1, wait_jitter=0.1, wait_max=2.0
            ):
                with attempt:
                    return call()
        except (BotoCoreError, ClientError) as error:
            # Not the error itself, whose traceback shows what was signed.
            raise _failure(operation, error) from None
        raise AssertionError("stamina returns or raises")


def _passes(error: Exception) -> bool:
    """Whether the same request may succeed a moment later."""
    if isinstance(error, ClientError):
        return _status(error) in _PASSING_STATUSES or _code(error) in _PASSING_CODES
    if isinstance(error, SSLError):
        return False
    return isinstance(error, ConnectionError | HTTPClientError | IncompleteReadError)


def _failure(operation: str, error: BotoCoreError | ClientError) -> StorageFull | StorageUnavailable:
    if isinstance(error, ClientError):
        cause = f"{operation}: {_status(error)} {_code(error)}"
        if _status(error) == _NO_ROOM_STATUS or _code(error) in _NO_ROOM_CODES:
            logger.error("no room in the object storage (%s)", cause)
            return StorageFull()
    else:
        cause = f"{operation}: {type(error).__name__}"
    logger.error("the object storage cannot be used (%s)", cause)
    return StorageUnavailable(cause=cause)


def _status(error: ClientError) -> int:
    return int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))


def _clock_ahead(answer: Any) -> float:
    """By how many seconds the clock that dates objects is ahead of ours, to the second."""
    date = answer["ResponseMetadata"]["HTTPHeaders"].get("date")
    if not date:
        return 0.0
    ahead = parsedate_to_datetime(date).timestamp() - time.time()
    # Less is the way of the answer, and the second that the date is cut to.
    return ahead if abs(ahead) > 5 else 0.0
