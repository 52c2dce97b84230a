"""`GET /get-content`, `/view-image/<cid>` and `/view-text/<cid>`: what is listed, what opens, and for whom."""

from typing import Any

import pytest
from django.test import Client
from multiformats import CID

from accounts.models import Scope, User
from content.models import Content, Visibility
from tests.factories.content import ContentFactory
from tests.support.clients import KeyClient

pytestmark = pytest.mark.django_db

UNKNOWN = "bafkreicysg23kiwv34eg2d7qweipxwosdo2py4ldv42nbauguluen5v6am"
ENTRY_FIELDS = ["cid", "created_at", "description", "model", "owner", "type", "url"]


@pytest.fixture(autouse=True)
def _own_blocks(tmp_path: Any, settings: Any) -> None:
    settings.BLOCKS_DIR = tmp_path / "blocks"


def listed(client: Client, query: str = "") -> list[str]:
    answer = client.get(f"/get-content{query}")
    assert answer.status_code == 200, answer.text
    return [entry["cid"] for entry in answer.json()["content"]]


class TestList:
    def test_entry_of_an_own_picture(self, client: KeyClient, user: User) -> None:
        row = ContentFactory(owner=user, picture=True, prompt="a red circle", provenance={"model": "demo-x"})

        body = client.get("/get-content").json()

        assert sorted(body) == ["content", "next"]
        (entry,) = body["content"]
        assert sorted(entry) == ENTRY_FIELDS
        assert (entry["cid"], entry["type"], entry["description"]) == (row.cid, "image", "a red circle")
        assert (entry["model"], entry["owner"]) == ("demo-x", user.username)
        assert entry["url"].startswith(f"http://testserver/view-image/{row.cid}?s=")
        assert Client().get(entry["url"].removeprefix("http://testserver")).status_code == 200
        assert body["next"] is None

    @pytest.mark.parametrize(("kind", "path"), [("image", "view-image"), ("text", "view-text"), ("audio", "ipfs")])
    def test_address_of_public_content(self, client: KeyClient, kind: str, path: str) -> None:
        row = ContentFactory(public=True, kind=kind, provenance={"source": "upload"})

        (entry,) = client.get("/get-content").json()["content"]

        assert entry["url"] == f"http://testserver/{path}/{row.cid}"
        assert entry["model"] is None
        assert Client().get(f"/{path}/{row.cid}").status_code == 200

    def test_own_and_public_newest_first(self, client: KeyClient, user: User) -> None:
        mine, public, _hidden = ContentFactory(owner=user), ContentFactory(public=True), ContentFactory()
        latest = ContentFactory(owner=user)

        assert listed(client) == [latest.cid, public.cid, mine.cid]

    def test_kind_and_words(self, client: KeyClient, user: User) -> None:
        picture = ContentFactory(owner=user, picture=True, prompt="A Boat at sea")
        text = ContentFactory(owner=user, prompt="a boat's story")

        assert listed(client, "?kind=image") == [picture.cid]
        assert listed(client, "?q=boat") == [text.cid, picture.cid]
        assert listed(client, "?q=boat&kind=text") == [text.cid]
        assert listed(client, "?q=car") == []

    def test_pages(self, client: KeyClient, user: User) -> None:
        rows = [ContentFactory(owner=user) for _ in range(5)]

        first = client.get("/get-content?limit=3").json()
        ContentFactory(owner=user)
        second = client.get(first["next"]).json()

        cids = [entry["cid"] for entry in first["content"] + second["content"]]
        assert cids == [row.cid for row in reversed(rows)]
        assert second["next"] is None

    @pytest.mark.parametrize("limit", ["0", "201", "-1", "1.5", "many", "", "9" * 30, "²"])
    def test_limit_out_of_bounds(self, client: KeyClient, limit: str) -> None:
        answer = client.get("/get-content", {"limit": limit})

        assert answer.status_code == 400
        assert answer.json() == {"error": "'limit' must be a whole number between 1 and 200."}

    @pytest.mark.parametrize("limit", ["1", "200"])
    def test_limit_at_its_bounds(self, client: KeyClient, limit: str) -> None:
        assert client.get(f"/get-content?limit={limit}").status_code == 200

    def test_kind_that_is_none(self, client: KeyClient) -> None:
        answer = client.get("/get-content?kind=video")

        assert (answer.status_code, answer.json()) == (400, {"error": "'kind' must be one of image, audio, text."})

    def test_cursor_that_is_none(self, client: KeyClient) -> None:
        answer = client.get("/get-content?cursor=%00nonsense")

        assert (answer.status_code, list(answer.json())) == (404, ["error"])

    def test_credentials_are_needed(self, user: User) -> None:
        anonymous = Client().get("/get-content")

        assert (anonymous.status_code, list(anonymous.json())) == (401, ["error"])
        assert KeyClient(user, Scope.GENERATE).get("/get-content").status_code == 403

    def test_queries_do_not_grow_with_the_page(
        self, client: KeyClient, user: User, django_assert_max_num_queries: Any
    ) -> None:
        for _ in range(8):
            ContentFactory(owner=user)
        client.get("/get-content")

        with django_assert_max_num_queries(3):
            client.get("/get-content")


