"""S3 on loopback: moto's server in a process of its own, and a proxy that is as slow and unreliable as it is told."""

import re
import select
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from typing import Any, Self
from urllib.parse import urlsplit

import boto3
from botocore.config import Config

from content.storage.bucket import Bucket, SharedS3Storage
from tests.support.children import die_with_parent

ACCESS_KEY, SECRET_KEY = "AKIAATELIEREXAMPLE", "vErYsEcReT/ofAtelier+inTheTestsOfS3aaaaa"
BUCKET = "atelier-content"
REGION = "us-east-1"

_PROGRAM = """
import logging, threading
from moto.server import ThreadedMotoServer
logging.getLogger("werkzeug").setLevel(logging.ERROR)
server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
server.start()
print(server.get_host_and_port()[1], flush=True)
threading.Event().wait()
"""
_REQUEST = re.compile(rb"^(GET|PUT|HEAD|POST|DELETE) (\S+) HTTP/1\.1\r\n")


class ObjectStorage:
    """The server; it ends with `stop`, or with this process."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", _PROGRAM],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            preexec_fn=die_with_parent(),
        )
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError("moto's server did not start")
        self.url = f"http://127.0.0.1:{int(line)}"

    def client(self, service: str = "s3") -> Any:
        """A client of the service's own, beside Atelier's."""
        return boto3.client(
            service,
            endpoint_url=self.url,
            region_name=REGION,
            aws_access_key_id=ACCESS_KEY,
            aws_secret_access_key=SECRET_KEY,
            config=Config(retries={"total_max_attempts": 1}),
        )

    def reset(self) -> None:
        """Nothing but an empty bucket."""
        client = self.client()
        names = [bucket["Name"] for bucket in client.list_buckets()["Buckets"]]
        for name in names:
            for page in client.get_paginator("list_objects_v2").paginate(Bucket=name):
                for each in page.get("Contents", ()):
                    client.delete_object(Bucket=name, Key=each["Key"])
        if BUCKET not in names:
            client.create_bucket(Bucket=BUCKET)

    def objects(self, prefix: str = "") -> dict[str, bytes]:
        """Every object below `prefix`, by its key."""
        client = self.client()
        pages = client.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix=prefix)
        keys = [each["Key"] for page in pages for each in page.get("Contents", ())]
        return {key: client.get_object(Bucket=BUCKET, Key=key)["Body"].read() for key in keys}

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(timeout=20)
        assert self._process.stdout is not None
        self._process.stdout.close()


def options(url: str, **changed: Any) -> dict[str, Any]:
    """Options of `SharedS3Storage` for the bucket at `url`."""
    return {
        "bucket_name": BUCKET,
        "location": "atelier/",
        "endpoint_url": url,
        "region_name": REGION,
        "addressing_style": "auto",
        "access_key": ACCESS_KEY,
        "secret_key": SECRET_KEY,
        "timeout": 20,
        "querystring_expire": 60,
        **changed,
    }


def set_up(settings: Any, url: str, **changed: Any) -> None:
    """Let the settings of a test name the bucket at `url`."""
    entry = {"BACKEND": "content.storage.bucket.SharedS3Storage", "OPTIONS": options(url, **changed)}
    settings.STORAGES = {**settings.STORAGES, "blocks": entry, "signed-urls": entry}


def bucket(url: str, **changed: Any) -> Bucket:
    """The bucket at `url`."""
    return Bucket(SharedS3Storage(**options(url, **changed)))


class Proxy:
    """Passes connections on to `target` (a URL on loopback), a thread for each; `requests` are those that came.

    `refuse`: connections are closed at once. `stall`: requests arrive and nothing comes back. `cut_after`: of each of
    the next `cuts` answers only so many bytes come back. `answer`: what requests are answered instead whose
    line begins with `answer_to`. `refuse_after`: once so many requests came, `refuse` is set.
    """

    def __init__(self, target: str) -> None:
        self._target = urlsplit(target).port or 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._closing = threading.Event()
        self._lock = threading.Lock()
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.requests: list[tuple[str, str]] = []
        self.refuse = self.stall = False
        self.cut_after, self.cuts = 0, 0
        self.answer: bytes | None = None
        self.answer_to = ""
        self.refuse_after = 0
        self._thread = threading.Thread(target=self._accept, name="proxy")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.set()
        self._thread.join()
        self._listener.close()

    def count(self, method: str) -> int:
        """How many requests of this method came."""
        return sum(each[0] == method for each in self.requests)

    def _accept(self) -> None:
        threads = []
        while not self._closing.is_set():
            if not select.select([self._listener], [], [], 0.02)[0]:
                continue
            near, _ = self._listener.accept()
            threads.append(threading.Thread(target=self._serve, args=(near,), name="proxied"))
            threads[-1].start()
        for thread in threads:
            thread.join()

    def _serve(self, near: socket.socket) -> None:
        with near:
            if self.refuse:
                return
            with socket.create_connection(("127.0.0.1", self._target)) as far:
                try:
                    self._pass(near, far)
                except OSError:  # either end has gone
                    return

    def _pass(self, near: socket.socket, far: socket.socket) -> None:
        left: int | None = None
        for side in self._readable(near, far):
            data = side.recv(65536)
            if not data:
                return
            if side is near:
                new = self._note(data)
                left = self._limit_of_answer() if new else left
                if self.refuse:
                    return
                if new and self.answer is not None and data.startswith(self.answer_to.encode()):
                    near.sendall(self.answer)
                    return
                if not self.stall:
                    far.sendall(data)
            elif left is None:
                near.sendall(data)
            else:
                near.sendall(data[:left])
                left -= len(data[:left])
                if not left:
                    return

    def _readable(self, near: socket.socket, far: socket.socket) -> Iterator[socket.socket]:
        while not self._closing.is_set():
            yield from select.select([near, far], [], [], 0.02)[0]

    def _note(self, data: bytes) -> bool:
        match = _REQUEST.match(data)
        if match:
            with self._lock:
                self.requests.append((match[1].decode(), match[2].decode()))
                self.refuse |= len(self.requests) == self.refuse_after
        return match is not None

    def _limit_of_answer(self) -> int | None:
        with self._lock:
            if not self.cuts:
                return None
            self.cuts -= 1
            return self.cut_after
