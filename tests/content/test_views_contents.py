"""`/api/v1/contents`: filters, uploads, changes, deletion and verification."""

import io
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from accounts.models import Scope, User
from accounts.selectors import use
from content.models import Content
from content.services import read_bytes, register, store
from content.storage import cids
from tests.factories.accounts import QuotaFactory, UserFactory
from tests.factories.content import ContentFactory, TagFactory
from tests.support.clients import KeyClient
from tests.support.samples import varied_bytes

pytestmark = pytest.mark.django_db

CONTENTS = "/api/v1/contents"
UNKNOWN = "bafkreicysg23kiwv34eg2d7qweipxwosdo2py4ldv42nbauguluen5v6am"


@pytest.fixture
def user() -> User:
    return UserFactory()


@pytest.fixture
def client(user: User) -> KeyClient:
    return KeyClient(user)


def patch(client: Client, cid: str, body: Any) -> Any:
    return client.patch(f"{CONTENTS}/{cid}", body, content_type="application/json")


def found(client: Client, **query: str) -> list[str]:
    answer = client.get(CONTENTS, query)
    assert answer.status_code == 200, answer.text
    return [row["cid"] for row in answer.json()["results"]]


# ---- filters --------------------------------------------------------------------------------------------------------


def test_filter_by_tag_finds_the_whole_tag_in_any_case(client: KeyClient, user: User) -> None:
    boat, rows = ContentFactory(owner=user), [ContentFactory(owner=user) for _ in range(2)]
    TagFactory(content=boat, name="red boat")
    TagFactory(content=boat, name="sea")
    TagFactory(content=rows[0], name="boat")

    assert found(client, tag=" Red  BOAT") == [boat.cid]
    assert found(client, tag="boat") == [rows[0].cid]
    assert found(client, tag="red") == []


def test_filter_by_model(client: KeyClient, user: User) -> None:
    made = ContentFactory(owner=user, provenance={"model": "demo-musicgen"})
    ContentFactory(owner=user, provenance={"model": "demo-t5-text"})
    ContentFactory(owner=user, provenance={"source": "upload"})

    assert found(client, model="demo-musicgen") == [made.cid]
    assert found(client, model="demo") == []


def test_registry_names_no_model_where_an_import_says_something_else(client: KeyClient, user: User) -> None:
    ContentFactory(owner=user, provenance={"model": ["demo-x"]})

    (entry,) = client.get("/get-content").json()["content"]

    assert entry["model"] is None


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"from": "2026-11-02"}, [2, 1]),
        ({"from": "2026-11-02T12:00:00Z"}, [2, 1]),
        ({"from": "2026-11-02T12:00:00.000001Z"}, [2]),
        ({"from": "2026-11-02T14:00:00+02:00"}, [2, 1]),
        ({"from": "2026-11-02T12:00:00"}, [2, 1]),
        ({"to": "2026-11-02"}, [1, 0]),
        ({"to": "2026-11-02T11:59:59Z"}, [0]),
        ({"from": "2026-11-02", "to": "2026-11-02"}, [1]),
        ({"from": "2026-11-03", "to": "2026-11-02"}, []),
        ({"from": "9999-12-31"}, []),
        ({"to": "9999-12-31"}, [2, 1, 0]),
        ({"from": ""}, [2, 1, 0]),
    ],
)
def test_filter_by_time(client: KeyClient, user: User, query: dict[str, str], expected: list[int]) -> None:
    rows = [ContentFactory(owner=user) for _ in range(3)]
    for day, row in enumerate(rows, start=1):
        Content.objects.filter(pk=row.pk).update(created_at=datetime(2026, 11, day, 12, tzinfo=UTC))

    assert found(client, **query) == [rows[index].cid for index in expected]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("from", text) for text in ("yesterday", "2026-13-01", "0001-01-01", "9999-12-31T23:59:59-14:00", "1", "\0")),
        ("to", "2026-02-30"),
        ("tag", "x" * 65),
        ("model", "x" * 256),
        ("q", "x" * 201),
        ("q", "?!"),
        ("q", " ".join("abcdefghijk")),
        ("q", "a\0"),
        *(("seed", text) for text in ("-1", str(2**32), "1.5", "many", "9" * 400, "²")),
        ("kind", "video"),
        ("visibility", "secret"),
    ],
)
def test_filter_that_cannot_be_is_a_400_that_names_it(client: KeyClient, name: str, value: str) -> None:
    answer = client.get(CONTENTS, {name: value})

    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == [name]


