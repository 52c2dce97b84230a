"""A library goes out of one Atelier and comes into another; what is damaged leaves nothing behind."""

import io
import json
import random
import tracemalloc
import wave
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db import connections
from django.http import StreamingHttpResponse
from django.http.response import HttpResponseBase
from PIL import Image

from accounts.errors import QuotaReached
from accounts.models import Scope, User
from accounts.selectors import use
from common.errors import InvalidInput
from content import services
from content.errors import DamagedArchive
from content.library import entries
from content.library.export import export
from content.library.importing import Imported, import_archive
from content.models import Content, Kind, Part, Tag, Takedown, Visibility
from content.storage import cids, unixfs
from content.storage.cids import RAW, Cid
from tests.content.test_gateway import DATA, leaf, registered
from tests.factories.accounts import QuotaFactory, UserFactory
from tests.factories.content import ContentFactory, TagFactory
from tests.support.archives import COMPLETE, INCOMPLETE, Blocks, archive, blocks_in, packed
from tests.support.clients import AsyncKeyClient, KeyClient

pytestmark = pytest.mark.django_db

EXPORT = "/api/v1/contents/export"
LONG_AGO = datetime(2001, 2, 3, 4, 5, 6, 789, tzinfo=UTC)
COLUMNS = [
    field.name
    for field in Content._meta.get_fields()
    if field.concrete and field.name not in ("id", "owner", "pin_state")
]


@pytest.fixture
def owner() -> User:
    """A user with a library of every kind."""
    user = UserFactory(username="ada")
    services.change(content=registered(DATA, owner=user), tags=["große stadt", "sea"])
    picture = ContentFactory(
        owner=user,
        picture=True,
        prompt='a "red" circle ☀\n',
        provenance={"engine": "stable-diffusion", "seed": 2**32 - 1, "parameters": {"guidance_scale": 7.5}},
    )
    TagFactory(content=picture, name="red")
    ContentFactory(owner=user, kind=Kind.AUDIO, media_type="audio/wav", duration=1.25, data=b"")
    Content.objects.filter(pk=picture.pk).update(created_at=LONG_AGO)
    ContentFactory()  # somebody else's
    return user


@pytest.fixture
def kept(tmp_path: Path) -> Callable[[bytes], Path]:
    """Write an archive to a file."""

    def keep(data: bytes) -> Path:
        path = tmp_path / "library.car"
        path.write_bytes(data)
        return path

    return keep


def rows_of(user: User) -> list[dict[str, Any]]:
    """All that is to be restored."""
    return [
        {
            **{name: getattr(content, name) for name in COLUMNS},
            "tags": sorted(tag.name for tag in content.tags.all()),
            "parts": sorted(part.cid for part in content.parts.all()),
            "bytes": services.read_bytes(content=content),
        }
        for content in Content.objects.filter(owner=user).order_by("cid")
    ]


def counts(done: Imported) -> tuple[int, int, int, int]:
    return done.new, done.present, done.unknown, done.taken_down


# ---- out ------------------------------------------------------------------------------------------------------------


def test_export_is_an_archive_of_an_index_and_every_block_once(owner: User) -> None:
    TagFactory(content=registered(DATA[: 2 * 2**20], owner=owner))

    answer = KeyClient(owner).get(EXPORT)

    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("application/vnd.ipld.car; version=1")
    assert answer["Content-Disposition"] == 'attachment; filename="atelier-library.car"'
    assert answer["Cache-Control"] == "private, no-store"
    assert answer["X-Content-Type-Options"] == "nosniff"
    body = answer.getvalue()
    (root,), blocks = blocks_in(body)
    assert root.codec == entries.DAG_JSON
    index = json.loads(blocks[root])
    assert (index["format"], index["version"], index["owner"]) == ("atelier-library", 1, "ada")
    listed = {entry["cid"]["/"] for entry in index["contents"]}
    assert listed == set(Content.objects.filter(owner=owner).values_list("cid", flat=True))
    needed = listed | set(Part.objects.filter(content__owner=owner).values_list("cid", flat=True))
    assert {str(cid) for cid in blocks} == needed | {str(root)}
    # The leaves that two files share are there once.
    assert len(body) < len(DATA) + 10_000


