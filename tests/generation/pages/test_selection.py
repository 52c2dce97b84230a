"""What is done with chosen pieces: it is asked first, done to one's own alone, and said afterwards."""

from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from content.library.archive import open_archive
from content.models import Content, Takedown, Visibility
from generation.gallery.selection import MOST_CHOSEN
from tests.factories.accounts import UserFactory
from tests.factories.content import ContentFactory, TagFactory
from tests.support.pages import PAYLOADS, inline_code

SELECTION = "/gallery/selection"
ACTIONS = ["publish", "private", "delete", "tag"]


@pytest.fixture
def own(user: User) -> list[Content]:
    return [ContentFactory(owner=user, picture=True, prompt=f"prompt {number}") for number in range(3)]


def send(
    client: Client, action: str, contents: list[Content], *, sure: bool = True, htmx: bool = False, **more: Any
) -> Any:
    data = {"action": action, "cid": [content.cid for content in contents], **({"sure": "yes"} if sure else {}), **more}
    return client.post(SELECTION, data, headers={"HX-Request": "true"} if htmx else {})


def state(contents: list[Content]) -> list[tuple[str, list[str]]]:
    """What is in the database of each."""
    rows = {row.cid: row for row in Content.objects.prefetch_related("tags")}
    return [
        (rows[content.cid].visibility, sorted(tag.name for tag in rows[content.cid].tags.all()))
        for content in contents
        if content.cid in rows
    ]


@pytest.mark.parametrize("htmx", [False, True])
@pytest.mark.parametrize("action", ACTIONS)
def test_every_action_asks_before_it_does_anything(page: Client, own: list[Content], action: str, htmx: bool) -> None:
    before = state(own)

    answer = send(page, action, own, sure=False, htmx=htmx, tags="sea")

    assert answer.status_code == 200
    assert ("<html" in answer.text) != htmx
    assert 'name="sure" value="yes"' in answer.text
    assert all(f'name="cid" value="{content.cid}"' in answer.text for content in own)
    assert state(own) == before


def test_publishing_shows_exactly_what_everybody_will_see(page: Client, user: User, own: list[Content]) -> None:
    content = ContentFactory(
        owner=user,
        picture=True,
        prompt="a secret <prompt>",
        provenance={
            "model": "demo-stable-diffusion",
            "seed": 99,
            "parameters": {"num_inference_steps": 4, "negative_prompt": "people", "note": "for programs"},
            "parents": [own[0].cid],
        },
    )
    TagFactory(content=content, name="my tag")

    asked = send(page, "publish", [content], sure=False).text
    send(page, "publish", [content])
    seen = Client().get(f"/content/{content.cid}").text

    for shown in ("a secret &lt;prompt&gt;", user.username, "my tag", "99", "people", own[0].cid, content.cid):
        assert shown in asked
        assert shown in seen
    # What the API gives, too.
    assert "for programs" in asked
    assert f'src="/ipfs/{content.cid}"' in asked


def test_publishing_several_shows_each(page: Client, own: list[Content]) -> None:
    asked = send(page, "publish", own, sure=False).text

    assert "Publish these 3 pieces?" in asked
    assert all(content.prompt in asked and f"/content/{content.cid}/thumbnail" in asked for content in own)


def test_publishing_a_text_shows_the_text(page: Client, user: User) -> None:
    text = ContentFactory(owner=user, data=b"Once upon a time <i>there</i> was.")

    assert "Once upon a time &lt;i&gt;there&lt;/i&gt; was." in send(page, "publish", [text], sure=False).text


def test_publish_and_make_private_again(page: Client, own: list[Content]) -> None:
    answer = send(page, "publish", own[:2], back="/gallery?kind=image")

    assert answer["Location"] == "/gallery?kind=image"
    assert [visibility for visibility, _ in state(own)] == ["public", "public", "private"]
    assert "2 pieces are public now." in page.get("/gallery").text
    assert "Copies elsewhere may remain." in send(page, "private", own[:1], sure=False).text

    send(page, "private", own)
    assert [visibility for visibility, _ in state(own)] == ["private"] * 3
    assert "Copies elsewhere may remain." in page.get("/gallery").text


def test_delete_removes_rows_and_leaves_the_page_of_what_is_gone(page: Client, own: list[Content]) -> None:
    answer = send(page, "delete", own[:2], back=f"/content/{own[0].cid}")

    assert answer["Location"] == "/gallery"
    assert len(state(own)) == 1
    assert page.get(f"/content/{own[0].cid}").status_code == 404


def test_tags_are_added_and_removed(page: Client, own: list[Content]) -> None:
    TagFactory(content=own[0], name="old")
    TagFactory(content=own[1], name="kept")

    asked = send(page, "tag", own, sure=False).text
    send(page, "tag", own[:2], tags=" Red  BOAT, sea,,sea ", remove=["old"])

    assert 'name="remove" value="old"' in asked
    assert [tags for _, tags in state(own)] == [["red boat", "sea"], ["kept", "red boat", "sea"], []]


@pytest.mark.parametrize("tags", ["x" * 65, ", ".join(f"tag{number}" for number in range(51)), "a\0b"])
def test_tags_that_cannot_be_are_refused_with_what_was_written(page: Client, own: list[Content], tags: str) -> None:
    answer = send(page, "tag", own, tags=tags)

    assert answer.status_code == 400
    assert 'role="alert"' in answer.text
    assert state(own) == [("private", [])] * 3