# ---- uploads --------------------------------------------------------------------------------------------------------


def picture(form: str = "PNG", **options: Any) -> SimpleUploadedFile:
    out = io.BytesIO()
    Image.new("RGB", (32, 24), (10, 20, 200)).save(out, form, **options)
    return SimpleUploadedFile(f"a.{form.lower()}", out.getvalue())


@pytest.mark.parametrize("field", ["image", "file", "buffer"])
@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP"])
def test_upload_is_kept_as_a_private_png(client: KeyClient, user: User, field: str, form: str) -> None:
    answer = client.post(CONTENTS, {field: picture(form)})

    assert answer.status_code == 201
    body = answer.json()
    assert answer["Location"] == f"{CONTENTS}/{body['cid']}"
    assert (body["kind"], body["media_type"], body["width"], body["height"]) == ("image", "image/png", 32, 24)
    assert (body["visibility"], body["owner"], body["tags"]) == ("private", user.username, [])
    assert client.get(answer["Location"]).json()["cid"] == body["cid"]


def test_upload_loses_its_exif(client: KeyClient) -> None:
    exif = Image.Exif()
    exif[0x010E] = "taken at home"

    body = client.post(CONTENTS, {"image": picture("JPEG", exif=exif)}).json()

    assert b"taken at home" not in read_bytes(content=Content.objects.get(cid=body["cid"]))


def test_same_upload_twice_is_one_row(client: KeyClient) -> None:
    answers = [client.post(CONTENTS, {"image": picture()}) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [201, 201]
    assert Content.objects.count() == 1


@pytest.mark.parametrize(
    ("form", "detail"),
    [
        ({}, "'image' is required: send one picture, in the field image, file or buffer."),
        ({"image": "text"}, "'image' is required: send one picture, in the field image, file or buffer."),
        ({"image": picture(), "file": picture()}, "'image' is required: send one picture, in the field image, file"),
        ({"image": SimpleUploadedFile("a.png", b"<svg/>")}, "'image' is not a valid image."),
    ],
)
def test_upload_that_is_no_picture_is_refused(client: KeyClient, form: dict[str, Any], detail: str) -> None:
    answer = client.post(CONTENTS, form)

    assert answer.status_code == 400
    assert answer.json()["detail"].startswith(detail)
    assert not Content.objects.exists()


def test_upload_as_json_is_a_415(client: KeyClient) -> None:
    assert client.post(CONTENTS, {"image": "x"}, content_type="application/json").status_code == 415


def test_upload_into_a_full_library_is_refused(client: KeyClient, user: User) -> None:
    QuotaFactory(user=user, stored_bytes=10)
    assert client.post(CONTENTS, {"image": picture()}).status_code == 201

    answer = client.post(CONTENTS, {"image": picture("WEBP")})

    assert (answer.status_code, answer.json()["code"]) == (429, "quota_reached")


# ---- changes and deletion -------------------------------------------------------------------------------------------


def test_publishing_opens_it_and_hiding_closes_it(client: KeyClient, user: User) -> None:
    row = ContentFactory(owner=user)
    address = f"/ipfs/{row.cid}"

    shown = patch(client, row.cid, {"visibility": "public"})
    assert (shown.status_code, shown.json()["visibility"]) == (200, "public")
    assert shown.json()["url"] == f"http://testserver{address}"
    assert Client().get(address).status_code == 200

    assert patch(client, row.cid, {"visibility": "private"}).json()["visibility"] == "private"
    assert Client().get(address).status_code == 404


def test_tags_are_replaced_and_cleaned(client: KeyClient, user: User) -> None:
    row = ContentFactory(owner=user)
    TagFactory(content=row, name="old")

    body = patch(client, row.cid, {"tags": ["Sea ", "red  Boat", "sea"]}).json()

    assert body["tags"] == ["red boat", "sea"]
    assert patch(client, row.cid, {}).json()["tags"] == ["red boat", "sea"]
    assert patch(client, row.cid, {"tags": []}).json()["tags"] == []


def test_tags_that_a_database_holds_for_the_same_are_no_failure(client: KeyClient, user: User) -> None:
    row = ContentFactory(owner=user)

    assert patch(client, row.cid, {"tags": ["cafe", "café", "CAFÉ"]}).status_code == 200
    assert row.tags.count() in (1, 2)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"visibility": "secret"}, "visibility"),
        ({"visibility": None}, "visibility"),
        ({"tags": "sea"}, "tags"),
        ({"tags": None}, "tags"),
        ({"tags": ["x"] * 51}, "tags"),
        ({"tags": [""]}, "tags.0"),
        ({"tags": ["x" * 65]}, "tags.0"),
        ({"tags": ["İ" * 40]}, "tags.0"),
        ({"tags": [7]}, "tags.0"),
        ({"tags": ["a\0"]}, "tags.0"),
        ({"tags": ["\ud800"]}, "tags.0"),
        ({"owner": 1}, "body"),
        ([], "body"),
    ],
)
def test_change_that_cannot_be_is_refused(client: KeyClient, user: User, body: Any, field: str) -> None:
    row = ContentFactory(owner=user)

    answer = patch(client, row.cid, body)

    assert answer.status_code == 400
    assert field in answer.json()["errors"]
    assert (Content.objects.get().visibility, row.tags.count()) == ("private", 0)


