"""What is to be pinned: rows of `Pin`, written with the content that they are for, and worked off by the housekeeper.

A CID is wanted on the node while a public row has it that was not taken down. A claim is the pair (row, `claim_token`)
and ends by itself at `next_try_at`, so that whoever comes next goes on for one that was killed. What a try found out is
written only if nothing was asked for meanwhile (`revision`); else it is tried again at once. Giving and dropping may
both be done twice.
"""

import uuid
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db.models import Case, Exists, F, OuterRef, QuerySet, Value, When
from django.utils import timezone

from common.database import transactional
from content.models import Content, Pin, PinState, Visibility
from content.takedowns import available

_ROWS_AT_ONCE = 500
# A claim outlives the longest silence of the node by this. While a file is sent, it is renewed.
_SPARE_TIME = timedelta(seconds=15)


@dataclass(frozen=True)
class Claimed:
    """A CID that this thread alone works on, until the claim ends."""

    pin_id: int
    cid: str
    token: uuid.UUID
    revision: int
    attempts: int
    state: str


class Overtaken(Exception):
    """The claim ended, or something was asked for since: what is under way is not wanted as it is."""


# ---- Asking, in the transaction that changes the content ------------------------------------------------------------


def ask(*, cid: str) -> str:
    """Have `cid` pinned. Returns the state that its public rows are to have: `local` where there is no node."""
    if not settings.IPFS_API:
        return PinState.LOCAL
    while not _renew(cid):
        # Ignored if another asks at the same moment: then that row is renewed, unless it went again.
        Pin.objects.bulk_create([Pin(cid=cid, next_try_at=timezone.now())], ignore_conflicts=True)
    return Pin.objects.values_list("state", flat=True).get(cid=cid)


def _renew(cid: str) -> bool:
    wanted = Case(When(state=PinState.PINNED, then=Value(PinState.PINNED)), default=Value(PinState.PINNING))
    return bool(_ask_again(Pin.objects.filter(cid=cid), state=wanted))


def look_again(*, cids: Collection[str]) -> None:
    """Have the node looked after, where it may have one of `cids` that is not wanted any more."""
    _ask_again(Pin.objects.filter(cid__in=cids))


def ask_anew(pins: QuerySet[Pin]) -> int:
    """Have all of `pins` given to the node again, whatever is known of it. Returns how many.

    For a node that lost them, or where something was mended. Their content says so after the next try.
    """
    return _ask_again(pins.exclude(state=PinState.LOCAL), state=PinState.PINNING, error="")


def pin_again(*, cids: Collection[str]) -> int:
    """`ask_anew` for the public content of `cids`, with or without a row yet. Returns how many."""
    wanted = [cid for cid in cids if settings.IPFS_API and is_wanted(cid)]
    for cid in wanted:
        _ask_for_rows(cid=cid)
        ask_anew(Pin.objects.filter(cid=cid))
    return len(wanted)


def _ask_again(pins: QuerySet[Pin], **fields: object) -> int:
    # Who works on it finds the revision changed, and then it is due.
    due = Case(When(claim_token=None, then=Value(timezone.now())), default=F("next_try_at"))
    return pins.update(next_try_at=due, revision=F("revision") + 1, attempts=0, **fields)


@transactional
def follow_denylist(*, cid: str) -> None:
    """Have the node follow an entry of the denylist that came or went: for every file that is `cid` or has it."""
    public = Content.objects.filter(visibility=Visibility.PUBLIC)
    for holders in (public.filter(cid=cid), public.filter(parts__cid=cid)):
        for name in holders.order_by().values_list("cid", flat=True).distinct():
            if is_wanted(name):
                _ask_for_rows(cid=name)
            else:
                look_again(cids=[name])


# ---- Working --------------------------------------------------------------------------------------------------------


def claim() -> Claimed | None:
    """Take the pin that is due for longest; None where none is."""
    now = timezone.now()
    due = Pin.objects.filter(next_try_at__lte=now).order_by("next_try_at")
    for pin in due[:20]:
        token = uuid.uuid4()
        same = Pin.objects.filter(pk=pin.pk, revision=pin.revision, next_try_at=pin.next_try_at)
        if same.update(claim_token=token, next_try_at=now + _claim_time()):
            return Claimed(pin.pk, pin.cid, token, pin.revision, pin.attempts, pin.state)
    return None


def renew(claimed: Claimed) -> None:
    """Keep a claim for longer. Raises `Overtaken`."""
    if not _held(claimed).update(next_try_at=timezone.now() + _claim_time()):
        raise Overtaken