def test_nothing_to_change_is_said(page: Client, own: list[Content]) -> None:
    send(page, "private", own)

    assert "There was nothing to change." in page.get("/gallery").text


def test_export_is_an_archive_of_what_was_chosen(page: Client, user: User, tmp_path: Path) -> None:
    own: list[Content] = [ContentFactory(owner=user, data=data) for data in (b"one", b"two", b"three")]

    answer = send(page, "export", own[:2], sure=False)
    data = answer.getvalue()

    assert answer["Content-Type"].startswith("application/vnd.ipld.car")
    assert answer["Content-Disposition"] == 'attachment; filename="atelier-selection.car"'
    assert b"one" in data
    assert b"two" in data
    assert b"three" not in data
    (tmp_path / "selection.car").write_bytes(data)
    with open_archive(tmp_path / "selection.car") as archive:
        assert len(archive.roots) == 1


# ---- who may, and what is refused -----------------------------------------------------------------------------------


@pytest.mark.parametrize("action", [*ACTIONS, "export"])
@pytest.mark.parametrize("visibility", [Visibility.PUBLIC, Visibility.PRIVATE])
def test_others_pieces_are_left_alone(page: Client, own: list[Content], action: str, visibility: Visibility) -> None:
    foreign = ContentFactory(picture=True, visibility=visibility, prompt="not yours")
    before = state([foreign])

    alone = send(page, action, [foreign], tags="sea")
    mixed = send(page, action, [foreign, own[0]], sure=False, tags="sea")
    send(page, action, [foreign, own[0]], tags="sea")

    assert alone.status_code == 302
    if action != "export":
        assert foreign.cid not in mixed.text
        assert "not yours" not in mixed.text
    assert state([foreign]) == before


@pytest.mark.parametrize("action", [*ACTIONS, "export"])
def test_visitors_are_asked_to_sign_in(own: list[Content], action: str) -> None:
    before = state(own)

    answer = send(Client(), action, own)

    assert answer.status_code == 302
    assert answer["Location"].startswith("/accounts/login/")
    assert state(own) == before


def test_form_without_token_is_refused(user: User, own: list[Content]) -> None:
    client = Client(enforce_csrf_checks=True, raise_request_exception=False)
    client.force_login(user)

    assert send(client, "delete", own).status_code == 403
    assert len(state(own)) == 3


def test_get_changes_nothing(page: Client, own: list[Content]) -> None:
    assert page.get(SELECTION, {"action": "delete", "cid": own[0].cid, "sure": "yes"}).status_code == 405
    assert len(state(own)) == 3


@pytest.mark.parametrize("htmx", [False, True])
@pytest.mark.parametrize(
    "data",
    [
        {"action": "publish"},
        {"action": "publish", "cid": ["", "nonsense", "x" * 5000, "\0"]},
        {"action": "publish", "cid": [f"b{number}" for number in range(MOST_CHOSEN + 1)]},
        {},
    ],
)
def test_choice_of_nothing_or_too_much_is_said(page: Client, user: User, data: dict[str, Any], htmx: bool) -> None:
    answer = page.post(SELECTION, data, headers={"HX-Request": "true"} if htmx else {})

    text = answer.text if htmx else page.get("/gallery").text
    assert answer.status_code == (200 if htmx else 302)
    assert "Nothing is chosen that is yours." in text or "At most 200 pieces" in text


def test_unknown_action_does_nothing(page: Client, own: list[Content]) -> None:
    send(page, "burn", own)

    assert len(state(own)) == 3


def test_what_was_taken_down_cannot_be_published(page: Client, own: list[Content]) -> None:
    Takedown.objects.create(cid=own[0].cid)

    send(page, "publish", own[:1])

    assert state(own[:1]) == [("private", [])]


@pytest.mark.parametrize(
    "back",
    ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)", "", "gallery", "/\n/evil"],
)
def test_the_way_back_leads_to_no_other_site(page: Client, own: list[Content], back: str) -> None:
    asked = send(page, "publish", own[:1], sure=False, back=back)
    answer = send(page, "publish", own[:1], back=back)

    assert answer["Location"] == "/gallery"
    assert "evil" not in asked.text
    assert 'href="/gallery"' in asked.text


@pytest.mark.parametrize("payload", PAYLOADS)
@pytest.mark.parametrize("action", ACTIONS)
def test_questions_run_nothing_of_what_they_show(page: Client, user: User, action: str, payload: str) -> None:
    content = ContentFactory(
        owner=user, prompt=payload, data=payload.encode(), provenance={"model": payload, "parents": [payload]}
    )
    TagFactory(content=content, name=payload[:64])

    assert inline_code(send(page, action, [content], sure=False, tags=payload, back=payload).text) == []


def test_another_user_is_not_told_of_the_same_bytes(page: Client, own: list[Content]) -> None:
    other = Client(raise_request_exception=False)
    other.force_login(UserFactory())

    known, unknown = (
        other.post(SELECTION, {"action": "delete", "cid": cid}, headers={"HX-Request": "true"}).text
        for cid in (own[0].cid, "bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy")
    )

    assert known == unknown
