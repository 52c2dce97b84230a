"""`/docs`: the guides as pages."""

import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from django.contrib.staticfiles import finders
from django.test import Client
from django.utils.html import escape

from operations import guides
from tests.factories.accounts import UserFactory
from tests.support.pages import MOST_QUERIES, inline_code

pytestmark = pytest.mark.django_db

ROOT = Path(__file__).resolve().parents[2]
OPEN_GUIDES = [name for name in guides.GUIDES if name not in guides.STAFF_GUIDES]


@pytest.fixture
def staff() -> Client:
    client = Client()
    client.force_login(UserFactory(is_staff=True))
    return client


class Page(HTMLParser):
    """Ids, links and pictures of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.pictures: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        self.ids += [values["id"]] if "id" in values else []
        self.links += [values["href"]] if tag == "a" else []
        self.pictures += [values["src"]] if tag == "img" else []


def test_every_guide_of_the_folder_is_a_page() -> None:
    assert {path.stem for path in (ROOT / "docs").glob("*.md")} == set(guides.GUIDES)


def test_index_lists_what_the_reader_may_see(staff: Client) -> None:
    everybody, operators = Client().get("/docs").text, staff.get("/docs").text

    for name in OPEN_GUIDES:
        assert f'href="/docs/{name}"' in everybody
    assert "/docs/operators" not in everybody
    assert "/docs/operators" in operators
    assert 'href="/api/docs"' in everybody


@pytest.mark.parametrize("name", guides.GUIDES)
def test_guide_is_whole_and_every_link_leads_somewhere(name: str, staff: Client) -> None:
    answer = staff.get(f"/docs/{name}")
    page = Page(answer.text)

    assert answer.status_code == 200
    assert inline_code(answer.text) == []
    title = (ROOT / "docs" / f"{name}.md").read_text().splitlines()[0].removeprefix("# ")
    assert f"<h1>{escape(title)}</h1>" in answer.text
    assert len(page.ids) == len(set(page.ids))
    for link in page.links:
        if link.startswith("#"):
            assert link[1:] in page.ids
        elif link.startswith("/docs/"):
            path, _, anchor = link.partition("#")
            other = staff.get(path)
            assert other.status_code == 200, link
            assert not anchor or anchor in Page(other.text).ids, link
        else:
            assert link.startswith(("/", "https://")), link
    for picture in page.pictures:
        if "docs/" in picture:
            assert finders.find(picture.removeprefix("/static/")), picture


@pytest.mark.parametrize("name", OPEN_GUIDES)
def test_guide_of_users_names_no_page_of_staff(name: str) -> None:
    page = Client().get(f"/docs/{name}")

    assert page.status_code == 200
    assert "/docs/operators" not in page.text


@pytest.mark.parametrize("name", ["operators", "no-such", "../README", "adr", "guide.md", "Guide", "%2e%2e"])
def test_other_names_are_no_guides(name: str) -> None:
    assert Client().get(f"/docs/{name}").status_code == 404


def test_code_and_tables_scroll_by_themselves_and_by_keyboard() -> None:
    page = Client().get("/docs/api").text

    assert page.count("<pre>") == page.count('<div class="code-block" tabindex="0"')
    assert page.count("<table>") == page.count('<div class="table-scroll" tabindex="0"')
    assert "style=" not in page


def test_page_is_rendered_once_and_costs_few_queries(django_assert_max_num_queries: Any) -> None:
    guides.render.cache_clear()
    Client().get("/docs/api")

    with django_assert_max_num_queries(MOST_QUERIES):
        Client().get("/docs/api")

    info = guides.render.cache_info()
    assert info.misses == len(OPEN_GUIDES)
    assert info.hits >= len(OPEN_GUIDES)


def test_markup_of_a_guide_is_text_and_scripts_are_no_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "guide.md").write_text(
        "# Title\n\nFirst sentence. Second.\n\n## Same\n\n## Same\n\n<script>alert(1)</script> <b>bold</b>\n\n"
        "[x](javascript:alert(1)) [file](../models/x.md) [same](#same-1)\n\n| a | b |\n|---|--:|\n| 1 | 2 |\n"
    )
    monkeypatch.setattr(guides, "_FOLDER", tmp_path)
    guides.render.cache_clear()
    try:
        guide = guides.render("guide", staff=False)
    finally:
        guides.render.cache_clear()

    assert (guide.title, guide.summary) == ("Title", "First sentence.")
    assert [heading.anchor for heading in guide.headings] == ["same", "same-1"]
    assert "&lt;script&gt;" in guide.html
    assert "<b>" not in guide.html
    assert re.findall(r'href="([^"]*)"', guide.html) == ["#same-1"]
    assert '<td class="align-right">2</td>' in guide.html
