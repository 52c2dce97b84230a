"""The registry and the gateway over both stores, over a bucket that is away, and by its signed URLs."""

import io
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone
from PIL import Image
from pytest_django import Settings

from accounts.models import Scope, User
from content import services
from content.checking import Trouble, check
from content.errors import StorageUnavailable
from content.library.export import export
from content.library.importing import import_archive
from content.models import Content, Takedown
from content.previews import beginning_of, waveform_of
from content.services import read_bytes, register, store_patiently
from content.storage import cids
from content.storage.blocks import BlockStore, block_store
from content.storage.collector import collect
from tests.factories.accounts import UserFactory
from tests.factories.content import ContentFactory
from tests.support.clients import KeyClient
from tests.support.object_storage import BUCKET, ObjectStorage, Proxy, set_up
from tests.support.samples import varied_bytes

pytestmark = pytest.mark.django_db

CONTENTS = "/api/v1/contents"
LARGE = varied_bytes(2 * 2**20 + 9)  # a node and three leaves


@pytest.fixture
def user() -> User:
    return UserFactory()


@pytest.fixture
def client(user: User) -> KeyClient:
    return KeyClient(user, Scope.READ, Scope.GENERATE, Scope.MANAGE)


@pytest.fixture
def proxy(object_storage: ObjectStorage, settings: Settings) -> Iterator[Proxy]:
    """The settings name a bucket behind it."""
    with Proxy(object_storage.url) as between:
        set_up(settings, between.url)
        yield between


def kept(user: User, data: bytes, **fields: Any) -> Content:
    return register(owner=user, stored=services.store(data), **{"kind": "text", "media_type": "text/plain", **fields})


def png() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (8, 6), (200, 30, 30)).save(file, "PNG")
    return file.getvalue()


def upload(client: Client) -> Any:
    return client.post(CONTENTS, {"file": SimpleUploadedFile("a.png", png(), "image/png")})


def get(client: Client, path: str, **headers: str) -> Any:
    return client.get(path, headers={name.replace("_", "-"): value for name, value in headers.items()})


# ---- both stores ----------------------------------------------------------------------------------------------------


def test_a_life_of_a_picture(store: BlockStore, client: KeyClient) -> None:
    cid = upload(client).json()["cid"]
    raw = get(client, f"{CONTENTS}/{cid}/raw")
    assert (raw.status_code, raw["Content-Type"]) == (200, "image/png")
    data = raw.getvalue()
    assert str(cids.of_block(data, cids.RAW)) == cid
    assert client.post(f"{CONTENTS}/{cid}/verify").json()["intact"]
    part = get(client, f"/ipfs/{cid}", range="bytes=3-9")
    assert (part.status_code, part.getvalue()) == (206, data[3:10])

    assert client.delete(f"{CONTENTS}/{cid}").status_code == 204
    assert get(client, f"/ipfs/{cid}").status_code == 404
    for hours in (2, 4):
        collect(now=timezone.now() + timedelta(hours=hours))

    assert [*store.unrenewed_since(1e12), *store.aside_since(1e12)] == []


def test_gateway(store: BlockStore, user: User) -> None:
    content, anybody = kept(user, LARGE, visibility="public"), Client()

    assert get(anybody, f"/ipfs/{content.cid}").getvalue() == LARGE
    assert get(anybody, f"/ipfs/{content.cid}", range="bytes=1048570-1048580").getvalue() == LARGE[1048570:1048581]
    leaf = cids.of_block(LARGE[: 2**20], cids.RAW)
    assert get(anybody, f"/ipfs/{leaf}?format=raw").getvalue() == LARGE[: 2**20]
    archive = get(anybody, f"/ipfs/{content.cid}?format=car")
    assert archive["Content-Type"].startswith("application/vnd.ipld.car")
    assert LARGE[2**21 :] in archive.getvalue()
    head = anybody.head(f"/ipfs/{content.cid}")
    assert head["Content-Length"] == str(len(LARGE))


