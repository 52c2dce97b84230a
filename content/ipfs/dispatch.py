"""The housekeeper's part: works off what is to be pinned and unpinned, for as long as it runs."""

import logging
import threading
import time

from django.conf import settings
from django.db import connections

from content.ipfs import pins
from content.ipfs.errors import NodeAway, NodeRefused

logger = logging.getLogger(__name__)

# Files given to the node at once by this process: a long one delays no short one.
THREADS = 2
_POLL_SECONDS = 1.0
_SWEEP_SECONDS = 300.0
# While the node is away, one question after each pause; files are not tried.
_AWAY_SECONDS = 2.0
_LONGEST_AWAY_SECONDS = 15.0
_STOP_SECONDS = 8.0


class PinDispatcher:
    """Keeps the IPFS node of the settings as the rows of public content say; does nothing where there is none."""

    def run(self, stopping: threading.Event) -> None:
        """Return when `stopping` is set: at once, or when the node answered what it was asked, if it does so soon."""
        if not settings.IPFS_API:
            return
        # Daemons: a node that is silent must not keep the process. What they were at, the next process finds.
        threads = [
            threading.Thread(target=self._work_off, args=(stopping, index == 0), name=f"pins-{index}", daemon=True)
            for index in range(THREADS)
        ]
        for thread in threads:
            thread.start()
        stopping.wait()
        deadline = time.monotonic() + _STOP_SECONDS
        for thread in threads:
            thread.join(max(0.0, deadline - time.monotonic()))

    def _work_off(self, stopping: threading.Event, sweeps: bool) -> None:
        # Imported here: a process without a node shall not have its client in memory.
        from content.ipfs.node import ipfs_node
        from content.ipfs.work import work

        node = ipfs_node()
        if node is None:
            return
        sweep_at, pause, away = time.monotonic(), 0.0, 0.0
        while not stopping.wait(pause):
            try:
                if away:
                    node.version()
                    away = 0.0
                    logger.info("The IPFS node answers again")
                if sweeps and time.monotonic() >= sweep_at:
                    sweep_at = time.monotonic() + _SWEEP_SECONDS
                    pins.sweep()
                claimed = pins.claim()
                if claimed is not None:
                    work(claimed, node=node, stopping=stopping)
                pause = _POLL_SECONDS if claimed is None else 0.0
            except (NodeAway, NodeRefused) as error:
                logger.warning("Pinning waits: %s", error.message)
                pause = away = min(2 * away or _AWAY_SECONDS, _LONGEST_AWAY_SECONDS)
            except Exception:  # The database may be back at the next look; a claim ends by itself.
                logger.exception("A round of pinning failed")
                pause = _POLL_SECONDS
            finally:
                connections.close_all()
