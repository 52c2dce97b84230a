"""What is public is on the node, and nothing else: rows, tries, and a real node."""

import os
import threading
from collections.abc import Callable, Iterable
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from django.db.models import F
from django.utils import timezone
from pytest_django import Settings

from content import services
from content.ipfs import pins
from content.ipfs.errors import NodeAway
from content.ipfs.node import IpfsNode, ipfs_node
from content.ipfs.work import pause_after, work
from content.models import Content, Kind, Pin, PinState, Takedown, Visibility
from content.storage import cids, files, unixfs
from content.storage.blocks import BlockStore
from content.storage.cids import Cid
from tests.factories.accounts import UserFactory
from tests.factories.content import ContentFactory
from tests.support.ipfs_node import PrivateIpfsNode
from tests.support.processes import free_port
from tests.support.proxies import Proxy

pytestmark = pytest.mark.django_db(transaction=True)

MEBIBYTE = 2**20
WorkOff = Callable[[], int]


def _content(data: bytes | None = None, **fields: object) -> Content:
    return ContentFactory(data=os.urandom(1000) if data is None else data, **fields)


def _published(data: bytes | None = None, **fields: object) -> Content:
    return services.change(content=_content(data, **fields), visibility=Visibility.PUBLIC)


def _cid(content: Content) -> Cid:
    return cids.parse(content.cid)


def _state(content: Content) -> str:
    content.refresh_from_db()
    return content.pin_state


def _all_blocks(content: Content, store: BlockStore) -> set[bytes]:
    found, waiting = set(), [_cid(content)]
    while waiting:
        cid = waiting.pop()
        found.add(cid.digest)
        if cid.codec != cids.RAW:
            waiting.extend(link.cid for link in files.read_node(store, cid).links)
    return found


# ---- Public and private ---------------------------------------------------------------------------------------------


def test_publishing_pins(server: PrivateIpfsNode, work_off: WorkOff) -> None:
    content = _content(os.urandom(2 * MEBIBYTE))
    assert content.pin_state == PinState.LOCAL

    services.change(content=content, visibility=Visibility.PUBLIC)

    assert content.pin_state == _state(content) == PinState.PINNING
    work_off()
    assert _state(content) == PinState.PINNED
    assert _cid(content) in server.pins()
    pin = Pin.objects.get(cid=content.cid)
    assert (pin.state, pin.error, pin.attempts, pin.next_try_at) == (PinState.PINNED, "", 0, None)


def test_a_public_result_is_pinned(server: PrivateIpfsNode, work_off: WorkOff) -> None:
    stored = services.store(os.urandom(500))
    owner = UserFactory()
    register = partial(services.register, owner=owner, stored=stored, kind=Kind.TEXT, media_type="text/plain")
    private = register()
    work_off()
    assert cids.parse(stored.cid) not in server.pins()

    public = register(visibility=Visibility.PUBLIC)

    assert public == private
    work_off()
    assert _state(public) == PinState.PINNED
    assert cids.parse(stored.cid) in server.pins()


def test_private_content_never_reaches_the_node(server: PrivateIpfsNode, work_off: WorkOff, blocks: BlockStore) -> None:
    content = _content(os.urandom(2 * MEBIBYTE + 1))
    services.change(content=content, tags=["a"])
    services.change(content=content, visibility=Visibility.PRIVATE)
    pins.sweep()
    _published()

    assert work_off() == 1

    private = _all_blocks(content, blocks)
    assert len(private) == 4
    assert not private & server.blocks()
    assert _cid(content) not in server.pins()
    assert _state(content) == PinState.LOCAL


def test_private_again_leaves_nothing_on_the_node(
    server: PrivateIpfsNode, work_off: WorkOff, blocks: BlockStore
) -> None:
    content = _published(os.urandom(MEBIBYTE + 1))
    work_off()
    assert _all_blocks(content, blocks) <= server.blocks()

    services.change(content=content, visibility=Visibility.PRIVATE)

    assert _state(content) == PinState.LOCAL
    work_off()
    assert _cid(content) not in server.pins()
    assert not _all_blocks(content, blocks) & server.blocks()
    assert not Pin.objects.filter(cid=content.cid).exists()


def test_made_private_before_anybody_came_it_was_never_there(server: PrivateIpfsNode, work_off: WorkOff) -> None:
    content = _published()
    services.change(content=content, visibility=Visibility.PRIVATE)

    work_off()

    assert _cid(content).digest not in server.blocks()
    assert not Pin.objects.filter(cid=content.cid).exists()


def test_what_two_have_stays_until_the_last_public_row_goes(server: PrivateIpfsNode, work_off: WorkOff) -> None:
    data = os.urandom(100)
    one, two, three = _published(data), _published(data), _content(data)
    work_off()
    assert [_state(each) for each in (one, two, three)] == [PinState.PINNED, PinState.PINNED, PinState.LOCAL]

    services.change(content=one, visibility=Visibility.PRIVATE)
    work_off()
    assert (_state(one), _state(two)) == (PinState.LOCAL, PinState.PINNED)
    assert _cid(two) in server.pins()

    services.delete(content=two)
    work_off()
    assert _cid(three) not in server.pins()
    assert _cid(three).digest not in server.blocks()
    assert Content.objects.filter(cid=three.cid).count() == 2


