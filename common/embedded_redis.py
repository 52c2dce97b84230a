"""Where the embedded Redis listens. The process itself is supervised by `manage.py start`."""

import hashlib
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