def content_at(path: str, **changes: Any) -> Content:
    """Content of the kind that `path` shows."""
    return ContentFactory(picture=path == "view-image", **changes)


@pytest.mark.parametrize("path", ["view-image", "view-text"])
class TestView:
    def test_public_content_opens_for_everybody(self, path: str) -> None:
        row = content_at(path, public=True, data=b"0123456789")

        answer: Any = Client().get(f"/{path}/{row.cid}")

        assert answer.getvalue() == b"0123456789"
        assert answer["Content-Type"] == {"view-image": "image/png", "view-text": "text/plain; charset=utf-8"}[path]
        assert answer["ETag"] == f'"{row.cid}"'
        assert answer["Cache-Control"] == "public, no-cache"
        assert answer["X-Content-Type-Options"] == "nosniff"

    def test_revalidation_ranges_and_head(self, path: str) -> None:
        row = content_at(path, public=True, data=b"0123456789")
        address = f"/{path}/{row.cid}"

        assert Client().get(address, headers={"if-none-match": f'"{row.cid}"'}).status_code == 304
        part: Any = Client().get(address, headers={"range": "bytes=2-4"})
        assert (part.status_code, part.getvalue(), part["Content-Range"]) == (206, b"234", "bytes 2-4/10")
        assert Client().get(address, headers={"range": "bytes=10-"}).status_code == 416
        assert Client().head(address)["Content-Length"] == "10"

    def test_visibility_is_checked_before_a_304(self, path: str) -> None:
        row = content_at(path, public=True)
        Content.objects.update(visibility=Visibility.PRIVATE)

        answer = Client().get(f"/{path}/{row.cid}", headers={"if-none-match": f'"{row.cid}"'})

        assert answer.status_code == 404

    @pytest.mark.parametrize("base", ["base16", "base32upper", "base36", "base58btc", "base64url", "base64"])
    def test_every_encoding(self, path: str, base: str) -> None:
        row = content_at(path, public=True, data=b"for all")

        answer: Any = Client().get(f"/{path}/{CID.decode(row.cid).encode(base)}")

        assert (answer.getvalue(), answer["ETag"]) == (b"for all", f'"{row.cid}"')

    def test_private_content_opens_for_its_owner(self, path: str, client: KeyClient, user: User) -> None:
        row = content_at(path, owner=user)

        answer = client.get(f"/{path}/{row.cid}")

        assert (answer.status_code, answer["Cache-Control"]) == (200, "private, no-store")

    def test_private_content_of_another_is_answered_like_unknown(self, path: str, client: KeyClient) -> None:
        row = content_at(path)

        for sender in (client, Client()):
            answers = [sender.get(f"/{path}/{cid}") for cid in (row.cid, UNKNOWN, "garbage", "bafkqaaa")]
            assert {answer.status_code for answer in answers} == {404}
            assert {answer.content for answer in answers} == {b'{"error":"Not found."}'}

    def test_content_of_another_kind_is_not_there(self, path: str) -> None:
        row = content_at({"view-image": "view-text", "view-text": "view-image"}[path], public=True)

        assert Client().get(f"/{path}/{row.cid}").status_code == 404

    @pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
    def test_only_reads(self, path: str, method: str) -> None:
        row = content_at(path, public=True)

        answer = getattr(Client(), method)(f"/{path}/{row.cid}")

        assert (answer.status_code, answer["Allow"]) == (405, "GET, HEAD")


def test_signature_of_one_address_opens_no_other(client: KeyClient, user: User) -> None:
    row = ContentFactory(owner=user, picture=True)
    (entry,) = client.get("/get-content").json()["content"]
    query = entry["url"].partition("?")[2]

    assert Client().get(f"/ipfs/{row.cid}?{query}").status_code == 404
