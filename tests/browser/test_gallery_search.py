"""A search of the gallery that finds nothing for a while goes on by itself, and by links without JavaScript."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from content.scan import MOST_ENTRIES
from tests.browser.person import Person
from tests.support.processes import RunningAtelier

pytestmark = [pytest.mark.browser, pytest.mark.processes]

# The oldest has both words; of the others each has one, and looking at them takes three pages.
_FILL = f"""
from accounts.models import User
from content import terms
from content.models import Content
owner = User.objects.get(username="NAME")
both = Content.objects.create(owner=owner, cid="bafkreiboth", kind="text", size_bytes=1, prompt="red green")
rows = [
    Content(owner=owner, cid=f"bafkrei{{number}}", kind="text", size_bytes=1, prompt=("red", "green")[number % 2])
    for number in range({5 * MOST_ENTRIES})
]
Content.objects.bulk_create(rows, batch_size=500)
terms.Term.objects.bulk_create(
    [
        terms.Term(feed=owner.pk, name=name, created_at=row.created_at, content=row)
        for row in (both, *rows)
        for name in row.prompt.split()
    ],
    batch_size=500,
)
"""


def fill(atelier: RunningAtelier, person: Person) -> None:
    atelier.manage("shell", "-c", _FILL.replace("NAME", person.name))


def test_search_goes_on_by_itself_until_it_finds_something(atelier: RunningAtelier, person: Person) -> None:
    fill(atelier, person)
    page = person.page
    looking: list[str] = []
    page.on("request", lambda request: looking.append(request.url) if "cursor=" in request.url else None)

    page.goto("/gallery?q=red+green")

    expect(page.locator(".tile")).to_have_count(1)
    expect(page.locator(".tile-prompt")).to_have_text("red green")
    assert len(looking) >= 2


def test_search_goes_on_by_links_without_javascript(atelier: RunningAtelier, sign_up: Callable[..., Person]) -> None:
    person = sign_up(java_script_enabled=False)
    fill(atelier, person)
    page = person.page

    page.goto("/gallery?q=red+green")
    pages = 1
    while not page.locator(".tile").count():
        expect(page.get_by_text("Nothing found so far.")).to_be_visible()
        expect(page.get_by_text("Looking further…")).to_be_hidden()
        page.get_by_role("link", name="Older").click()
        pages += 1

    expect(page.locator(".tile-prompt")).to_have_text("red green")
    assert pages >= 3
