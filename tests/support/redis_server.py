"""A private Redis for tests: a unix socket, nothing on disk, so that whoever stops it empties it."""

import subprocess
import time
from pathlib import Path

import redis

from common.embedded_redis import prepare_folder, server_command
from tests.support.children import die_with_parent

_SECONDS_TO_START = 120.0


class PrivateRedis:
    """One server on a socket in `folder`; `url` is its REDIS_URL. `start` and `kill` as often as wanted."""

    def __init__(self, folder: Path) -> None:
        self.socket = folder / "redis" / "redis.sock"
        self.url = f"unix://{self.socket}"
        self._log = folder / "redis.log"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Run, and wait until it answers."""
        prepare_folder(self.socket)
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                server_command(self.socket),
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                preexec_fn=die_with_parent(),
            )
        deadline = time.monotonic() + _SECONDS_TO_START
        with self.client() as client:
            while True:
                try:
                    client.ping()
                    return
                except redis.ConnectionError:
                    if self._process.poll() is not None or time.monotonic() > deadline:
                        raise RuntimeError(f"redis-server did not start: {self._log.read_text()}") from None
                    time.sleep(0.01)

    def kill(self) -> None:
        """End it at once, with all that it holds."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def client(self) -> redis.Redis:
        """A client of it; whoever asks for it closes it."""
        return redis.Redis(unix_socket_path=str(self.socket))
