"""Abuse 1 for the registry: every route × owner, other user, anonymous, revoked key, wrong scope.

To whoever may not see it, private content is answered byte for byte like content that does not exist. The routes are
those of the URL configuration: one that has no entry here fails the first test.
"""

import io
import re
import uuid
import wave
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache as cache_result
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from PIL import Image

from accounts.models import ApiKey, Scope, User
from content.models import Content, Tag
from content.storage import cids
from content.storage.cids import RAW
from generation.models import Job, JobOutput
from tests.factories.accounts import UserFactory
from tests.factories.content import TagFactory
from tests.factories.generation import JobFactory, JobOutputFactory, image_params
from tests.support.clients import KeyClient
from tests.support.jobs import announce_worker

pytestmark = pytest.mark.django_db

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
SECRET = "a prompt that nobody else may read"
READ, GENERATE = Scope.READ, Scope.GENERATE


@dataclass(frozen=True)
class Ask:
    """A request that its owner may make. `scope` is what a key needs for it; None where only a session can.

    `data` is JSON, or a form where `form` says so; `{cid}` in it is the content's. `lists` says that the route has no
    id, and that the owner's content is among what it answers.
    """

    method: str = "GET"
    scope: Scope | None = READ
    data: Any = None
    form: bool = False
    query: str = ""
    lists: bool = False
    # Whose content: of which kind.
    kind: str = "image"
    # Of the route, beside the content's id.
    more: dict[str, Any] = field(default_factory=dict)


def page(method: str = "GET", **about: Any) -> Ask:
    """A request of a page: keys open none."""
    return Ask(method, None, **about)


ROUTES: dict[str, list[Ask]] = {
    "ipfs": [Ask(), Ask(kind="text")],
    "view-image": [Ask()],
    "view-text": [Ask(kind="text")],
    "thumbnail": [Ask(), Ask(kind="audio")],
    "get-content": [Ask(lists=True)],
    "contents": [Ask(lists=True), Ask(lists=True, query="?visibility=private")],
    "contents-export": [Ask(lists=True)],
    "content": [
        Ask(),
        Ask("PATCH", GENERATE, {"tags": ["mine"], "visibility": "private"}),
        Ask("DELETE", GENERATE),
    ],
    "content-raw": [Ask(), Ask(kind="text")],
    "content-verify": [Ask("POST")],
    "content-tags": [Ask("POST", GENERATE)],
    "generated-image": [Ask()],
    "image": [Ask()],
    "generated-sound": [Ask(kind="audio")],
    "generated-text": [Ask(kind="text")],
    "openai-image": [Ask(more={"quality": 80, "output_format": "webp"})],
    "content-page": [page(), page(kind="text"), page(kind="audio")],
    "content-verification": [page("POST", form=True)],
    "content-variation": [page("POST", form=True)],
    "gallery": [page(lists=True)],
    "gallery-public": [],
    "gallery-selection": [
        page("POST", form=True, data={"action": action, "cid": "{cid}", "tags": "mine", "sure": sure})
        for action in ("publish", "tag", "export", "delete")
        for sure in ("", "yes")
    ],
}


# ---- the routes there are -------------------------------------------------------------------------------------------


@cache_result
def registry_routes() -> dict[str, URLPattern]:
    """By name: every route of the content app and of the gallery, and every other that names content or an output."""
    found = {}
    for pattern in patterns(get_resolver()):
        module = getattr(getattr(pattern.callback, "cls", pattern.callback), "__module__", "")
        names = set(pattern.pattern.converters)
        if module.startswith(("content.", "generation.gallery.")) or names & {"cid", "output_id"}:
            found[pattern.name or str(pattern.pattern)] = pattern
    return found


def patterns(resolver: URLResolver) -> Iterator[URLPattern]:
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLPattern):
            yield pattern
        elif pattern.namespace != "admin":
            yield from patterns(pattern)


def test_every_route_of_the_registry_has_an_entry() -> None:
    """A route that is new: say in ROUTES how its owner uses it. One that is gone: remove its entry."""
    assert set(registry_routes()) == set(ROUTES)


# ---- the people -----------------------------------------------------------------------------------------------------


