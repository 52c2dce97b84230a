"""What a browser measured of a page: when its largest part was painted, and what moved without anybody's doing."""

from playwright.sync_api import Page

# Cumulative layout shift (web.dev/cls), of what people did not cause.
MOST_LAYOUT_SHIFT = 0.05

_SCRIPT = """(type) => new Promise((done) => {
    const found = [];
    const add = (list) => found.push(...list.getEntries());
    new PerformanceObserver(add).observe({ type, buffered: true });
    const fields = ({ startTime, value, hadRecentInput }) => ({ startTime, value, hadRecentInput });
    setTimeout(() => done(found.map(fields)), 200);
})"""


def tell_layout_shift(page: Page) -> float:
    """The sum of what moved since the page began."""
    return float(sum(entry["value"] for entry in page.evaluate(_SCRIPT, "layout-shift") if not entry["hadRecentInput"]))


def tell_largest_paint(page: Page) -> float:
    """Seconds from the beginning of the page's navigation until its largest part was painted."""
    return float(max(entry["startTime"] for entry in page.evaluate(_SCRIPT, "largest-contentful-paint"))) / 1000
