"""The gateway and the registry over HTTP: who sees what, and what is answered to everybody else."""

import itertools
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from multiformats import CID

from accounts.models import User
from accounts.services import create_api_key, revoke_api_key
from content import services
from content.models import Content
from content.serializers import content_url
from tests.factories.accounts import UserFactory
from tests.factories.content import ContentFactory, TagFactory

pytestmark = pytest.mark.django_db

# The CID of bytes that nobody stored.
UNKNOWN = "bafkreicysg23kiwv34eg2d7qweipxwosdo2py4ldv42nbauguluen5v6am"


@pytest.fixture
def content() -> Content:
    """A private piece of content."""
    return ContentFactory(data=b"a private text")


def _key(owner: User, **options: Any) -> str:
    return create_api_key(owner=owner, name="test", **options)[1]


def _same_answer(client: Client, one: str, other: str, headers: dict[str, str] | None = None) -> int:
    """Ask for both and compare everything but the request's own id; the status of both."""
    answers = [client.get(path, headers=headers or {}) for path in (one, other)]
    for answer in answers:
        del answer.headers["X-Request-Id"]
    assert answers[0].status_code == answers[1].status_code
    assert answers[0].content == answers[1].content
    assert dict(answers[0].headers) == dict(answers[1].headers)
    return answers[0].status_code


# ---- the gateway: who may read --------------------------------------------------------------------------------------


def test_ipfs_serves_public_content_to_everybody(client: Client) -> None:
    public = ContentFactory(public=True, data=b"for all")

    assert client.get(f"/ipfs/{public.cid}").getvalue() == b"for all"


def test_ipfs_serves_private_content_to_its_owners_session(client: Client, content: Content) -> None:
    client.force_login(content.owner)

    assert client.get(f"/ipfs/{content.cid}").getvalue() == b"a private text"


@pytest.mark.parametrize("form", [("authorization", "Bearer {}"), ("authorization", "Api-Key {}"), ("x-api-key", "{}")])
def test_ipfs_serves_private_content_to_its_owners_key(client: Client, content: Content, form: tuple[str, str]) -> None:
    name, value = form

    answer = client.get(f"/ipfs/{content.cid}", headers={name: value.format(_key(content.owner))})

    assert answer.getvalue() == b"a private text"


def test_ipfs_answers_strangers_as_if_there_were_nothing(client: Client, content: Content) -> None:
    revoked, text = create_api_key(owner=content.owner, name="revoked")
    revoke_api_key(key=revoked)
    inactive = UserFactory(is_active=False)
    keys = [
        _key(UserFactory()),
        text,
        _key(content.owner, scopes=["manage"]),
        _key(inactive),
        "abcdefgh." + "x" * 32,
        "",
        "\x7f",
    ]

    for headers in [{}, *({"x-api-key": key} for key in keys)]:
        assert _same_answer(client, f"/ipfs/{content.cid}", f"/ipfs/{UNKNOWN}", headers) == 404
    client.force_login(UserFactory())
    assert _same_answer(client, f"/ipfs/{content.cid}", f"/ipfs/{UNKNOWN}") == 404
    client.force_login(UserFactory(is_superuser=True, is_staff=True))
    assert _same_answer(client, f"/ipfs/{content.cid}", f"/ipfs/{UNKNOWN}") == 404


def test_ipfs_answers_an_expired_key_as_none(client: Client, content: Content) -> None:
    key, text = create_api_key(owner=content.owner, name="expired")
    key.expiry_date = timezone.now() - timedelta(seconds=1)
    key.save()

    assert client.get(f"/ipfs/{content.cid}", headers={"x-api-key": text}).status_code == 404


def test_ipfs_404_is_kept_nowhere(client: Client) -> None:
    answer = client.get(f"/ipfs/{UNKNOWN}")

    assert answer.json() == {"error": "Not found."}
    assert answer["Cache-Control"] == "no-store"


def test_ipfs_serves_the_viewers_own_row_before_a_public_one(client: Client, content: Content) -> None:
    ContentFactory(data=b"a private text", public=True)
    client.force_login(content.owner)

    assert client.get(f"/ipfs/{content.cid}")["Cache-Control"] == "private, no-store"
    client.logout()
    assert client.get(f"/ipfs/{content.cid}")["Cache-Control"] == "public, max-age=29030400, immutable"


