"""The registry in Django admin."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.selectors import use
from common.pagination import BoundedPaginator
from content import services
from content.lists import Wanted, newest
from content.models import Content, Takedown
from tests.factories.accounts import UserFactory
from tests.factories.content import ContentFactory, TagFactory
from tests.support.pages import MOST_QUERIES

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(client: Client) -> Client:
    client.force_login(UserFactory(is_staff=True, is_superuser=True))
    return client


@pytest.mark.parametrize("model", ["content", "tag"])
def test_lists_and_pages_are_shown(admin: Client, model: str) -> None:
    tag = TagFactory()
    row = tag if model == "tag" else tag.content

    assert admin.get(reverse(f"admin:content_{model}_changelist")).status_code == 200
    assert admin.get(reverse(f"admin:content_{model}_change", args=[row.pk])).status_code == 200


def test_content_is_not_made_here(admin: Client) -> None:
    assert admin.get(reverse("admin:content_content_add")).status_code == 403


def test_content_keeps_what_it_is(admin: Client) -> None:
    row = ContentFactory(prompt="as it was")
    form = {
        "visibility": "public",
        "prompt": "changed",
        "cid": "changed",
        "tags-TOTAL_FORMS": 0,
        "tags-INITIAL_FORMS": 0,
    }

    admin.post(reverse("admin:content_content_change", args=[row.pk]), form)

    changed = Content.objects.get()
    assert (changed.visibility, changed.prompt, changed.cid) == ("public", "as it was", row.cid)


def test_deleting_gives_back_the_owners_bytes(admin: Client) -> None:
    owner = UserFactory()
    rows = [
        services.register(owner=owner, stored=services.store(data), kind="text", media_type="text/plain")
        for data in (b"one", b"two", b"three")
    ]
    assert use(user=owner)["stored_bytes"] == 11

    admin.post(reverse("admin:content_content_delete", args=[rows[0].pk]), {"post": "yes"})
    chosen = {"action": "delete_selected", "_selected_action": [rows[1].pk, rows[2].pk], "post": "yes"}
    admin.post(reverse("admin:content_content_changelist"), chosen)

    assert not Content.objects.exists()
    assert use(user=owner)["stored_bytes"] == 0


def act(admin: Client, action: str, *rows: Content) -> str:
    """Run an action on content; what the next page says, and its address."""
    data = {"action": action, "_selected_action": [row.pk for row in rows]}
    answer = admin.post(reverse("admin:content_content_changelist"), data, follow=True)
    said = " ".join(str(message) for message in answer.context["messages"])
    return f"{answer.request['PATH_INFO']}?{answer.request['QUERY_STRING']} {said}"


def test_public_content_is_made_private(admin: Client) -> None:
    public, private = ContentFactory(public=True), ContentFactory()

    assert "Made private: 1." in act(admin, "unpublish", public, private)

    assert not Content.objects.filter(visibility="public").exists()


def test_taking_down_asks_for_the_reason_of_each(admin: Client) -> None:
    one, other = ContentFactory(public=True), ContentFactory(public=True)

    assert f"/admin/content/takedown/add/?cid={one.cid}" in act(admin, "take_down", one)
    assert "one at a time" in act(admin, "take_down", one, other)
    assert not Takedown.objects.exists()


def test_only_public_pictures_are_shown(admin: Client) -> None:
    public, private = ContentFactory(picture=True, public=True), ContentFactory(picture=True)

    page = admin.get(reverse("admin:content_content_changelist")).text

    assert f'src="/content/{public.cid}/thumbnail"' in page
    assert f"{private.cid}/thumbnail" not in page
    assert page.index(str(public.pk)) < page.index(str(private.pk)), "what everybody sees comes first"
    for content, shown in ((public, True), (private, False)):
        page = admin.get(reverse("admin:content_content_change", args=[content.pk])).text
        assert (f"{content.cid}/thumbnail" in page) is shown


def test_taking_down_closes_it_with_the_reason(admin: Client) -> None:
    content = ContentFactory(public=True)
    form = reverse("admin:content_takedown_add")
    assert content.cid in admin.get(f"{form}?cid={content.cid}").text

    done = admin.post(form, {"cid": content.cid, "status": 451, "reason": "A court said so."})

    assert done.status_code == 302
    answer = Client().get(f"/ipfs/{content.cid}")
    assert answer.status_code == 451
    assert "A court said so." in answer.json()["error"]


@pytest.mark.parametrize("model", ["content", "tag", "pin", "takedown"])
def test_lists_need_few_queries(admin: Client, model: str, django_assert_max_num_queries: Any) -> None:
    for _ in range(8):
        TagFactory()
        Takedown.objects.create(cid=ContentFactory(public=True, picture=True).cid)
    path = reverse(f"admin:content_{model}_changelist")
    admin.get(path)

    with django_assert_max_num_queries(MOST_QUERIES):
        assert admin.get(path).status_code == 200


def test_long_lists_are_not_counted_to_their_end(admin: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(BoundedPaginator, "most", 3)
    for _ in range(3):
        ContentFactory()
    path = reverse("admin:content_content_changelist")
    assert "the first" not in admin.get(path).text

    ContentFactory()

    page = " ".join(admin.get(path).text.split())
    assert "the first 3 contents; search or filter for others" in page


def test_tags_are_kept_as_lists_look_for_them(admin: Client) -> None:
    content = ContentFactory()
    form = {"visibility": "private", "tags-TOTAL_FORMS": 2, "tags-INITIAL_FORMS": 0, "tags-0-name": "  Red  BOAT"}
    page = reverse("admin:content_content_change", args=[content.pk])

    twice = admin.post(page, {**form, "tags-1-name": "red boat"})
    assert "Please correct the duplicate data" in twice.text
    assert admin.post(page, {**form, "tags-1-name": "Sea"}).status_code == 302
    sea = content.tags.get(name="sea")
    changed = admin.post(reverse("admin:content_tag_change", args=[sea.pk]), {"name": " At\tNIGHT "})

    assert changed.status_code == 302
    assert set(content.tags.values_list("name", flat=True)) == {"red boat", "at night"}
    for name, found in (("red boat", [content]), ("at night", [content]), ("sea", [])):
        assert newest(viewer=content.owner, wanted=Wanted(tag=name)).rows == found