def test_library_goes_out_and_comes_back(store: BlockStore, user: User, tmp_path: Path) -> None:
    contents = [kept(user, LARGE), kept(user, b"small")]
    path = tmp_path / "library.car"
    path.write_bytes(b"".join(export(owner=user)))
    for content in contents:
        services.delete(content=content)
    for hours in (2, 4):
        collect(now=timezone.now() + timedelta(hours=hours))

    assert import_archive(path=path, owner=user).new == 2

    assert {read_bytes(content=row) for row in Content.objects.all()} == {LARGE, b"small"}


def test_check_finds_and_repairs(store: BlockStore, user: User) -> None:
    kept(user, LARGE)
    services.store(b"nobody's")
    later = timezone.now() + timedelta(hours=2)

    assert [finding.trouble for finding in check(now=later)] == [Trouble.ORPHAN]
    assert [finding.repaired for finding in check(now=later, repair=True)] == [True]
    assert list(check(now=later)) == []


# ---- a bucket that is away ------------------------------------------------------------------------------------------


def test_answers_while_the_bucket_is_away(proxy: Proxy, client: KeyClient, user: User) -> None:
    content = kept(user, LARGE, visibility="public")
    proxy.refuse = True

    for answer in (
        upload(client),
        get(client, f"{CONTENTS}/{content.cid}/raw"),
        client.post(f"{CONTENTS}/{content.cid}/verify"),
        get(Client(), f"/ipfs/{content.cid}"),
        get(Client(), f"/ipfs/{content.cid}?format=raw"),
        get(Client(), f"/ipfs/{content.cid}?format=car"),
    ):
        assert (answer.status_code, answer["Retry-After"]) == (503, "10")
        assert "The storage that keeps content cannot be used right now." in answer.text
    assert get(client, CONTENTS).status_code == 200

    proxy.refuse = False
    assert Content.objects.count() == 1
    assert get(client, f"{CONTENTS}/{content.cid}/raw").getvalue() == LARGE
    assert upload(client).status_code == 201


def test_pages_do_without_what_they_would_show_of_it(proxy: Proxy, user: User) -> None:
    text, sound = kept(user, b"some words"), kept(user, b"RIFF", kind="audio", media_type="audio/wav")
    proxy.refuse = True

    assert beginning_of(content=text, size_bytes=100) is None
    assert waveform_of(content=sound, bars=8) == []


def test_housekeeping_while_the_bucket_is_away(proxy: Proxy, user: User) -> None:
    content = kept(user, LARGE)
    services.store(b"nobody's")
    proxy.refuse = True

    with pytest.raises(StorageUnavailable):
        collect(now=timezone.now() + timedelta(hours=2))
    with pytest.raises(CommandError, match="cannot be used right now"):
        call_command("content", "check")

    proxy.refuse = False
    assert collect(now=timezone.now() + timedelta(hours=2)) == 1
    assert read_bytes(content=content) == LARGE


def test_nothing_is_collected_where_the_bucket_goes_away_in_between(proxy: Proxy) -> None:
    ContentFactory(data=LARGE)  # a row that does not list its blocks
    services.store(b"nobody's")
    # Both lists are there; the node that says what else is needed is not.
    proxy.refuse_after = len(proxy.requests) + 3

    with pytest.raises(StorageUnavailable):
        collect(now=timezone.now() + timedelta(hours=2))

    assert proxy.count("DELETE") == 0


def test_a_result_waits_for_a_bucket_that_comes_back(proxy: Proxy) -> None:
    proxy.refuse = True
    threading.Timer(1.0, lambda: setattr(proxy, "refuse", False)).start()

    stored = store_patiently(b"dear")

    assert block_store().get(cids.parse(stored.cid)) == b"dear"


# ---- signed URLs ----------------------------------------------------------------------------------------------------


@pytest.fixture
def signed(s3: ObjectStorage, settings: Settings) -> ObjectStorage:
    settings.S3_SIGNED_URLS = True
    return s3