def test_deleting_ends_it_and_gives_the_room_back(client: KeyClient, user: User) -> None:
    row = register(owner=user, stored=store(b"to be gone"), kind="text", media_type="text/plain")
    assert use(user=user)["stored_bytes"] == 10

    assert client.delete(f"{CONTENTS}/{row.cid}").status_code == 204

    assert client.get(f"{CONTENTS}/{row.cid}").status_code == 404
    assert client.delete(f"{CONTENTS}/{row.cid}").status_code == 404
    assert use(user=user)["stored_bytes"] == 0


@pytest.mark.parametrize("method", ["patch", "delete", "verify"])
def test_private_content_of_another_is_answered_like_unknown(client: KeyClient, method: str) -> None:
    foreign = ContentFactory()

    def send(cid: str) -> Any:
        if method == "verify":
            return client.post(f"{CONTENTS}/{cid}/verify")
        return patch(client, cid, {"visibility": "public"}) if method == "patch" else client.delete(f"{CONTENTS}/{cid}")

    answers = [send(cid) for cid in (foreign.cid, UNKNOWN, "garbage")]

    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.content for answer in answers}) == 1
    assert Content.objects.get().visibility == "private"


def test_public_content_of_another_can_only_be_read(client: KeyClient) -> None:
    foreign = ContentFactory(public=True)

    for answer in (patch(client, foreign.cid, {"visibility": "private"}), client.delete(f"{CONTENTS}/{foreign.cid}")):
        assert (answer.status_code, answer.json()["code"]) == (403, "foreign_content")
    assert Content.objects.get().visibility == "public"


def test_change_of_bytes_that_two_have_changes_ones_own_row(client: KeyClient, user: User) -> None:
    theirs = ContentFactory(public=True, data=b"the same")
    mine = ContentFactory(owner=user, data=b"the same")

    assert patch(client, mine.cid, {"tags": ["mine"]}).status_code == 200
    assert client.delete(f"{CONTENTS}/{mine.cid}").status_code == 204

    theirs.refresh_from_db()
    assert (theirs.visibility, theirs.tags.count()) == ("public", 0)


