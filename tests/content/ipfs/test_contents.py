"""Publishing, making private and verifying by the API, and the pins of the admin, with a real node behind."""

import os
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from accounts.models import User
from content import services
from content.ipfs import pins
from content.models import Content, Pin, PinState, Visibility
from content.storage import cids
from tests.factories.accounts import UserFactory
from tests.factories.content import ContentFactory
from tests.support.clients import KeyClient
from tests.support.ipfs_node import PrivateIpfsNode
from tests.support.processes import free_port

pytestmark = pytest.mark.django_db(transaction=True)

MEBIBYTE = 2**20
WorkOff = Callable[[], int]


@pytest.fixture
def user() -> User:
    return UserFactory()


@pytest.fixture
def client(user: User) -> KeyClient:
    return KeyClient(user)


@pytest.fixture
def admin() -> Client:
    client = Client()
    client.force_login(UserFactory(is_staff=True, is_superuser=True))
    return client


def _change(client: Client, content: Content, visibility: str) -> dict[str, Any]:
    answer = client.patch(
        f"/api/v1/contents/{content.cid}", {"visibility": visibility}, content_type="application/json"
    )
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def _look(client: Client, content: Content) -> dict[str, Any]:
    found: dict[str, Any] = client.get(f"/api/v1/contents/{content.cid}").json()
    return found


def _verify(client: Client, content: Content) -> dict[str, Any]:
    answer = client.post(f"/api/v1/contents/{content.cid}/verify")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def _content(user: User, size: int = 1000) -> Content:
    return ContentFactory(owner=user, data=os.urandom(size))


def test_publishing_and_taking_it_back(
    server: PrivateIpfsNode, client: KeyClient, user: User, work_off: WorkOff
) -> None:
    content = _content(user)

    published = _change(client, content, "public")

    assert (published["pin_state"], published["notice"]) == ("pinning", "")
    assert published["pin"]["attempts"] == 0
    work_off()
    pinned = _look(client, content)
    assert pinned["pin_state"] == "pinned"
    assert pinned["pin"] == {"error": "", "attempts": 0, "next_try_at": None}
    # Others see that it is pinned, and nothing of how that went.
    assert _look(KeyClient(UserFactory()), content)["pin"] is None
    (listed,) = client.get("/api/v1/contents").json()["results"]
    assert listed["pin_state"] == "pinned"

    private = _change(client, content, "private")

    assert (private["pin_state"], private["pin"]) == ("local", None)
    assert "may keep a copy" in private["notice"]
    assert "other nodes" in private["notice"]
    work_off()
    assert cids.parse(content.cid) not in server.pins()
    assert _look(client, content)["notice"] == ""


def test_no_request_waits_for_a_node_that_is_away(client: KeyClient, user: User, settings: Settings) -> None:
    settings.IPFS_API = f"/ip4/127.0.0.1/tcp/{free_port()}/http"
    content = _content(user)

    assert _change(client, content, "public")["pin_state"] == "pinning"
    assert _change(client, content, "private")["pin_state"] == "local"
    assert client.delete(f"/api/v1/contents/{content.cid}").status_code == 204
    assert Pin.objects.filter(cid=content.cid).exists()


def test_without_a_node_the_notice_names_none(client: KeyClient, user: User) -> None:
    content = _content(user)
    assert _change(client, content, "private")["notice"] == ""
    _change(client, content, "public")

    notice = _change(client, content, "private")["notice"]

    assert "may keep a copy" in notice
    assert "IPFS" not in notice


def test_verifying_looks_at_the_nodes_blocks(
    server: PrivateIpfsNode, client: KeyClient, user: User, work_off: WorkOff
) -> None:
    content = _content(user, MEBIBYTE + 1)
    assert _verify(client, content)["node"] is None

    _change(client, content, "public")
    assert _verify(client, content)["node"] == {"state": "incomplete", "pinned": False, "blocks": 0}
    work_off()

    found = _verify(client, content)
    assert found["intact"]
    assert found["node"] == {"state": "same", "pinned": True, "blocks": 3}


def test_verifying_without_the_node_says_so(client: KeyClient, user: User, settings: Settings) -> None:
    content = _content(user)
    services.change(content=content, visibility=Visibility.PUBLIC)
    assert _verify(client, content)["node"] is None
    settings.IPFS_API, settings.IPFS_API_PATH = f"/ip4/127.0.0.1/tcp/{free_port()}/http", "api/v0"

    found = _verify(client, content)

    assert found["intact"]
    assert found["node"] == {"state": "unknown", "pinned": False, "blocks": 0}


# ---- The admin ------------------------------------------------------------------------------------------------------


def _act(admin: Client, model: str, *rows: Content | Pin) -> str:
    form = {"action": "pin_again", "_selected_action": [row.pk for row in rows]}
    return admin.post(reverse(f"admin:content_{model}_changelist"), form, follow=True).text


@pytest.mark.parametrize("model", ["content", "pin"])
def test_administrators_pin_again(
    server: PrivateIpfsNode, admin: Client, user: User, work_off: WorkOff, model: str
) -> None:
    content, private = _content(user), _content(user)
    services.change(content=content, visibility=Visibility.PUBLIC)
    work_off()
    server.rpc("pin/rm", arg=content.cid)
    rows = [content, private] if model == "content" else [Pin.objects.get()]

    page = _act(admin, model, *rows)

    assert "1 will be given to the IPFS node again." in page
    work_off()
    assert cids.parse(content.cid) in server.pins()
    assert cids.parse(private.cid) not in server.pins()


def test_administrators_hear_that_there_is_no_node(admin: Client, user: User) -> None:
    assert "set IPFS_API" in _act(admin, "content", _content(user))


def test_administrators_see_pins_and_leave_them(admin: Client) -> None:
    pin = Pin.objects.create(cid="bafkqaaa", error="The IPFS node does not answer.", state=PinState.FAILED)
    page = reverse("admin:content_pin_change", args=[pin.pk])

    assert pin.error in admin.get(reverse("admin:content_pin_changelist")).text
    assert admin.get(page).status_code == 200
    assert admin.get(reverse("admin:content_pin_add")).status_code == 403
    assert admin.post(reverse("admin:content_pin_delete", args=[pin.pk]), {"post": "yes"}).status_code == 403


def test_taking_down_in_the_admin_unpins(server: PrivateIpfsNode, admin: Client, user: User, work_off: WorkOff) -> None:
    content = _content(user)
    services.change(content=content, visibility=Visibility.PUBLIC)
    work_off()

    admin.post(reverse("admin:content_takedown_add"), {"cid": content.cid, "status": 451, "reason": "a test"})
    work_off()

    assert cids.parse(content.cid) not in server.pins()
    assert pins.sweep() == 0
