"""The trustless gateway: blocks and archives of public content, which whoever gets them can verify.

The cases are those of the public gateway-conformance suite that apply to files.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db import connections
from django.http import StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.test import AsyncClient, Client
from multiformats import CID

from content import services
from content.library.importing import import_archive
from content.models import Content, Visibility
from content.storage import cids, dag, files
from content.storage.blocks import BlockStore
from content.storage.cids import DAG_PB, RAW, Cid
from tests.factories.accounts import UserFactory
from tests.factories.content import ContentFactory
from tests.support.archives import COMPLETE, INCOMPLETE, Blocks, archive, blocks_in
from tests.support.clients import KeyClient
from tests.support.samples import varied_bytes

pytestmark = pytest.mark.django_db

DATA = varied_bytes(3 * 2**20 + 321)
RAW_TYPE = "application/vnd.ipld.raw"
CAR_TYPE = "application/vnd.ipld.car"
UNKNOWN = "bafkreicysg23kiwv34eg2d7qweipxwosdo2py4ldv42nbauguluen5v6am"
FOREVER = "public, max-age=29030400, immutable"


def registered(data: bytes, *, public: bool = True, owner: Any = None) -> Content:
    """Content with all that the service writes."""
    return services.register(
        owner=owner or UserFactory(),
        stored=services.store(data),
        kind="text",
        media_type="text/plain",
        visibility=Visibility.PUBLIC if public else Visibility.PRIVATE,
    )


@pytest.fixture
def large() -> Content:
    """A public file of a root and four leaves."""
    return registered(DATA)


def leaf(number: int) -> Cid:
    return cids.of_block(DATA[number * 2**20 : (number + 1) * 2**20], RAW)


def fetched(path: str, **headers: str) -> Any:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Client().get(path, headers=named)


# ---- raw blocks -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("query", "accept"), [("?format=raw", "*/*"), ("", RAW_TYPE), ("?format=raw", "text/html")])
def test_raw_block(query: str, accept: str) -> None:
    content = registered(b"hello")

    answer = fetched(f"/ipfs/{content.cid}{query}", accept=accept)

    assert (answer.status_code, answer.getvalue()) == (200, b"hello")
    assert answer["Content-Type"] == RAW_TYPE
    assert answer["Content-Length"] == "5"
    assert answer["Content-Disposition"] == f'attachment; filename="{content.cid}.bin"'
    assert answer["ETag"] == f'"{content.cid}.raw"'
    assert answer["Cache-Control"] == FOREVER
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "Accept" in answer["Vary"]


def test_raw_block_of_every_part_of_a_file(large: Content, blocks: BlockStore) -> None:
    tree = dag.examine(blocks, cids.parse(large.cid))

    assert len(tree.below) == 4
    for cid in [cids.parse(large.cid), *tree.below]:
        data = fetched(f"/ipfs/{cid}?format=raw").getvalue()
        assert cids.of_block(data, cid.codec) == cid


def test_raw_head(large: Content) -> None:
    answer = Client().head(f"/ipfs/{leaf(0)}?format=raw")

    assert (answer.status_code, answer["Content-Length"]) == (200, str(2**20))
    assert b"".join(answer) == b""
    assert answer["ETag"] == f'"{leaf(0)}.raw"'


@pytest.mark.parametrize("form", ['"{}.raw"', 'W/"{}.raw"', '"other", "{}.raw"', "*"])
def test_raw_is_revalidated(form: str) -> None:
    content = registered(b"hello")

    answer = fetched(f"/ipfs/{content.cid}?format=raw", if_none_match=form.format(content.cid))

    assert (answer.status_code, answer.content) == (304, b"")
    assert answer["ETag"] == f'"{content.cid}.raw"'


def test_etag_of_one_form_is_not_that_of_another() -> None:
    content = registered(b"hello")
    paths = ["", "?format=raw", "?format=car", "?format=car&dag-scope=block", "?format=car&entity-bytes=0:1"]
    tags = [fetched(f"/ipfs/{content.cid}{query}")["ETag"] for query in paths]

    assert len(set(tags)) == len(paths)
    for query, tag in zip(paths, tags, strict=True):
        statuses = [fetched(f"/ipfs/{content.cid}{other}", if_none_match=tag).status_code for other in paths]
        assert statuses == [304 if other == query else 200 for other in paths]


@pytest.mark.parametrize(
    ("asked", "status", "given"),
    [
        ("bytes=1-2", 206, b"el"),
        ("bytes=3-", 206, b"lo"),
        ("bytes=-2", 206, b"lo"),
        ("bytes=5-", 416, None),
        ("bytes=-0", 416, None),
    ],
)
@pytest.mark.parametrize("query", ["", "?format=raw"])
def test_ranges_of_files_and_blocks(query: str, asked: str, status: int, given: bytes | None) -> None:
    content = registered(b"hello")

    answer = fetched(f"/ipfs/{content.cid}{query}", range=asked)

    assert answer.status_code == status
    if given is None:
        assert answer["Content-Range"] == "bytes */5"
    else:
        assert answer.getvalue() == given


# ---- archives -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "accept"),
    [
        ("?format=car", "*/*"),
        ("?format=car", RAW_TYPE),
        ("?format=car&car-version=1", "*/*"),
        ("", CAR_TYPE),
        ("", f"{CAR_TYPE}; version=1; order=dfs; dups=n"),
        ("", f"{CAR_TYPE};version=2, {CAR_TYPE};version=1;q=0.5"),
        ("", f"text/html, {CAR_TYPE};q=0.9"),
    ],
)
def test_archive_of_a_file_of_several_blocks(large: Content, query: str, accept: str) -> None:
    answer = fetched(f"/ipfs/{large.cid}{query}", accept=accept)

    assert answer.status_code == 200
    assert answer["Content-Type"] == f"{CAR_TYPE}; version=1; order=dfs; dups=n"
    assert answer["Content-Disposition"] == f'attachment; filename="{large.cid}.car"'
    assert answer["Cache-Control"] == FOREVER
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["ETag"] == f'"{large.cid}.car"'
    assert answer["Accept-Ranges"] == "none"
    assert "Content-Length" not in answer
    roots, blocks = blocks_in(answer.getvalue())
    assert roots == (cids.parse(large.cid),)
    # Depth-first: the root, then its leaves in order.
    assert list(blocks) == [cids.parse(large.cid), *map(leaf, range(4))]


def test_archive_has_no_block_twice() -> None:
    content = registered(bytes(3 * 2**20))

    body = fetched(f"/ipfs/{content.cid}?format=car").getvalue()

    assert len(body) < 2**20 + 1000
    assert len(blocks_in(body)[1]) == 2


def test_archive_ignores_a_range(large: Content) -> None:
    answer = fetched(f"/ipfs/{large.cid}?format=car", range="bytes=0-1")

    assert answer.status_code == 200
    assert len(answer.getvalue()) > len(DATA)


def test_archive_head_and_revalidation(large: Content) -> None:
    answer = Client().head(f"/ipfs/{large.cid}?format=car")

    assert answer.status_code == 200
    assert b"".join(answer) == b""
    assert "Content-Length" not in answer
    assert fetched(f"/ipfs/{large.cid}?format=car", if_none_match=answer["ETag"]).status_code == 304


def test_archive_of_one_block_in_the_middle(large: Content) -> None:
    roots, blocks = blocks_in(fetched(f"/ipfs/{leaf(2)}?format=car").getvalue())

    assert (roots, list(blocks)) == ((leaf(2),), [leaf(2)])


@pytest.mark.parametrize(
    ("selection", "leaves"),
    [
        ("dag-scope=all", [0, 1, 2, 3]),
        ("dag-scope=entity", [0, 1, 2, 3]),
        ("dag-scope=block", []),
        ("dag-scope=block&entity-bytes=0:*", []),
        ("entity-bytes=0:*", [0, 1, 2, 3]),
        ("dag-scope=entity&entity-bytes=0:0", [0]),
        ("entity-bytes=1048575:1048576", [0, 1]),
        ("entity-bytes=1048576:*", [1, 2, 3]),
        ("entity-bytes=-321:*", [3]),
        ("entity-bytes=-322:-322", [2]),
        ("entity-bytes=0:-1048898", [0, 1]),
        ("entity-bytes=-99999999:5", [0]),
        ("entity-bytes=99999999:*", []),
        ("entity-bytes=5:-99999999", []),
    ],
)
def test_archive_of_a_part(large: Content, selection: str, leaves: list[int]) -> None:
    answer = fetched(f"/ipfs/{large.cid}?format=car&{selection}")

    _, blocks = blocks_in(answer.getvalue())
    assert list(blocks) == [cids.parse(large.cid), *map(leaf, leaves)]


@pytest.mark.parametrize(
    "selection",
    [
        "dag-scope=everything",
        "dag-scope=",
        "entity-bytes=",
        "entity-bytes=5",
        "entity-bytes=a:b",
        "entity-bytes=*:5",
        "entity-bytes=5:1",
        "entity-bytes=-1:-5",
        f"entity-bytes=0:{'9' * 30}",
        "entity-bytes=%D9%A1:%D9%A2",
    ],
)
def test_archive_of_a_part_that_is_none_is_refused(large: Content, selection: str) -> None:
    answer = fetched(f"/ipfs/{large.cid}?format=car&{selection}")

    assert answer.status_code == 400
    assert selection.partition("=")[0] in answer.json()["error"]


# ---- forms that are not made ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "accept"),
    [
        ("?format=tar", "*/*"),
        ("?format=", "*/*"),
        ("?format=file", "*/*"),
        ("?format=dag-json", RAW_TYPE),
        ("?format=car&car-version=2", "*/*"),
        ("", f"{CAR_TYPE}; version=2"),
        ("", "application/vnd.ipld.dag-json"),
        ("", "application/vnd.ipfs.ipns-record"),
        ("", "text/html, application/vnd.ipld.dag-cbor"),
    ],
)
def test_other_forms_are_refused(query: str, accept: str) -> None:
    content = registered(b"hello")

    answer = fetched(f"/ipfs/{content.cid}{query}", accept=accept)

    assert answer.status_code == 406
    assert "format=car" in answer.json()["error"]
    assert answer["Cache-Control"] == "no-store"


@pytest.mark.parametrize("accept", ["*/*", "text/html,*/*;q=0.8", "image/png", "", f"{CAR_TYPE};q=0"])
def test_without_a_form_the_file_itself(accept: str) -> None:
    content = registered(b"hello")

    answer = fetched(f"/ipfs/{content.cid}", accept=accept)

    assert (answer.getvalue(), answer["Content-Type"]) == (b"hello", "text/plain; charset=utf-8")


# ---- whose blocks ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("query", ["format=raw", "format=car", "format=car&dag-scope=block"])
def test_blocks_that_only_private_content_has_are_unknown(query: str) -> None:
    owner = UserFactory()
    private = registered(DATA, public=False, owner=owner)
    unknown = fetched(f"/ipfs/{UNKNOWN}?{query}")

    for client in (Client(), KeyClient(owner), KeyClient(UserFactory())):
        for cid in (private.cid, leaf(0), leaf(3)):
            answer = client.get(f"/ipfs/{cid}?{query}")
            assert (answer.status_code, answer.content) == (404, unknown.content)


def test_if_none_match_is_no_way_around_privacy() -> None:
    private = registered(b"hello", public=False)

    for form in ("raw", "car"):
        for tag in (f'"{private.cid}.{form}"', "*"):
            assert fetched(f"/ipfs/{private.cid}?format={form}", if_none_match=tag).status_code == 404


def test_blocks_are_public_while_one_file_that_has_them_is(large: Content) -> None:
    other = registered(DATA[: 2 * 2**20], public=False)
    assert fetched(f"/ipfs/{other.cid}?format=raw").status_code == 404
    assert fetched(f"/ipfs/{leaf(0)}?format=raw").status_code == 200

    services.change(content=large, visibility=Visibility.PRIVATE)
    assert fetched(f"/ipfs/{leaf(0)}?format=raw").status_code == 404

    services.change(content=other, visibility=Visibility.PUBLIC)
    assert fetched(f"/ipfs/{leaf(0)}?format=raw").status_code == 200
    assert fetched(f"/ipfs/{leaf(3)}?format=raw").status_code == 404


def test_blocks_end_with_their_file(large: Content) -> None:
    services.delete(content=large)

    for cid in (large.cid, leaf(0)):
        assert fetched(f"/ipfs/{cid}?format=raw").status_code == 404


def test_block_by_another_codec_is_another(large: Content) -> None:
    as_node = Cid(DAG_PB, leaf(0).hash_code, leaf(0).digest)

    assert fetched(f"/ipfs/{as_node}?format=raw").status_code == 404
    assert fetched(f"/ipfs/{as_node}?format=car").status_code == 404


@pytest.mark.parametrize("base", ["base16", "base32upper", "base36", "base58btc", "base64url"])
def test_every_encoding_names_the_block(base: str) -> None:
    content = registered(b"hello")

    answer = fetched(f"/ipfs/{CID.decode(content.cid).encode(base)}?format=raw")

    assert (answer.getvalue(), answer["ETag"]) == (b"hello", f'"{content.cid}.raw"')


def test_lost_blocks_are_unknown_and_no_answer_begins(large: Content, block_files: Callable[[], list[Path]]) -> None:
    for path in block_files():
        path.unlink()

    for cid in (large.cid, leaf(0)):
        for form in ("raw", "car"):
            assert fetched(f"/ipfs/{cid}?format={form}").status_code == 404


def test_damaged_blocks_are_not_given_out(block_files: Callable[[], list[Path]]) -> None:
    content = registered(b"hello")
    block_files()[0].write_bytes(b"hallo")

    for form in ("raw", "car"):
        answer = fetched(f"/ipfs/{content.cid}?format={form}")
        assert answer.status_code == 500
        assert b"hallo" not in answer.content


# ---- identity CIDs --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("data", [b"", b"<script>alert(1)</script>"])
def test_identity_cid_is_its_own_block(data: bytes) -> None:
    cid = str(CID("base32", 1, "raw", ("identity", data)))

    answer = fetched(f"/ipfs/{cid}?format=raw")
    assert (answer.status_code, answer.getvalue(), answer["Content-Type"]) == (200, data, RAW_TYPE)
    assert answer["Content-Disposition"].startswith("attachment")
    roots, blocks = blocks_in(fetched(f"/ipfs/{cid}?format=car").getvalue())
    assert (str(roots[0]), blocks) == (cid, {})


def test_the_empty_identity_cid() -> None:
    for query in ("", "?format=raw", "?format=car"):
        assert fetched(f"/ipfs/bafkqaaa{query}").status_code == 200
        assert Client().head(f"/ipfs/bafkqaaa{query}").status_code == 200


def test_identity_node_opens_no_block(large: Content) -> None:
    from content.storage import unixfs

    node = unixfs.encode([unixfs.Link(cids.parse(large.cid), len(DATA), len(DATA))])
    cid = str(CID("base32", 1, "dag-pb", ("identity", node)))

    for query in ("", "?format=raw", "?format=car"):
        assert fetched(f"/ipfs/{cid}{query}").status_code == 404


# ---- archives of others ---------------------------------------------------------------------------------------------


@pytest.fixture
def brought(tmp_path: Path) -> Callable[[str], list[Content]]:
    """Import an archive and publish what came; at most three files of it."""

    def bring(name: str) -> list[Content]:
        path = tmp_path / "archive.car"
        path.write_bytes(archive(name))
        import_archive(path=path, owner=UserFactory())
        some = list(Content.objects.order_by("cid")[:3])
        Content.objects.filter(pk__in=[content.pk for content in some]).update(visibility=Visibility.PUBLIC)
        return some

    return bring


@pytest.mark.parametrize("name", COMPLETE)
def test_files_of_an_archive_are_served_as_they_were(name: str, brought: Callable[[str], list[Content]]) -> None:
    source = Blocks()
    roots, source.data = blocks_in(archive(name))
    contents = brought(name)
    assert contents

    for content in contents:
        root = cids.parse(content.cid)
        body = b"".join(files.read(source, root))
        assert fetched(f"/ipfs/{content.cid}").getvalue() == body
        assert fetched(f"/ipfs/{content.cid}", range="bytes=-7").getvalue() == body[-7:]
        served_roots, served = blocks_in(fetched(f"/ipfs/{content.cid}?format=car").getvalue())
        assert served_roots == (root,)
        assert list(served.items()) == list(dag.blocks_of(source, root))
        for cid in served:
            assert fetched(f"/ipfs/{cid}?format=raw").getvalue() == source.data[cid]
    # Directories are no content: neither they nor paths in them are there.
    for root in set(roots) - {cids.parse(content.cid) for content in contents}:
        for path in (str(root), f"{root}?format=raw", f"{root}?format=car", f"{root}/hello.txt"):
            assert fetched(f"/ipfs/{path}").status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "Portugal%252C+Espanha.txt",
        "Portugal%2C+Espanha.txt",
        "..%2f..%2fetc%2fpasswd",
        "%2e%2e/",
        "",
        "%00",
        "ascii.txt",
    ],
)
@pytest.mark.parametrize("query", ["", "?format=raw", "?format=car"])
def test_names_under_a_cid_are_refused(large: Content, path: str, query: str) -> None:
    answer = fetched(f"/ipfs/{large.cid}/{path}{query}")

    assert (answer.status_code, answer.json()) == (404, {"error": "Not found."})


@pytest.mark.parametrize("name", INCOMPLETE)
def test_file_with_a_missing_block_is_served_as_far_as_it_goes(name: str, blocks: BlockStore) -> None:
    (root,), found = blocks_in(archive(name))
    for cid, data in found.items():
        blocks.put(cid, data)
    node = files.read_node(blocks, root)
    gone = next(number for number, link in enumerate(node.links) if link.cid not in found)
    content = ContentFactory(cid=str(root), size_bytes=sum(link.file_bytes for link in node.links), public=True)
    services.list_parts(content=content, parts=[str(link.cid) for link in node.links])
    before = node.links[0].file_bytes

    assert gone == 1
    # What does not need the block is there.
    assert fetched(f"/ipfs/{root}", range=f"bytes=0-{before - 1}").status_code == 206
    assert fetched(f"/ipfs/{root}", range="bytes=-5").status_code == 206
    _, served = blocks_in(fetched(f"/ipfs/{root}?format=car&entity-bytes=0:{before - 1}").getvalue())
    assert list(served) == [root, node.links[0].cid]
    # What needs it is not.
    assert fetched(f"/ipfs/{node.links[gone].cid}?format=raw").status_code == 404
    assert fetched(f"/ipfs/{root}", range=f"bytes={before}-{before}").status_code == 500
    with pytest.raises(Exception, match="missing"):
        fetched(f"/ipfs/{root}?format=car").getvalue()


# ---- under ASGI -----------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
async def test_under_asgi_an_archive_is_streamed_and_holds_no_connection(async_client: AsyncClient) -> None:
    content = await sync_to_async(registered)(DATA)

    answer: HttpResponseBase = await async_client.get(f"/ipfs/{content.cid}?format=car")

    assert isinstance(answer, StreamingHttpResponse)
    assert answer.is_async
    held = await sync_to_async(lambda: [one.alias for one in connections.all() if one.connection is not None])()
    assert held == []
    pieces = [piece async for piece in answer]
    assert len(pieces) == 5
    assert max(map(len, pieces)) < 2**20 + 2**10
    assert len(blocks_in(b"".join(pieces))[1]) == 5