def test_who_publishes_what_is_pinned_sees_it_pinned_at_once(server: PrivateIpfsNode, work_off: WorkOff) -> None:
    data = os.urandom(100)
    _published(data)
    work_off()

    assert _published(data).pin_state == PinState.PINNED


def test_deleting_unpins(server: PrivateIpfsNode, work_off: WorkOff) -> None:
    content = _published()
    work_off()

    services.delete(content=content)
    work_off()

    assert _cid(content) not in server.pins()
    assert not Pin.objects.exists()


@pytest.mark.parametrize("part", [False, True], ids=["file", "block of it"])
def test_taking_down_unpins_and_giving_out_again_pins(server: PrivateIpfsNode, work_off: WorkOff, part: bool) -> None:
    data = os.urandom(MEBIBYTE + 1)
    stored = services.store(data)
    content = services.register(
        owner=UserFactory(), stored=stored, kind=Kind.TEXT, media_type="text/plain", visibility=Visibility.PUBLIC
    )
    work_off()
    entry = Takedown.objects.create(cid=stored.parts[0] if part else stored.cid)

    pins.follow_denylist(cid=entry.cid)
    work_off()

    assert _cid(content) not in server.pins()
    assert _state(content) == PinState.LOCAL
    entry.delete()
    pins.follow_denylist(cid=entry.cid)
    work_off()
    assert _cid(content) in server.pins()
    assert _state(content) == PinState.PINNED


def test_what_another_program_cut_is_pinned_as_it_is(
    server: PrivateIpfsNode, work_off: WorkOff, blocks: BlockStore
) -> None:
    data = os.urandom(5000)
    root = unixfs.build(data, blocks.put, chunk_bytes=700, max_links=3).cid
    content = _published(b"", cid=str(root))

    work_off()

    assert _state(content) == PinState.PINNED
    assert root in server.pins()
    assert server.cat(root) == data


# ---- What nobody asked for ------------------------------------------------------------------------------------------


def test_what_was_public_before_there_was_a_node_is_pinned(server: PrivateIpfsNode, work_off: WorkOff) -> None:
    old, taken_down = ContentFactory(public=True), ContentFactory(public=True)
    ContentFactory()
    Takedown.objects.create(cid=taken_down.cid)

    assert pins.sweep() == 1
    assert pins.sweep() == 0

    assert _state(old) == PinState.PINNING
    work_off()
    assert _state(old) == PinState.PINNED
    assert _cid(taken_down) not in server.pins()


def test_what_went_with_its_account_leaves_the_node(server: PrivateIpfsNode, work_off: WorkOff) -> None:
    content, other = _published(), _published()
    work_off()
    content.owner.delete()

    assert pins.sweep() == 1
    work_off()

    assert _cid(content) not in server.pins()
    assert _cid(other) in server.pins()


def test_a_file_that_the_node_lost_is_pinned_again_when_asked(server: PrivateIpfsNode, work_off: WorkOff) -> None:
    content = _published()
    work_off()
    server.rpc("pin/rm", arg=content.cid)
    assert work_off() == 0

    assert pins.pin_again(cids=[content.cid]) == 1
    work_off()

    assert _cid(content) in server.pins()


def test_without_a_node_nothing_is_asked_for(settings: Settings) -> None:
    settings.IPFS_API = ""

    content = _published()

    assert content.pin_state == PinState.LOCAL
    assert not Pin.objects.exists()
    assert pins.pin_again(cids=[content.cid]) == 0


# ---- Tries that fail ------------------------------------------------------------------------------------------------


def _work_on(content: Content, node: IpfsNode) -> None:
    Pin.objects.filter(cid=content.cid).update(next_try_at=timezone.now())
    claimed = pins.claim()
    assert claimed is not None
    assert claimed.cid == content.cid
    work(claimed, node=node, stopping=threading.Event())


def test_a_node_that_is_away_delays(server: PrivateIpfsNode, settings: Settings, work_off: WorkOff) -> None:
    content = _published()
    settings.IPFS_API = f"/ip4/127.0.0.1/tcp/{free_port()}/http"
    away = ipfs_node()
    assert away is not None

    for attempt in (1, 2):
        with pytest.raises(NodeAway):
            _work_on(content, away)
        pin = Pin.objects.get(cid=content.cid)
        assert (pin.state, pin.attempts, pin.error) == (PinState.PINNING, attempt, "The IPFS node does not answer.")
        assert pin.next_try_at is not None
        assert pin.next_try_at > timezone.now()

    assert _state(content) == PinState.PINNING
    work_off()
    assert _state(content) == PinState.PINNED
    assert Pin.objects.get(cid=content.cid).error == ""