def test_index_is_canonical_dag_json(owner: User) -> None:
    (page,) = entries.pages(owner="ada", entries=map(entries.entry_json, Content.objects.filter(owner=owner)))

    plain = json.dumps(json.loads(page), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    assert page == plain.encode()


def test_export_of_an_empty_library_is_an_empty_index(kept: Callable[[bytes], Path]) -> None:
    user = UserFactory()

    body = KeyClient(user).get(EXPORT).getvalue()

    (root,), blocks = blocks_in(body)
    assert json.loads(blocks[root])["contents"] == []
    assert counts(import_archive(path=kept(body), owner=user)) == (0, 0, 0, 0)


def test_export_needs_a_key_that_reads(client: Any, owner: User) -> None:
    assert client.get(EXPORT).status_code == 401
    assert KeyClient(owner, Scope.MANAGE).get(EXPORT).status_code == 403
    assert KeyClient(owner).post(EXPORT).status_code == 405


def test_export_head_has_no_body(owner: User) -> None:
    answer = KeyClient(owner).head(EXPORT)

    assert answer.status_code == 200
    assert b"".join(answer) == b""


def test_export_leaves_out_what_was_taken_down(owner: User) -> None:
    content = Content.objects.get(owner=owner, kind=Kind.IMAGE)
    Takedown.objects.create(cid=content.cid)
    Takedown.objects.create(cid=str(leaf(1)))

    _, blocks = blocks_in(b"".join(export(owner=owner)))

    assert not {content.cid, str(leaf(0)), str(leaf(1))} & {str(cid) for cid in blocks}


def test_export_breaks_off_where_a_block_is_missing(owner: User, block_files: Callable[[], list[Path]]) -> None:
    for path in block_files():
        if path.name == leaf(2).digest.hex():
            path.unlink()

    with pytest.raises(Exception, match="missing"):
        b"".join(export(owner=owner))


def test_large_library_has_several_pages(monkeypatch: pytest.MonkeyPatch, kept: Callable[[bytes], Path]) -> None:
    monkeypatch.setattr(entries, "PAGE_BYTES", 1000)
    monkeypatch.setattr("content.library.export._ROWS_AT_ONCE", 3)
    user, other = UserFactory(), UserFactory()
    for _ in range(10):
        ContentFactory(owner=user)
    Content.objects.update(created_at=LONG_AGO)

    body = b"".join(export(owner=user))

    assert len(blocks_in(body)[0]) > 2
    assert counts(import_archive(path=kept(body), owner=other)) == (10, 0, 0, 0)
    assert rows_of(other) == rows_of(user)


@pytest.mark.django_db(transaction=True)
async def test_under_asgi_an_export_is_streamed_and_holds_no_connection() -> None:
    user = await sync_to_async(UserFactory)()
    await sync_to_async(registered)(DATA, owner=user)
    client = await sync_to_async(AsyncKeyClient)(user)

    answer: HttpResponseBase = await client.get(EXPORT)

    assert isinstance(answer, StreamingHttpResponse)
    assert answer.is_async
    held = await sync_to_async(lambda: [one.alias for one in connections.all() if one.connection is not None])()
    assert held == []
    pieces = [piece async for piece in answer]
    assert max(map(len, pieces)) < 2**20 + 2**10
    assert len(blocks_in(b"".join(pieces))[1]) == 6


def test_memory_holds_a_block_and_not_the_library(kept: Callable[[bytes], Path]) -> None:
    user, other = UserFactory(), UserFactory()
    for number in range(40):
        registered(number.to_bytes() + DATA[: 2**20 - 1], owner=user)

    tracemalloc.start()
    try:
        path = kept(b"")
        with path.open("wb") as file:
            for piece in export(owner=user):
                file.write(piece)
        assert tracemalloc.get_traced_memory()[1] < 12 * 2**20
        import_archive(path=path, owner=other)
        assert tracemalloc.get_traced_memory()[1] < 12 * 2**20
    finally:
        tracemalloc.stop()
    assert path.stat().st_size > 40 * 2**20


# ---- in -------------------------------------------------------------------------------------------------------------


@pytest.fixture
def elsewhere(settings: Any, tmp_path: Path) -> Callable[[], None]:
    """From now on the blocks lie in another, empty store: as on another Atelier."""

    def move() -> None:
        settings.BLOCKS_DIR = tmp_path / "other-blocks"

    return move


def test_import_restores_the_library(owner: User, kept: Callable[[bytes], Path], elsewhere: Callable[[], None]) -> None:
    path, before = kept(b"".join(export(owner=owner))), rows_of(owner)
    owner.delete()
    again = UserFactory(username="ada")
    elsewhere()

    done = import_archive(path=path)

    assert (done.owner, counts(done)) == (again, (3, 0, 0, 0))
    assert rows_of(again) == before
    assert use(user=again)["stored_bytes"] == sum(row["size_bytes"] for row in before)


def test_import_twice_changes_nothing(owner: User, kept: Callable[[bytes], Path]) -> None:
    path, other = kept(b"".join(export(owner=owner))), UserFactory()
    import_archive(path=path, owner=other)
    changed = Content.objects.filter(owner=other).order_by("cid")[0]
    services.change(content=changed, visibility=Visibility.PRIVATE, tags=["mine"])
    before = rows_of(other)

    assert counts(import_archive(path=path, owner=other)) == (0, 3, 0, 0)

    assert rows_of(other) == before
    assert use(user=other)["stored_bytes"] == sum(row["size_bytes"] for row in before)


def test_import_heals_blocks(owner: User, kept: Callable[[bytes], Path], block_files: Callable[[], list[Path]]) -> None:
    path, before = kept(b"".join(export(owner=owner))), rows_of(owner)
    for number, block in enumerate(block_files()):
        if number % 2:
            block.unlink()
        else:
            block.write_bytes(b"rotten")

    assert counts(import_archive(path=path, owner=owner)) == (0, 3, 0, 0)

    assert rows_of(owner) == before


def test_import_leaves_out_what_was_taken_down_here(owner: User, kept: Callable[[bytes], Path]) -> None:
    path, other = kept(b"".join(export(owner=owner))), UserFactory()
    Takedown.objects.create(cid=str(leaf(1)))

    assert counts(import_archive(path=path, owner=other)) == (2, 0, 0, 1)


def test_import_keeps_to_the_limit_of_the_library(
    owner: User, kept: Callable[[bytes], Path], block_files: Callable[[], list[Path]]
) -> None:
    path, other = kept(b"".join(export(owner=owner))), UserFactory()
    QuotaFactory(user=other, stored_bytes=len(DATA))

    with pytest.raises(QuotaReached, match=r"3,14\d,\d\d\d are allowed"):
        import_archive(path=path, owner=other)
    assert not Content.objects.filter(owner=other).exists()


def test_import_without_an_owner_asks_for_one_unless_there_is_no_choice(kept: Callable[[bytes], Path]) -> None:
    path = kept(archive("own-raw-block"))
    only = UserFactory()

    assert import_archive(path=path).owner == only

    UserFactory()
    with pytest.raises(InvalidInput, match="--owner"):
        import_archive(path=path)


def _damaged(whole: bytes) -> list[bytes]:
    chance = random.Random(7)
    cut = [whole[: chance.randrange(len(whole))] for _ in range(30)]
    flipped = []
    for _ in range(60):
        position = chance.randrange(len(whole))
        flipped.append(whole[:position] + bytes([whole[position] ^ 1 << chance.randrange(8)]) + whole[position + 1 :])
    return [*cut, *flipped, whole + b"\x01", whole + whole]


def test_damaged_archive_is_refused_whole(
    kept: Callable[[bytes], Path], elsewhere: Callable[[], None], settings: Any
) -> None:
    user, other = UserFactory(), UserFactory()
    registered(DATA[: 2**20 + 5], owner=user)
    whole = b"".join(export(owner=user))
    elsewhere()

    for number, data in enumerate(_damaged(whole)):
        with pytest.raises(DamagedArchive):
            import_archive(path=kept(data), owner=other)
        assert not Content.objects.filter(owner=other).exists(), number
        assert not list(Path(settings.BLOCKS_DIR).glob("*/*")), number


@pytest.mark.parametrize("name", INCOMPLETE)
def test_incomplete_archive_is_refused_whole(
    name: str, kept: Callable[[bytes], Path], block_files: Callable[[], list[Path]]
) -> None:
    with pytest.raises(DamagedArchive, match="lacks the block"):
        import_archive(path=kept(archive(name)), owner=UserFactory())

    assert not Content.objects.exists()
    assert block_files() == []


def _with_index(change: Callable[[dict[str, Any]], None]) -> bytes:
    blocks = Blocks()
    root = unixfs.build(b"hello", blocks.put).cid
    entry: dict[str, Any] = {
        "cid": {"/": str(root)},
        "created_at": "2026-01-02T03:04:05Z",
        "duration": None,
        "height": None,
        "kind": "text",
        "media_type": "text/plain",
        "prompt": "",
        "provenance": {},
        "size_bytes": 5,
        "tags": [],
        "visibility": "private",
        "width": None,
    }
    change(entry)
    page = {"contents": [entry], "format": "atelier-library", "owner": "ada", "version": entry.pop("version", 1)}
    return packed([blocks.keep(json.dumps(page).encode(), entries.DAG_JSON)], blocks)


@pytest.mark.parametrize(
    "changes",
    [
        {"size_bytes": 6},
        {"size_bytes": -1},
        {"size_bytes": 2**63},
        {"cid": str(cids.of_block(b"hello", RAW))},
        {"cid": {"/": "garbage"}},
        {"cid": {"/": "bafkqaaa"}},
        {"cid": {"/": str(cids.of_block(b"other", RAW))}},
        {"cid": None},
        {"kind": "video"},
        {"visibility": "everybody"},
        {"tags": "red"},
        {"tags": ["x" * 65]},
        {"duration": -1},
        {"duration": "inf"},
        {"width": 2**31},
        {"prompt": None},
        {"prompt": "\x00"},
        {"provenance": []},
        {"created_at": "yesterday"},
        {"media_type": "x" * 65},
        {"version": 2},
    ],
)
def test_wrong_index_is_refused_whole(
    changes: dict[str, Any], kept: Callable[[bytes], Path], block_files: Callable[[], list[Path]]
) -> None:
    with pytest.raises(DamagedArchive):
        import_archive(path=kept(_with_index(lambda entry: entry.update(changes))), owner=UserFactory())

    assert not Content.objects.exists()
    assert block_files() == []


def test_right_index_is_taken(kept: Callable[[bytes], Path]) -> None:
    changes = {"tags": ["  Red ", "red", ""][:2], "visibility": "public"}

    import_archive(path=kept(_with_index(lambda entry: entry.update(changes))), owner=UserFactory())

    content = Content.objects.get()
    assert (content.visibility, [tag.name for tag in Tag.objects.all()]) == ("public", ["red"])
    assert content.created_at == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


# ---- archives of others ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", COMPLETE)
def test_archive_without_an_index_brings_its_files(
    name: str, kept: Callable[[bytes], Path], block_files: Callable[[], list[Path]]
) -> None:
    user, path = UserFactory(), kept(archive(name))
    _, blocks = blocks_in(archive(name))

    done = import_archive(path=path, owner=user)

    contents = list(Content.objects.filter(owner=user))
    assert done.new == len(contents) > 0
    assert {(content.kind, content.media_type, content.visibility) for content in contents} == {
        ("text", "text/plain", "private")
    }
    assert {content.provenance["source"] for content in contents} == {"import"}
    # Blocks that no file needs stay outside.
    stored = {path.name for path in block_files()}
    needed = {cids.parse(content.cid).digest.hex() for content in contents}
    needed |= {cids.parse(part.cid).digest.hex() for part in Part.objects.all()}
    assert stored == needed <= {cid.digest.hex() for cid in blocks}
    assert counts(import_archive(path=path, owner=user))[:2] == (0, done.new)


def _png() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (7, 5)).save(out, "PNG")
    return out.getvalue()