def test_scopes_and_credentials(user: User) -> None:
    row = ContentFactory(owner=user)
    reader, maker = KeyClient(user, Scope.READ), KeyClient(user, Scope.GENERATE)

    assert patch(reader, row.cid, {}).status_code == 403
    assert reader.delete(f"{CONTENTS}/{row.cid}").status_code == 403
    assert reader.post(CONTENTS, {"image": picture()}).status_code == 403
    assert maker.post(f"{CONTENTS}/{row.cid}/verify").status_code == 403
    for answer in (
        patch(Client(), row.cid, {}),
        Client().delete(f"{CONTENTS}/{row.cid}"),
        Client().post(CONTENTS, {"image": picture()}),
        Client().post(f"{CONTENTS}/{row.cid}/verify"),
    ):
        assert answer.status_code == 401


# ---- verification ---------------------------------------------------------------------------------------------------


def verified(client: Client, row: Content) -> dict[str, Any]:
    answer = client.post(f"{CONTENTS}/{row.cid}/verify")
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def test_verifying_sound_content_of_several_blocks(client: KeyClient, user: User) -> None:
    data = bytes(range(256)) * 4096 * 3
    row = ContentFactory(owner=user, data=data)

    assert verified(client, row) == {
        "cid": row.cid,
        "intact": True,
        "blocks": 4,
        "size_bytes": len(data),
        "faults": [],
        "node": None,
    }


def test_verifying_finds_each_fault(client: KeyClient, user: User, block_files: Callable[[], list[Path]]) -> None:
    parts = [bytes([number]) * 2**20 for number in range(3)]
    row = ContentFactory(owner=user, data=b"".join(parts))
    leaves = [path for path in block_files() if path.stat().st_size == 2**20]
    leaves[0].write_bytes(b"\xff" * 2**20)
    leaves[1].unlink()

    body = verified(client, row)

    assert (body["intact"], body["blocks"], body["size_bytes"]) == (False, 4, 2**20)
    assert sorted(fault["code"] for fault in body["faults"]) == ["damaged_content", "missing_content"]
    assert row.cid not in [fault["cid"] for fault in body["faults"]]


def test_verifying_after_a_single_flipped_bit(
    client: KeyClient, user: User, block_files: Callable[[], list[Path]]
) -> None:
    row = ContentFactory(owner=user, data=b"one block")
    (block,) = block_files()
    block.write_bytes(b"one blocl")

    body = verified(client, row)

    assert body["faults"] == [{"cid": row.cid, "code": "damaged_content"}]


def test_everybody_with_a_key_verifies_public_content(client: KeyClient) -> None:
    assert verified(client, ContentFactory(public=True))["intact"]


def test_a_node_that_is_damaged_is_named_and_hides_its_blocks(client: KeyClient, user: User, blocks_dir: Path) -> None:
    row = ContentFactory(owner=user, data=varied_bytes(2 * 2**20))
    name = cids.parse(row.cid).digest.hex()
    (blocks_dir / name[:2] / name).write_bytes(b"no node")

    body = verified(client, row)

    assert (body["intact"], body["blocks"], body["size_bytes"]) == (False, 1, 0)
    assert body["faults"] == [{"cid": row.cid, "code": "damaged_content"}]


def test_what_two_users_have_is_damaged_for_both_and_healed_for_both(
    client: KeyClient, user: User, block_files: Callable[[], list[Path]]
) -> None:
    data, other = varied_bytes(2**20 + 1), UserFactory()
    mine, theirs = (ContentFactory(owner=owner, data=data) for owner in (user, other))
    leaf = next(path for path in block_files() if path.stat().st_size == 1)
    leaf.unlink()

    lost = [{"cid": str(cids.of_block(data[2**20 :], cids.RAW)), "code": "missing_content"}]
    for person, row in ((client, mine), (KeyClient(other), theirs)):
        assert verified(person, row)["faults"] == lost
    store(data)
    for person, row in ((client, mine), (KeyClient(other), theirs)):
        assert verified(person, row)["intact"]


def test_a_row_with_another_size_than_its_bytes_is_not_intact(client: KeyClient, user: User) -> None:
    row = ContentFactory(owner=user, data=b"ten bytes.", size_bytes=11)

    assert verified(client, row)["faults"] == [{"cid": row.cid, "code": "damaged_content"}]
