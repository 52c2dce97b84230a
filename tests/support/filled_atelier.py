"""A running Atelier in which everybody has something of everything, and the sessions of those who look at it."""

import json
from typing import Any, Self

from tests.support.processes import RunningAtelier, wait_until
from tests.support.site_page import SitePage, Viewer

_SECONDS_TO_ANSWER = 400.0


class FilledAtelier(RunningAtelier):
    """Without workers of its own, so that rows stay as they are. `pages` are all pages of it."""

    def __init__(self, rows: int) -> None:
        super().__init__(environment={"WORKERS": "0"})
        self._rows = rows

    def start(self, *, wait: bool = True) -> Self:
        super().start(wait=False)
        wait_until(self.is_answering, seconds=_SECONDS_TO_ANSWER, what="the first answer", every=0.25)
        told = json.loads(self._ask(f"tell_filled({self._rows})"))
        self.pages = [SitePage(**{**page, "viewer": Viewer(page["viewer"])}) for page in told["pages"]]
        self._sessions: dict[str, str] = told["sessions"]
        return self

    def cookies_of(self, viewer: Viewer) -> list[Any]:
        """What a browser of the viewer holds, for Playwright's `add_cookies`."""
        session = self._sessions.get(viewer)
        return [{"name": "sessionid", "value": session, "url": self.base_url}] if session else []

    def open_setup(self) -> str:
        """The address of the page that makes the first administrator; until `close_setup`, there is none."""
        return self._ask(f"tell_setup_link({self.base_url!r})")

    def close_setup(self) -> None:
        """The administrator is back."""
        self._ask("restore_administrator()")

    def _ask(self, call: str) -> str:
        code = f"from tests.support import every_page; print(every_page.{call})"
        return self.manage("shell", "--no-imports", "-c", code).stdout.strip().splitlines()[-1]