def _wav() -> bytes:
    out = io.BytesIO()
    with wave.open(out, "wb") as sound:
        sound.setnchannels(2)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        sound.writeframes(bytes(4 * 16_000))
    return out.getvalue()


def test_kinds_are_seen_from_the_bytes(kept: Callable[[bytes], Path]) -> None:
    blocks, user = Blocks(), UserFactory()
    some = {
        "picture": _png(),
        "sound": _wav(),
        "text": "Grüße\n".encode(),
        "page": b"<script>alert(1)</script>",
        "program": b"\x7fELF\x00\x01",
        "half a picture": _png()[:40],
        "polyglot": _png() + b"PK\x05\x06" + bytes(18),
    }
    links: list[tuple[str, Cid]] = [(name, blocks.file(data).cid) for name, data in some.items()]

    done = import_archive(path=kept(packed([blocks.directory(links)], blocks)), owner=user)

    assert counts(done) == (4, 0, 3, 0)
    found = {content.provenance["name"]: content for content in Content.objects.all()}
    assert (found["picture"].media_type, found["picture"].width, found["picture"].height) == ("image/png", 7, 5)
    assert (found["sound"].media_type, found["sound"].duration) == ("audio/wav", 2.0)
    assert (found["text"].kind, found["page"].media_type) == ("text", "text/plain")


def test_archive_of_nothing_that_can_be_kept_is_refused(kept: Callable[[bytes], Path]) -> None:
    blocks = Blocks()
    link = packed([blocks.node([], b"\x08\x04\x12\x03foo")], blocks)

    with pytest.raises(InvalidInput, match="Nothing in the archive"):
        import_archive(path=kept(link), owner=UserFactory())


def test_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    for path in (tmp_path / "absent.car", tmp_path):
        with pytest.raises(InvalidInput, match="cannot be read"):
            import_archive(path=path, owner=UserFactory())