def test_ipfs_hides_one_users_content_from_another_who_deleted_the_same(client: Client, content: Content) -> None:
    other = ContentFactory(data=b"a private text")
    client.force_login(other.owner)
    assert client.get(f"/ipfs/{content.cid}").status_code == 200

    services.delete(content=other)

    assert client.get(f"/ipfs/{content.cid}").status_code == 404


# ---- the gateway: signed URLs ---------------------------------------------------------------------------------------


def _signed(content: Content) -> str:
    return content_url(content, None)


def test_signed_url_opens_private_content(client: Client, content: Content) -> None:
    answer = client.get(_signed(content))

    assert answer.getvalue() == b"a private text"
    assert answer["Cache-Control"] == "private, no-store"


def test_url_of_public_content_has_no_signature() -> None:
    public = ContentFactory(public=True)

    assert content_url(public, None) == f"/ipfs/{public.cid}"


def test_signed_url_ends_with_its_content(client: Client, content: Content) -> None:
    url = _signed(content)
    services.delete(content=content)

    assert client.get(url).status_code == 404


def test_signed_url_of_deleted_content_does_not_open_another_users(client: Client, content: Content) -> None:
    url = _signed(content)
    ContentFactory(data=b"a private text")
    services.delete(content=content)

    assert client.get(url).status_code == 404


def test_signed_url_of_deleted_content_does_not_open_it_stored_again(client: Client, content: Content) -> None:
    url, owner = _signed(content), content.owner
    services.delete(content=content)
    ContentFactory(owner=owner, data=b"a private text")

    assert client.get(url).status_code == 404


def test_signed_url_opens_no_other_content(client: Client, content: Content) -> None:
    other = ContentFactory(owner=content.owner)
    _, _, query = _signed(content).partition("?")

    assert client.get(f"/ipfs/{other.cid}?{query}").status_code == 404


def test_signed_url_expires(client: Client, content: Content, monkeypatch: pytest.MonkeyPatch) -> None:
    url, later = _signed(content), timezone.now().timestamp() + 8 * 86_400
    monkeypatch.setattr("content.signing.time.time", lambda: later)

    assert client.get(url).status_code == 404


def test_signed_url_opens_nothing_when_it_is_changed(client: Client, content: Content) -> None:
    url = _signed(content)

    for at in range(url.index("?s=") + 3, len(url)):
        changed = f"{url[:at]}{'A' if url[at] != 'A' else 'B'}{url[at + 1 :]}"
        assert client.get(changed).status_code == 404, at


# ---- the gateway: names ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("base", ["base16", "base32upper", "base36", "base58btc", "base64url", "base64"])
def test_ipfs_understands_every_encoding(client: Client, base: str) -> None:
    public = ContentFactory(public=True, data=b"for all")
    text = CID.decode(public.cid).encode(base)

    answer = client.get(f"/ipfs/{text}")

    assert answer.getvalue() == b"for all"
    assert answer["ETag"] == f'"{public.cid}"'


def test_ipfs_serves_the_empty_identity_cid(client: Client) -> None:
    answer = client.get("/ipfs/bafkqaaa")

    assert (answer.status_code, answer.getvalue()) == (200, b"")
    assert client.head("/ipfs/bafkqaaa").status_code == 200


def test_ipfs_serves_identity_cids_as_attachments_of_octets(client: Client) -> None:
    cid = str(CID("base32", 1, "raw", ("identity", b"<script>alert(1)</script>")))

    answer = client.get(f"/ipfs/{cid}")

    assert answer.getvalue() == b"<script>alert(1)</script>"
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["Content-Disposition"].startswith("attachment")


def test_ipfs_serves_no_node_from_an_identity_cid(client: Client, content: Content) -> None:
    # A node in the CID itself that links to somebody's private block.
    from content.storage import cids, unixfs

    link = unixfs.Link(cids.parse(content.cid), content.size_bytes, content.size_bytes)
    cid = str(CID("base32", 1, "dag-pb", ("identity", unixfs.encode([link]))))

    assert client.get(f"/ipfs/{cid}").status_code == 404


