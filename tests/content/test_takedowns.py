"""What was taken down is given to nobody, at no address; what it shares with others stays."""

from typing import Any

import pytest
from django.test import Client

from content.admin import TakedownForm
from content.models import Content, Takedown
from content.storage import cids
from tests.content.test_gateway import DATA, fetched, leaf, registered
from tests.factories.accounts import UserFactory
from tests.factories.content import ContentFactory
from tests.factories.generation import JobOutputFactory
from tests.support.clients import KeyClient

pytestmark = pytest.mark.django_db


def take_down(cid: object, **fields: Any) -> Takedown:
    entry: Takedown = Takedown.objects.create(cid=str(cid), **fields)
    return entry


@pytest.mark.parametrize("status", [410, 451])
@pytest.mark.parametrize("query", ["", "?format=raw", "?format=car"])
def test_gateway_answers_what_the_list_says(status: int, query: str) -> None:
    content = registered(b"bad")
    take_down(content.cid, status=status, reason="A court said so.")

    answer = fetched(f"/ipfs/{content.cid}{query}")

    assert answer.status_code == status
    assert answer.json() == {"error": "This content has been taken down: A court said so."}
    assert answer["Cache-Control"] == "no-store"
    assert fetched(f"/ipfs/{content.cid}{query}", if_none_match="*").status_code == status
    assert Client().head(f"/ipfs/{content.cid}{query}").status_code == status


@pytest.mark.parametrize("status", [410, 451])
@pytest.mark.parametrize("public", [True, False])
def test_every_address_is_closed_to_the_owner_too(status: int, public: bool) -> None:
    owner = UserFactory()
    content = ContentFactory(picture=True, public=public, owner=owner)
    text = ContentFactory(public=public, owner=owner)
    output = JobOutputFactory(job__owner=owner, content=content)
    client = KeyClient(owner)
    (signed,) = (
        entry["url"] for entry in client.get("/api/v1/contents").json()["results"] if entry["cid"] == content.cid
    )
    reads = [
        f"/view-image/{content.cid}",
        f"/view-text/{text.cid}",
        f"/api/v1/contents/{content.cid}",
        f"/api/v1/contents/{content.cid}/raw",
        f"/output/generated_image/{output.id}.png",
        f"/images/{output.id}.png",
        f"/content/{content.cid}",
    ]
    client.force_login(owner)
    assert {client.get(path).status_code for path in reads} == {200}

    for row in (content, text):
        take_down(row.cid, status=status)

    assert {client.get(path).status_code for path in reads} == {451}
    assert client.get(signed).status_code == status
    changes = {"visibility": "public"}
    path = f"/api/v1/contents/{content.cid}"
    assert client.patch(path, changes, content_type="application/json").status_code == 451
    assert client.post(f"{path}/verify").status_code == 451
    assert client.get(path).json()["code"] == "taken_down"


def test_no_job_begins_with_what_was_taken_down() -> None:
    owner = UserFactory()
    content = ContentFactory(picture=True, owner=owner)
    take_down(content.cid)
    request = {"kind": "image_to_image", "params": {"prompt": "a boat", "image": content.cid}}

    answer = KeyClient(owner).post("/api/v1/jobs", request, content_type="application/json")

    assert answer.status_code == 451
    assert "taken down" in answer.json()["detail"]
    schema = KeyClient(owner).get("/api/schema?format=json").json()
    assert "451" in schema["paths"]["/api/v1/jobs"]["post"]["responses"]


def test_what_was_taken_down_is_in_no_list() -> None:
    owner = UserFactory()
    content, other = ContentFactory(public=True, owner=owner), ContentFactory(public=True, owner=owner)
    take_down(content.cid)
    client = KeyClient(owner)

    assert [entry["cid"] for entry in client.get("/get-content").json()["content"]] == [other.cid]
    assert [entry["cid"] for entry in client.get("/api/v1/contents").json()["results"]] == [other.cid]


def test_owner_may_delete_what_was_taken_down() -> None:
    content = ContentFactory()
    take_down(content.cid)

    assert KeyClient(content.owner).delete(f"/api/v1/contents/{content.cid}").status_code == 204
    assert not Content.objects.exists()


def test_list_says_nothing_about_what_is_here() -> None:
    private = ContentFactory()
    take_down(private.cid)
    absent = take_down("bafkreicysg23kiwv34eg2d7qweipxwosdo2py4ldv42nbauguluen5v6am")

    answers = [fetched(f"/ipfs/{cid}") for cid in (private.cid, absent.cid)]

    assert {answer.status_code for answer in answers} == {451}
    assert answers[0].content == answers[1].content


def test_block_on_the_list_closes_every_file_that_has_it() -> None:
    one, other = registered(DATA), registered(DATA[2**20 :])
    private = registered(DATA + b"1", public=False)
    take_down(leaf(0))

    for query in ("", "?format=raw", "?format=car"):
        assert fetched(f"/ipfs/{one.cid}{query}").status_code == 451
        assert fetched(f"/ipfs/{other.cid}{query}").status_code == 200
        # Nobody learns that somebody has a file with that block.
        assert fetched(f"/ipfs/{private.cid}{query}").status_code == 404
    assert fetched(f"/ipfs/{leaf(0)}?format=raw").status_code == 451
    assert fetched(f"/ipfs/{leaf(1)}?format=raw").status_code == 200


def test_blocks_of_a_file_on_the_list_stay_where_another_has_them() -> None:
    gone, other = registered(DATA), registered(DATA[: 2 * 2**20])
    take_down(gone.cid, status=410)

    assert fetched(f"/ipfs/{other.cid}?format=car").status_code == 200
    assert fetched(f"/ipfs/{leaf(0)}?format=raw").status_code == 200
    # The last leaf belongs to that file alone.
    assert fetched(f"/ipfs/{leaf(3)}?format=raw").status_code == 410


def test_identity_cid_can_be_taken_down() -> None:
    take_down("bafkqaaa")

    for query in ("", "?format=raw", "?format=car"):
        assert fetched(f"/ipfs/bafkqaaa{query}").status_code == 451


def test_removing_an_entry_gives_it_out_again() -> None:
    content = registered(b"good after all")
    entry = take_down(content.cid)
    assert fetched(f"/ipfs/{content.cid}").status_code == 451

    entry.delete()

    assert fetched(f"/ipfs/{content.cid}").status_code == 200


def test_admin_takes_any_encoding_and_nothing_else() -> None:
    cid = cids.of_block(b"bad", cids.RAW)
    upper = str(cid).upper()

    form = TakedownForm({"cid": f" {upper} ", "status": 410, "reason": ""})

    assert form.is_valid(), form.errors
    assert form.save().cid == str(cid)
    for wrong in ("", "no cid", f"/ipfs/{cid}"):
        assert "cid" in TakedownForm({"cid": wrong, "status": 410}).errors
    assert "status" in TakedownForm({"cid": str(cids.of_block(b"2", cids.RAW)), "status": 404}).errors


def test_admin_shows_the_list(client: Client) -> None:
    take_down("bafkqaaa")
    client.force_login(
        UserFactory(is_staff=True, is_superuser=True), backend="django.contrib.auth.backends.ModelBackend"
    )

    for path in ("/admin/content/takedown/", "/admin/content/takedown/add/"):
        assert client.get(path).status_code == 200