def test_a_node_that_is_away_delays_unpinning(server: PrivateIpfsNode, settings: Settings, work_off: WorkOff) -> None:
    content = _published()
    work_off()
    services.delete(content=content)
    settings.IPFS_API = f"/ip4/127.0.0.1/tcp/{free_port()}/http"
    away = ipfs_node()
    assert away is not None

    with pytest.raises(NodeAway):
        _work_on(content, away)

    assert Pin.objects.get(cid=content.cid).state == PinState.LOCAL
    assert _cid(content) in server.pins()
    work_off()
    assert _cid(content) not in server.pins()


def test_a_node_that_names_files_otherwise_fails_visibly(server: PrivateIpfsNode, work_off: WorkOff) -> None:
    content = _published(os.urandom(2 * MEBIBYTE))
    before = server.pins()
    with Proxy(server.port, look=lambda head: head.replace(b"size-1048576", b"size-262144")) as proxy:
        _work_on(content, IpfsNode(address=proxy.address, path="api/v0", authorization=None, timeout=20))

    assert _state(content) == PinState.FAILED
    assert server.pins() == before
    pin = Pin.objects.get(cid=content.cid)
    assert "another CID" in pin.error
    assert pin.next_try_at is not None
    assert pin.next_try_at > timezone.now() + timedelta(minutes=50)
    # Somebody mended the node, and asked.
    pins.ask_anew(Pin.objects.all())
    work_off()
    assert _state(content) == PinState.PINNED


def test_bytes_that_are_gone_fail_visibly(
    server: PrivateIpfsNode, work_off: WorkOff, block_files: Callable[[], list[Path]]
) -> None:
    content = _published()
    for path in block_files():
        path.write_bytes(b"something else")

    work_off()

    assert _state(content) == PinState.FAILED
    assert "damaged" in Pin.objects.get(cid=content.cid).error


def test_pauses_grow_to_a_cap() -> None:
    seconds = [pause_after(attempt).total_seconds() for attempt in (1, 4, 8, 1000)]

    assert seconds == pytest.approx([5, 40, 600, 600], rel=0.25)


# ---- Several at once, and some that are killed ----------------------------------------------------------------------


def test_a_claim_is_one_threads_until_it_ends(server: PrivateIpfsNode) -> None:
    content = _published()

    first = pins.claim()

    assert first is not None
    assert pins.claim() is None
    services.change(content=content, visibility=Visibility.PUBLIC)
    assert pins.claim() is None
    # Killed: nobody renews.
    Pin.objects.update(next_try_at=timezone.now())
    second = pins.claim()
    assert second is not None
    assert second.cid == first.cid
    with pytest.raises(pins.Overtaken):
        pins.renew(first)


@pytest.mark.parametrize("change", ["private", "deleted", "private and public"])
def test_a_change_while_it_is_sent_wins(
    server: PrivateIpfsNode, node: IpfsNode, work_off: WorkOff, change: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = _published(os.urandom(MEBIBYTE + 1))
    claimed = pins.claim()
    assert claimed is not None
    give = node.add

    def add(cid: Cid, pieces: Iterable[bytes]) -> None:
        give(cid, pieces)
        if change == "deleted":
            services.delete(content=content)
            return
        for visibility in change.split(" and "):
            services.change(content=content, visibility=visibility)

    monkeypatch.setattr(node, "add", add)
    work(claimed, node=node, stopping=threading.Event())
    monkeypatch.undo()

    assert _cid(content) not in server.pins()
    work_off()
    wanted = change.endswith("public")
    assert (_cid(content) in server.pins()) == wanted
    assert (_cid(content).digest in server.blocks()) == wanted
    assert Pin.objects.filter(cid=content.cid).exists() == wanted


def test_one_who_wakes_up_late_pins_nothing_for_good(
    server: PrivateIpfsNode, node: IpfsNode, work_off: WorkOff, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Frozen before the node had it all; meanwhile the claim ended, it became private, and another forgot it."""
    content = _published()
    claimed = pins.claim()
    assert claimed is not None
    add = node.add

    def freeze(cid: Cid, pieces: Iterable[bytes]) -> None:
        services.change(content=content, visibility=Visibility.PRIVATE)
        Pin.objects.update(next_try_at=timezone.now(), claim_token=None)
        monkeypatch.undo()
        work_off()
        assert not Pin.objects.exists()
        add(cid, pieces)

    monkeypatch.setattr(node, "add", freeze)
    work(claimed, node=node, stopping=threading.Event())

    assert _cid(content) not in server.pins()
    work_off()
    assert _cid(content).digest not in server.blocks()
    assert not Pin.objects.exists()


def test_a_claim_lives_while_the_file_is_sent(server: PrivateIpfsNode, node: IpfsNode) -> None:
    _published()
    claimed = pins.claim()
    assert claimed is not None
    Pin.objects.update(next_try_at=F("next_try_at") - timedelta(seconds=40))
    before = Pin.objects.get().next_try_at

    pins.renew(claimed)

    after = Pin.objects.get().next_try_at
    assert before is not None
    assert after is not None
    assert after > before
