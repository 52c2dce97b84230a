"""The registry in Django admin."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts.selectors import use
from content import services
from content.models import Content
from tests.factories.accounts import UserFactory
from tests.factories.content import ContentFactory, TagFactory

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