@pytest.mark.parametrize("path", ["/ipfs/{}", "/api/v1/contents/{}/raw"])
def test_programs_are_sent_to_the_bucket(signed: ObjectStorage, client: KeyClient, user: User, path: str) -> None:
    data = png()
    content = kept(user, data, kind="image", media_type="image/png")

    answer = get(client, path.format(content.cid))

    assert answer.status_code == 302
    assert answer["Location"].startswith(f"{signed.url}/{BUCKET}/atelier/blocks/")
    assert "X-Amz-Expires=60" in answer["Location"]
    assert answer["Cache-Control"] == "private, no-store"
    assert answer["Referrer-Policy"] == "no-referrer"
    followed = requests.get(answer["Location"], timeout=20)
    assert (followed.status_code, followed.content) == (200, data)
    assert followed.headers["Content-Type"] == "image/png"
    assert followed.headers["Content-Disposition"] == "inline"
    assert followed.headers["Cache-Control"] == "private, no-store"


def test_what_is_not_shown_is_a_download_there_too(signed: ObjectStorage, client: KeyClient, user: User) -> None:
    content = kept(user, b"<script>", media_type="text/html")

    followed = requests.get(get(client, f"/ipfs/{content.cid}")["Location"], timeout=20)

    assert followed.headers["Content-Type"] == "application/octet-stream"
    assert followed.headers["Content-Disposition"] == f'attachment; filename="{content.cid}.bin"'


@pytest.mark.parametrize(
    "headers",
    [{"range": "bytes=0-1"}, {"if_none_match": '"other"'}, {"if_match": "*"}, {"if_range": '"other"'}],
)
def test_parts_and_conditions_are_answered_here(
    signed: ObjectStorage, client: KeyClient, user: User, headers: dict[str, str]
) -> None:
    content = kept(user, b"some words")

    assert get(client, f"/ipfs/{content.cid}", **headers).status_code in (200, 206)


def test_everybody_else_is_answered_here(signed: ObjectStorage, client: KeyClient, user: User) -> None:
    private, public = kept(user, b"private"), kept(user, b"public", visibility="public")
    large = kept(user, LARGE)
    browser = Client()
    browser.force_login(user)
    link = get(client, f"{CONTENTS}/{private.cid}").json()["url"]

    assert get(browser, f"/ipfs/{private.cid}").getvalue() == b"private"
    assert get(browser, link).getvalue() == b"private"
    assert get(Client(), link).getvalue() == b"private"
    assert get(client, f"/ipfs/{public.cid}").getvalue() == b"public"
    assert get(client, f"/ipfs/{large.cid}").getvalue() == LARGE
    assert client.head(f"/ipfs/{private.cid}").status_code == 200
    assert get(Client(), f"/ipfs/{private.cid}").status_code == 404
    assert get(KeyClient(UserFactory()), f"/ipfs/{private.cid}").status_code == 404


def test_damaged_missing_and_taken_down_files_are_not_given_out(
    signed: ObjectStorage, client: KeyClient, user: User
) -> None:
    damaged, missing, gone = (kept(user, data) for data in (b"damaged", b"missing", b"taken down"))
    key = next(key for key, data in signed.objects().items() if data == b"damaged")
    signed.client().put_object(Bucket=BUCKET, Key=key, Body=b"dust")
    key = next(key for key, data in signed.objects().items() if data == b"missing")
    signed.client().delete_object(Bucket=BUCKET, Key=key)
    Takedown.objects.create(cid=gone.cid)

    for content, status, code in (
        (damaged, 500, "damaged_content"),
        (missing, 500, "missing_content"),
        (gone, 451, "taken_down"),
    ):
        answer = get(client, f"{CONTENTS}/{content.cid}/raw")
        assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_without_the_setting_the_bytes_come_from_here(s3: ObjectStorage, client: KeyClient, user: User) -> None:
    assert get(client, f"/ipfs/{kept(user, b'private').cid}").getvalue() == b"private"


def test_a_disk_has_no_signed_urls(settings: Settings, client: KeyClient, user: User) -> None:
    settings.S3_SIGNED_URLS = True

    assert get(client, f"/ipfs/{kept(user, b'private').cid}").getvalue() == b"private"