@dataclass
class Library:
    """A user's private content of each kind, each the output of a job, and the ids of what does not exist."""

    owner: User
    outputs: dict[str, JobOutput]

    def ids(self, kind: str) -> dict[str, str]:
        return {"cid": self.outputs[kind].content.cid, "output_id": str(self.outputs[kind].pk)}

    def unknown(self) -> dict[str, str]:
        return {"cid": str(cids.of_block(b"nobody has this", RAW)), "output_id": str(uuid.UUID(int=7))}

    def rows(self) -> list[Any]:
        """All that strangers must not change."""
        return [
            list(Content.objects.order_by("cid").values_list("cid", "visibility", "owner", "prompt")),
            list(Tag.objects.order_by("pk").values_list("name", flat=True)),
            Job.objects.count(),
        ]


@pytest.fixture
def library(root: Path) -> Library:
    owner = UserFactory(username="the-owner")
    files = {
        "image": (picture(), "image/png"),
        "audio": (sound(), "audio/wav"),
        "text": (SECRET.encode(), "text/plain"),
    }
    outputs: dict[str, Any] = {}
    for kind, (data, media_type) in files.items():
        output = JobOutputFactory(
            job=JobFactory(owner=owner, succeeded=True, params=image_params(prompt=SECRET)),
            content__data=data,
            content__kind=kind,
            content__media_type=media_type,
        )
        TagFactory(content=output.content, name="secret")
        outputs[kind] = output
    return Library(owner, outputs)


def picture() -> bytes:
    file = io.BytesIO()
    Image.linear_gradient("L").convert("RGB").resize((4, 3)).save(file, "PNG")
    return file.getvalue()


def sound() -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(8000)
        writer.writeframes(bytes(1600))
    return file.getvalue()


def signed_in(user: User) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(user)
    return client


def revoked(user: User) -> Client:
    client = KeyClient(user, *Scope)
    ApiKey.objects.filter(prefix=client.key.partition(".")[0]).update(revoked=True)
    return client


def strangers(owner: User) -> dict[str, Client]:
    """Whoever may see nothing of it."""
    other = UserFactory(username="somebody-else")
    return {
        "another's key": KeyClient(other, *Scope),
        "another's session": signed_in(other),
        "another's key without scopes for it": KeyClient(other, Scope.MANAGE),
        "nobody": Client(raise_request_exception=False),
        "a revoked key": revoked(owner),
    }


# ---- asking ---------------------------------------------------------------------------------------------------------

# What is other for each answer: the moment, tokens against forgery, and the nonces of the policy for scripts.
_OF_THE_MOMENT = ("X-Request-Id", "Expires")
_DRAWN = re.compile(rb"(?<=name=\"csrfmiddlewaretoken\" value=\")\w+|(?<=nonce[-=])[\"\w+/=-]+|(?<=csrftoken=)\w+")


def send(client: Client, route: str, ask: Ask, ids: dict[str, str], *, method: str = "") -> Any:
    """The answer to `ask`, its file read."""
    cache.clear()  # how often somebody may ask is not what is looked at here
    announce_worker()
    takes = registry_routes()[route].pattern.converters
    path = reverse(route, kwargs={name: value for name, value in {**ids, **ask.more}.items() if name in takes})
    data = _filled(ask.data, ids) if not method or method == ask.method else None
    sent: dict[str, Any] = {"data": data or {}} if ask.form else {"data": data, "content_type": "application/json"}
    chosen = (method or ask.method).lower()
    if chosen in ("get", "head", "options", "delete") and not data:
        sent = {}
    answer: Any = getattr(client, chosen)(path + ask.query, **sent)
    answer.body = answer.getvalue() if answer.streaming else answer.content
    return answer


def _filled(data: Any, ids: dict[str, str]) -> Any:
    if not isinstance(data, dict):
        return data
    return {name: ids["cid"] if value == "{cid}" else value for name, value in data.items()}


def seen(answer: Any, ids: dict[str, str]) -> list[bytes]:
    """All of an answer: status, headers, cookies' names, body; with the same word for the id that was asked for."""
    headers = [
        f"{name}: {value}".encode() for name, value in sorted(answer.headers.items()) if name not in _OF_THE_MOMENT
    ]
    whole = b"\n".join(
        [str(answer.status_code).encode(), *headers, *map(str.encode, sorted(answer.cookies)), answer.body]
    )
    for value in ids.values():
        whole = whole.replace(value.encode(), b"ID")
    return _DRAWN.sub(b"DRAWN", whole).split(b"\n")


