"""Every page in a real browser: axe-core finds no serious fault in it, it fits, and nothing in it moves by itself."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.person import PATIENCE_SECONDS
from tests.support.filled_atelier import FilledAtelier
from tests.support.paint import MOST_LAYOUT_SHIFT, tell_layout_shift
from tests.support.site_page import Viewer

pytestmark = [pytest.mark.browser, pytest.mark.processes]

# Both schemes, since contrast differs, and both widths, since pages are laid out anew.
LOOKS = [("light", 1280), ("dark", 360)]
SERIOUS = {"serious", "critical"}
# What we cannot reach: (rule, beginning of the address, part of the selector) → why.
OTHERS = {
    ("color-contrast", "/api/docs", ""): "Swagger UI's colours",
    ("nested-interactive", "/api/docs", ""): "Swagger UI's rows are buttons with buttons within",
    ("aria-prohibited-attr", "/admin/", ".help-tooltip"): "a script of Django names a span",
}


@pytest.fixture(scope="module")
def filled() -> Iterator[FilledAtelier]:
    with FilledAtelier(rows=5) as running:
        yield running


@pytest.fixture
def open_page(filled: FilledAtelier, chromium: Browser) -> Iterator[Callable[..., Page]]:
    """Opens an empty page of a viewer, in a scheme and a window of a width."""
    contexts: list[BrowserContext] = []

    def open_one(viewer: Viewer, scheme: Any, width: int) -> Page:
        size: Any = {"width": width, "height": 900}
        context = chromium.new_context(base_url=filled.base_url, viewport=size, color_scheme=scheme)
        context.set_default_timeout(PATIENCE_SECONDS * 1000)
        context.add_cookies(filled.cookies_of(viewer))
        contexts.append(context)
        return context.new_page()

    yield open_one
    for context in contexts:
        context.close()


def faults(page: Page) -> list[str]:
    """What axe-core finds on the page as it is, with everything unfolded that can be."""
    page.evaluate("document.querySelectorAll('main details').forEach((part) => { part.open = true; })")
    address = page.url.partition("//")[2].partition("/")[2]
    return [
        f"/{address}: {found['id']} ({found['impact']}): {' '.join(map(str, node['target']))}: {node['failureSummary']}"
        for found in Axe().run(page).response["violations"]
        for node in found["nodes"]
        if found["impact"] in SERIOUS and not is_others(found["id"], f"/{address}", str(node["target"]))
    ]


def is_others(rule: str, path: str, target: str) -> bool:
    return any(rule == known and path.startswith(start) and part in target for known, start, part in OTHERS)


@pytest.mark.parametrize(("scheme", "width"), LOOKS)
@pytest.mark.parametrize("viewer", list(Viewer))
def test_page_has_no_serious_fault_fits_and_stands_still(
    filled: FilledAtelier, open_page: Callable[..., Page], viewer: Viewer, scheme: str, width: int
) -> None:
    page = open_page(viewer, scheme, width)
    found = []

    for visited in filled.pages:
        if visited.viewer is not viewer:
            continue
        answer = page.goto(visited.path)
        assert answer is not None
        assert answer.status == visited.status, visited
        page.wait_for_load_state("networkidle")
        if (shift := tell_layout_shift(page)) > MOST_LAYOUT_SHIFT:
            found.append(f"{visited.path}: layout shift {shift:.3f}")
        if (needed := page.evaluate("document.documentElement.scrollWidth")) > width:
            found.append(f"{visited.path}: {needed} px wide")
        found += faults(page)

    assert found == [], "\n".join(found)


@pytest.mark.parametrize(("scheme", "width"), LOOKS)
def test_page_of_the_setup_link_has_no_serious_fault(
    filled: FilledAtelier, open_page: Callable[..., Page], scheme: str, width: int
) -> None:
    page = open_page(Viewer.NOBODY, scheme, width)
    try:
        page.goto(filled.open_setup())
        expect(page.locator("[name=password1]")).to_be_visible()

        assert faults(page) == []
    finally:
        filled.close_setup()


def make_key(page: Page) -> None:
    page.goto("/account/keys")
    page.get_by_label("What is it for?").fill("shown once")
    page.get_by_role("button", name="Make key").click()
    expect(page.get_by_role("status").locator("code")).to_be_visible()


def open_menu(page: Page) -> None:
    page.goto("/account")
    page.locator(".menu > summary").click()
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()


def choose_pieces(page: Page) -> None:
    page.goto("/gallery")
    page.locator(".tile-pick").first.check()
    expect(page.get_by_role("button", name="Publish")).to_be_visible()


def ask_before(action: str) -> Callable[[Page], None]:
    def ask(page: Page) -> None:
        choose_pieces(page)
        page.get_by_role("button", name=action, exact=True).click()
        expect(page.get_by_role("dialog")).to_be_visible()

    return ask


def refuse_sign_in(page: Page) -> None:
    page.context.clear_cookies()
    page.goto("/accounts/login/")
    page.locator("[name=login]").fill("nobody-of-this-name")
    page.locator("[name=password]").fill("not a password")
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    expect(page.locator(".form-errors")).to_be_visible()


STEPS = [make_key, open_menu, choose_pieces, ask_before("Publish"), ask_before("Tag"), refuse_sign_in]


@pytest.mark.parametrize(("scheme", "width"), LOOKS)
def test_page_in_the_middle_of_something_has_no_serious_fault(
    open_page: Callable[..., Page], scheme: str, width: int
) -> None:
    page = open_page(Viewer.PERSON, scheme, width)
    found = []

    for step in STEPS:
        step(page)
        found += faults(page)

    assert found == [], "\n".join(found)
