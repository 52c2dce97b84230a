"""An administrator in a real browser: a model is loaded, made the default, and given back to the settings."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.person import Person
from tests.support.processes import RunningAtelier

pytestmark = [pytest.mark.browser, pytest.mark.processes]

CHECKPOINTS = "/admin/generation/checkpoint/"


@pytest.fixture
def page(person: Person, atelier: RunningAtelier) -> Page:
    """The page of somebody who is an administrator now."""
    code = f"from accounts.models import User; User.objects.filter(username={person.name!r})"
    atelier.manage("shell", "--no-imports", "-c", f"{code}.update(is_staff=True, is_superuser=True)")
    return person.page


def act(page: Page, slug: str, action: str) -> Locator:
    """Choose a checkpoint and an action as people do; the row, on the page that follows."""
    page.goto(CHECKPOINTS)
    row = page.get_by_role("row").filter(has_text=slug)
    row.locator("input.action-select").check()
    page.locator("select[name=action]").select_option(label=action)
    page.get_by_role("button", name="Run").click()
    return row


def test_model_is_loaded_and_the_board_follows(page: Page) -> None:
    act(page, "demo-clip", "Load now")
    said = page.get_by_text(re.compile(r"demo-clip: worker-1\S* will load it, between two jobs\."))
    expect(said).to_be_visible()

    page.get_by_role("link", name="Workers").first.click()

    # No reload: htmx asks every two seconds.
    board = page.locator("#workers")
    expect(board).to_contain_text(re.compile(r"Load demo-clip\s+on worker-1\S*, .* ago:\s+done"))
    expect(board.get_by_role("row").filter(has_text="demo-clip")).to_contain_text("worker-1")
    act(page, "demo-clip", "Unload")
    page.goto("/admin/generation/job/workers/")
    expect(board).to_contain_text(re.compile(r"Unload demo-clip\s+on worker-1\S*, .* ago:\s+done"))


def test_default_says_who_chose_it(page: Page) -> None:
    row = act(page, "demo-t5-text", "Make default")
    expect(row).to_contain_text("chosen here")

    row = act(page, "demo-t5-text", "Default as the settings say")

    expect(row).to_contain_text("by the settings")
    expect(page.get_by_text("Text: demo-t5-text, as the settings say.")).to_be_visible()