def _tricks() -> list[str]:
    up = ["..", "%2e%2e", "%2E%2E", "%252e%252e", "..%2f", "..%5c", "..\\", "%00", "..%00", ".%2e"]
    heads = ["", "bafkqaaa/", f"{UNKNOWN}/", "%2f", "\\", "%5c", "//", "C:%5c", "file:%2f%2f", "~"]
    tails = ["", "/etc/passwd", "%2fetc%2fpasswd"]
    return [f"/ipfs/{head}{up}{tail}" for head, up, tail in itertools.product(heads, up, tails)]


def test_ipfs_answers_path_tricks_like_unknown_content(client: Client) -> None:
    assert len(_tricks()) >= 200
    unknown = client.get(f"/ipfs/{UNKNOWN}")
    for path in _tricks():
        answer = client.get(path)
        assert (answer.status_code, answer.content) == (404, unknown.content), path


@pytest.mark.parametrize("path", ["/ipfs/", "/ipfs"])
def test_ipfs_without_a_name(client: Client, path: str) -> None:
    assert client.get(path).status_code == 404


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_ipfs_only_reads(client: Client, content: Content, method: str) -> None:
    answer = getattr(client, method)(f"/ipfs/{content.cid}")

    assert answer.status_code == 405
    assert answer["Allow"] == "GET, HEAD"
    assert "not allowed" in answer.json()["error"]


@pytest.mark.parametrize("query", ["?format=raw", "?format=car", "?format=tar"])
def test_ipfs_answers_every_form_of_private_content_like_that_of_unknown(
    client: Client, content: Content, query: str
) -> None:
    one, other = f"/ipfs/{content.cid}{query}", f"/ipfs/{UNKNOWN}{query}"

    assert _same_answer(client, one, other) == (406 if "tar" in query else 404)


# ---- the registry ---------------------------------------------------------------------------------------------------


def test_contents_needs_credentials(client: Client, content: Content) -> None:
    for path in ("/api/v1/contents", f"/api/v1/contents/{content.cid}", f"/api/v1/contents/{content.cid}/raw"):
        assert client.get(path).status_code == 401
        answer = client.get(path, headers={"x-api-key": _key(content.owner, scopes=["manage"])})
        assert answer.status_code == 403


def test_contents_lists_own_and_public_content_newest_first(client: Client, content: Content) -> None:
    ContentFactory()
    public = ContentFactory(public=True)
    mine = ContentFactory(owner=content.owner)
    client.force_login(content.owner)

    body = client.get("/api/v1/contents").json()

    assert [row["cid"] for row in body["results"]] == [mine.cid, public.cid, content.cid]
    assert (body["next"], body["previous"]) == (None, None)


def test_contents_tells_of_each_what_made_it(client: Client) -> None:
    row = ContentFactory(picture=True, prompt="a red circle", provenance={"seed": 7}, data=b"pixels")
    TagFactory(content=row, name="red")
    client.force_login(row.owner)

    (body,) = client.get("/api/v1/contents", headers={"host": "studio.example"}).json()["results"]

    url = body.pop("url")
    assert url.startswith(f"http://studio.example/ipfs/{row.cid}?s=")
    assert client.get(url.removeprefix("http://studio.example")).getvalue() == b"pixels"
    created = body.pop("created_at")
    assert created.endswith("Z")
    assert body == {
        "cid": row.cid,
        "kind": "image",
        "media_type": "image/png",
        "size_bytes": 6,
        "width": 4,
        "height": 3,
        "duration": None,
        "prompt": "a red circle",
        "provenance": {"seed": 7},
        "tags": ["red"],
        "visibility": "private",
        "pin_state": "local",
        "owner": row.owner.username,
    }


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("kind=image", {"picture"}),
        ("kind=text", {"text", "public"}),
        ("visibility=public", {"public"}),
        ("visibility=private", {"picture", "text"}),
        ("q=CIRCLE", {"picture"}),
        ("q=a+red&kind=text", set()),
    ],
)
def test_contents_can_be_narrowed(client: Client, query: str, expected: set[str]) -> None:
    owner = UserFactory()
    rows = {
        "picture": ContentFactory(owner=owner, picture=True, prompt="a red circle"),
        "text": ContentFactory(owner=owner, prompt="a poem"),
        "public": ContentFactory(public=True, prompt="a blue star"),
        "hidden": ContentFactory(picture=True, prompt="a red circle"),
    }
    client.force_login(owner)

    found = {row["cid"] for row in client.get(f"/api/v1/contents?{query}").json()["results"]}

    assert found == {rows[name].cid for name in expected}