def asked(*, lists: bool) -> list[Any]:
    """The requests of ROUTES as parameters of a test: those of lists, or those of one piece of content."""
    return [
        pytest.param(route, ask, id=f"{route}-{number}")
        for route, asks in ROUTES.items()
        for number, ask in enumerate(asks)
        if ask.lists is lists
    ]


OF_ONE, LISTS = asked(lists=False), asked(lists=True)


@pytest.mark.parametrize(("route", "ask"), [*OF_ONE, *LISTS])
def test_its_owner_is_answered(library: Library, route: str, ask: Ask) -> None:
    ids, unknown = library.ids(ask.kind), library.unknown()
    clients = [signed_in(library.owner)] + ([KeyClient(library.owner, ask.scope)] if ask.scope else [])
    for client in clients:
        if not ask.lists and not ask.form:
            assert send(client, route, ask, unknown).status_code == 404
        answer = send(client, route, ask, ids)
        assert 200 <= answer.status_code < 400, answer.body[:500]
        assert "login" not in answer.headers.get("Location", "")
        if ask.lists:
            assert library.outputs["text"].content.cid.encode() in answer.body or SECRET.encode() in answer.body
        Content.objects.filter(cid=ids["cid"]).delete() if ask.method == "DELETE" else None
        if ask.method == "DELETE":
            break


@pytest.mark.parametrize(("route", "ask"), OF_ONE)
def test_private_content_is_like_none_to_everybody_else(library: Library, route: str, ask: Ask) -> None:
    ids, unknown, before = library.ids(ask.kind), library.unknown(), library.rows()
    for who, client in strangers(library.owner).items():
        for method in METHODS:
            answer = send(client, route, ask, ids, method=method)

            assert seen(answer, ids) == seen(send(client, route, ask, unknown, method=method), unknown), (who, method)
            assert SECRET.encode() not in answer.body, (who, method)
            assert answer.status_code < 500, (who, method)
    assert library.rows() == before


@pytest.mark.parametrize(("route", "ask"), OF_ONE)
def test_a_key_of_the_owner_without_the_scope_learns_nothing(library: Library, route: str, ask: Ask) -> None:
    ids, unknown, before = library.ids(ask.kind), library.unknown(), library.rows()
    for scope in set(Scope) - {ask.scope}:
        client = KeyClient(library.owner, scope)

        answer = send(client, route, ask, ids)

        assert seen(answer, ids) == seen(send(client, route, ask, unknown), unknown), scope
        assert SECRET.encode() not in answer.body
    assert library.rows() == before


@pytest.mark.parametrize(("route", "ask"), LISTS)
def test_private_content_is_in_nobody_elses_lists(library: Library, route: str, ask: Ask) -> None:
    people = {
        **strangers(library.owner),
        **{f"own key for {scope}": KeyClient(library.owner, scope) for scope in set(Scope) - {ask.scope}},
    }
    for who, client in people.items():
        answer = send(client, route, ask, library.unknown())

        assert answer.status_code < 500
        for output in library.outputs.values():
            assert output.content.cid.encode() not in answer.body, who
        assert SECRET.encode() not in answer.body, who
        assert b"the-owner" not in answer.body, who


@pytest.mark.parametrize("form", ["raw", "car"])
def test_blocks_of_private_content_are_like_none_to_everybody(library: Library, form: str) -> None:
    """To its owner, too: what is verified elsewhere is kept elsewhere."""
    ask, unknown = Ask(query=f"?format={form}"), library.unknown()
    people = {
        **strangers(library.owner),
        "its owner": KeyClient(library.owner, *Scope),
        "him": signed_in(library.owner),
    }
    for who, client in people.items():
        for method in ("GET", "HEAD"):
            for kind in library.outputs:
                ids = library.ids(kind)
                answer = send(client, "ipfs", ask, ids, method=method)
                assert answer.status_code == 404
                assert seen(answer, ids) == seen(send(client, "ipfs", ask, unknown, method=method), unknown), who


@pytest.mark.parametrize("route", ["gallery-public", "get-content", "contents"])
def test_public_lists_have_nothing_private(library: Library, route: str) -> None:
    for client in strangers(library.owner).values():
        assert SECRET.encode() not in send(client, route, Ask(), library.unknown()).body