def is_wanted(cid: str) -> bool:
    """Whether the node is to have `cid`."""
    return available(Content.objects.filter(cid=cid, visibility=Visibility.PUBLIC)).exists()


def begin_leaving(claimed: Claimed) -> None:
    """Note that the node may lack it from now on. Raises `Overtaken`."""
    if not _held(claimed).update(state=PinState.LOCAL):
        raise Overtaken


@transactional
def left(claimed: Claimed) -> None:
    """The node has dropped it: nothing is left to be known. Raises `Overtaken`."""
    _show(claimed, PinState.LOCAL)
    if not _held(claimed).delete()[0]:
        raise Overtaken


@transactional
def settled(claimed: Claimed) -> None:
    """It is pinned, and every public row says so. Raises `Overtaken`."""
    _record(claimed, state=PinState.PINNED, error="", attempts=0, next_try_at=None)


@transactional
def failed(claimed: Claimed, *, error: str, final: bool, pause: timedelta) -> None:
    """A try failed; the next is after `pause`. `final`: it will fail again unless somebody mends something.

    Raises `Overtaken`.
    """
    leaving = Pin.objects.filter(pk=claimed.pin_id, state=PinState.LOCAL).exists()
    state = PinState.LOCAL if leaving else PinState.FAILED if final else PinState.PINNING
    again = timezone.now() + pause
    _record(claimed, state=state, error=error[:300], attempts=claimed.attempts + 1, next_try_at=again)


def _record(claimed: Claimed, *, state: str, **fields: object) -> None:
    _show(claimed, state)
    if not _held(claimed).update(state=state, claim_token=None, **fields):
        raise Overtaken


def _show(claimed: Claimed, state: str) -> None:
    # Content before Pin, as everybody else: locks taken in one order make no deadlock.
    public = Content.objects.filter(cid=claimed.cid, visibility=Visibility.PUBLIC)
    public.exclude(pin_state=state).update(pin_state=state)


def give_back(claimed: Claimed) -> None:
    """Let go of a claim at once: it is due now."""
    mine = Pin.objects.filter(pk=claimed.pin_id, claim_token=claimed.token)
    mine.update(claim_token=None, next_try_at=timezone.now())
    # Whoever took it over may have found it unwanted and forgotten it, before this one was done with giving it.
    if not Pin.objects.filter(cid=claimed.cid).exists():
        late = Pin(cid=claimed.cid, state=PinState.LOCAL, next_try_at=timezone.now())
        Pin.objects.bulk_create([late], ignore_conflicts=True)


def _held(claimed: Claimed) -> QuerySet[Pin]:
    return Pin.objects.filter(pk=claimed.pin_id, claim_token=claimed.token, revision=claimed.revision)


def _claim_time() -> timedelta:
    return timedelta(seconds=settings.IPFS_TIMEOUT_SECONDS) + _SPARE_TIME


# ---- What nobody asked for ------------------------------------------------------------------------------------------


def sweep() -> int:
    """Ask for what should be on the node and nobody asked for, and look after what should not; how many CIDs.

    Public content is older than the node's address in the settings, rows go with the account that they belong to.
    """
    found = 0
    for batch in _batches(_unasked()):
        for cid in batch:
            _ask_for_rows(cid=cid)
        found += len(batch)
    for batch in _batches(_unwanted()):
        look_again(cids=batch)
        found += len(batch)
    return found


@transactional
def _ask_for_rows(*, cid: str) -> None:
    public = Content.objects.filter(cid=cid, visibility=Visibility.PUBLIC)
    # Locked first, and looked at: it may have become private by now.
    if public.update(pin_state=PinState.PINNING):
        public.update(pin_state=ask(cid=cid))


def _unasked() -> QuerySet[Content, str]:
    pins = Pin.objects.filter(cid=OuterRef("cid"))
    public = available(Content.objects.filter(visibility=Visibility.PUBLIC))
    return public.exclude(Exists(pins)).order_by("cid").values_list("cid", flat=True).distinct()


def _unwanted() -> QuerySet[Pin, str]:
    public = available(Content.objects.filter(cid=OuterRef("cid"), visibility=Visibility.PUBLIC))
    done = Pin.objects.filter(next_try_at=None)
    return done.exclude(Exists(public)).order_by("cid").values_list("cid", flat=True)


def _batches(names: QuerySet[Content, str] | QuerySet[Pin, str]) -> Iterator[list[str]]:
    last = ""
    while batch := list(names.filter(cid__gt=last)[:_ROWS_AT_ONCE]):
        yield batch
        last = batch[-1]