@pytest.mark.parametrize("query", ["kind=video", "visibility=secret", f"q={'x' * 201}"])
def test_contents_refuses_what_is_no_filter(client: Client, query: str) -> None:
    client.force_login(UserFactory())

    answer = client.get(f"/api/v1/contents?{query}")

    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"
    assert query.partition("=")[0] in answer.json()["errors"]


def test_contents_come_in_stable_pages(client: Client, django_assert_max_num_queries: Callable[..., Any]) -> None:
    owner = UserFactory()
    stored = services.store(b"one")
    rows = [
        Content(owner=owner, cid=f"{stored.cid[:-3]}{number:03}", kind="text", media_type="text/plain", size_bytes=3)
        for number in range(120)
    ]
    Content.objects.bulk_create(rows)
    client.force_login(owner)

    with django_assert_max_num_queries(8):
        first = client.get("/api/v1/contents").json()
    ContentFactory(owner=owner)  # arrives between two pages
    second = client.get(first["next"]).json()
    third = client.get(second["next"]).json()

    cids = [row["cid"] for page in (first, second, third) for row in page["results"]]
    assert [len(page["results"]) for page in (first, second, third)] == [50, 50, 20]
    assert sorted(cids) == sorted(row.cid for row in rows)
    assert third["next"] is None
    assert [row["cid"] for row in client.get(second["previous"]).json()["results"]] == cids[:50]


def test_content_detail_is_for_those_who_may_see_it(client: Client, content: Content) -> None:
    path, unknown = f"/api/v1/contents/{content.cid}", f"/api/v1/contents/{UNKNOWN}"
    headers = {"x-api-key": _key(content.owner)}

    assert client.get(path, headers=headers).json()["cid"] == content.cid
    stranger = {"x-api-key": _key(UserFactory())}
    assert _same_answer(client, path, unknown, stranger) == 404
    assert _same_answer(client, f"{path}/raw", f"{unknown}/raw", stranger) == 404
    assert _same_answer(client, f"{path}/raw", "/api/v1/contents/garbage/raw", stranger) == 404


def test_content_detail_understands_every_encoding(client: Client, content: Content) -> None:
    client.force_login(content.owner)

    assert client.get(f"/api/v1/contents/{CID.decode(content.cid).encode('base58btc')}").json()["cid"] == content.cid


def test_content_detail_shows_the_callers_own_row_first(client: Client, content: Content) -> None:
    public = ContentFactory(data=b"a private text", public=True)
    client.force_login(content.owner)
    assert client.get(f"/api/v1/contents/{content.cid}").json()["owner"] == content.owner.username

    client.force_login(UserFactory())
    assert client.get(f"/api/v1/contents/{content.cid}").json()["owner"] == public.owner.username


@pytest.mark.parametrize("accept", ["*/*", "image/png", "application/octet-stream", "text/html"])
def test_content_raw_is_the_file_whatever_is_accepted(client: Client, content: Content, accept: str) -> None:
    client.force_login(content.owner)

    answer = client.get(f"/api/v1/contents/{content.cid}/raw?format=raw", headers={"accept": accept})

    assert answer.getvalue() == b"a private text"
    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    assert answer["Cache-Control"] == "private, no-store"


def test_content_raw_of_public_content_is_revalidated(client: Client) -> None:
    public = ContentFactory(public=True)
    client.force_login(UserFactory())
    path = f"/api/v1/contents/{public.cid}/raw"

    assert client.get(path)["Cache-Control"] == "public, no-cache"
    assert client.get(path, headers={"if-none-match": f'"{public.cid}"'}).status_code == 304
    assert client.get(path, headers={"range": "bytes=0-3"}).getvalue() == b"cont"
    assert client.head(path).status_code == 200


def test_content_raw_of_missing_bytes_is_a_problem(client: Client, content: Content, blocks_dir: Any) -> None:
    next(blocks_dir.glob("[0-9a-f][0-9a-f]/*")).unlink()
    client.force_login(content.owner)

    answer = client.get(f"/api/v1/contents/{content.cid}/raw")

    assert answer.status_code == 500
    assert answer.json()["code"] == "missing_content"
