"""Every page: its largest contentful paint, and what moved on it by itself, in Chromium on this machine."""

from statistics import median
from typing import Any

from playwright.sync_api import Browser, sync_playwright

from benchmarks.figures import Figure
from tests.support.chromium import launch
from tests.support.filled_atelier import FilledAtelier
from tests.support.paint import MOST_LAYOUT_SHIFT, tell_largest_paint, tell_layout_shift
from tests.support.site_page import SitePage

ROUNDS = 5
MOST_SECONDS = 1.0
_SIZE: Any = {"width": 1280, "height": 900}
_TIMEOUT_SECONDS = 60


def run() -> list[Figure]:
    """Each page in a new browser context each time: nothing of ours is cached."""
    figures = []
    with FilledAtelier(rows=50) as atelier, sync_playwright() as playwright:
        browser = launch(playwright, timeout_seconds=_TIMEOUT_SECONDS)
        for page in atelier.pages:
            looks = [_look(atelier, browser, page) for _ in range(ROUNDS)]
            name = f"{page.viewer}: {page.path[:60]}"
            paint = median(seconds for seconds, _ in looks)
            shift = max(moved for _, moved in looks)
            figures.append(Figure("page", f"{name}: largest paint", paint, MOST_SECONDS, "s", 1.0))
            figures.append(Figure("page", f"{name}: layout shift", shift, MOST_LAYOUT_SHIFT, "", 1.0))
        browser.close()
    return figures


def _look(atelier: FilledAtelier, browser: Browser, page: SitePage) -> tuple[float, float]:
    """Seconds until the largest paint, and the layout shift, of one visit."""
    context = browser.new_context(base_url=atelier.base_url, viewport=_SIZE)
    context.add_cookies(atelier.cookies_of(page.viewer))
    shown = context.new_page()
    shown.goto(page.path)
    shown.wait_for_load_state("networkidle")
    measured = tell_largest_paint(shown), tell_layout_shift(shown)
    context.close()
    return measured
