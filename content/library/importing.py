"""Taking an archive in: a library that another Atelier exported, or files of any origin."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from accounts.errors import QuotaReached
from accounts.models import User
from accounts.selectors import limits, use
from accounts.services import STORED_RETRY_SECONDS, lock_quota
from common.database import transactional
from common.errors import InvalidInput
from content import services, terms
from content.errors import DamagedArchive, DamagedBlock
from content.library import detection, entries
from content.library.archive import ArchiveBlocks, open_archive
from content.library.entries import DAG_JSON, Entry, Page
from content.models import Content, Tag
from content.services import StoredFile
from content.storage import dag
from content.storage.blocks import block_store
from content.storage.cids import Cid
from content.tags import clean_tag
from content.takedowns import names_any_of


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of an archive: how many pieces are new, were there already, are of no known kind, or taken down."""

    owner: User
    new: int
    present: int
    unknown: int
    taken_down: int


def import_archive(*, path: Path, owner: User | None = None) -> Imported:
    """Take the content of a CAR archive into the library of `owner`; what is there already stays as it is.

    Without `owner` it goes to the account that the archive's index names, or to the only one there is. The archive is
    read and checked whole before anything is stored. Blocks of content that is there are stored anew, which heals
    them. Raises `DamagedArchive`, `InvalidInput` where it cannot be read, nothing in it can be kept or no account is
    named, `QuotaReached` and `StorageFull`.
    """
    with open_archive(path) as archive:
        account = owner or _account(archive)
        counts: Counter[str] = Counter()
        _check(archive, account, counts)
        for entry in _usable(archive, Counter()):
            counts["new" if _take(archive, entry, account) else "present"] += 1
    return Imported(account, **{name: counts[name] for name in ("new", "present", "unknown", "taken_down")})


def _account(archive: ArchiveBlocks) -> User:
    page = next(filter(None, (_page(archive, root) for root in archive.roots)), None)
    named = User.objects.filter(username=page.owner).first() if page else None
    # A second one, and it would be a guess.
    some = list(User.objects.all()[:2])
    account = named or (some[0] if len(some) == 1 else None)
    if account is None:
        raise InvalidInput("Say whose content this is: --owner NAME.")
    return account


def _check(archive: ArchiveBlocks, owner: User, counts: Counter[str]) -> None:
    """Read everything once; nothing is written."""
    bytes_to_come = 0
    for entry in _usable(archive, counts):
        counts["usable"] += 1
        if not Content.objects.filter(owner=owner, cid=str(entry.cid)).exists():
            bytes_to_come += entry.size_bytes
    if counts["unknown"] and not counts["usable"] and not counts["taken_down"]:
        raise InvalidInput("Nothing in the archive is a picture (png, jpeg, webp), a sound (wav) or a text.")
    allowed, stored = limits(user=owner)["stored_bytes"], use(user=owner)["stored_bytes"]
    if stored + bytes_to_come > allowed:
        raise QuotaReached(
            f"With the archive, the library of {owner.username} would hold {stored + bytes_to_come:,} bytes, and "
            f"{allowed:,} are allowed. Give the account more in the admin, under Quotas.",
            retry_after=STORED_RETRY_SECONDS,
        )


def _usable(archive: ArchiveBlocks, counts: Counter[str]) -> Iterator[Entry]:
    """What can be kept, each checked to be whole; `counts` learns of the rest."""
    for root in archive.roots:
        page = _page(archive, root)
        found = iter(page.entries) if page else _found_under(archive, root)
        for entry in found:
            if entry is None:
                counts["unknown"] += 1
                continue
            try:
                tree = dag.examine(archive, entry.cid)
            except DamagedBlock as error:
                raise DamagedArchive(f"The archive has content {entry.cid} that is no file.") from error
            if tree.size_bytes != entry.size_bytes:
                raise DamagedArchive(f"The index of the archive is wrong about the size of {entry.cid}.")
            if names_any_of([entry.cid, *tree.below]):
                counts["taken_down"] += 1
            else:
                yield entry


def _page(archive: ArchiveBlocks, root: Cid) -> Page | None:
    return entries.read_page(archive.get(root)) if root.codec == DAG_JSON else None


def _found_under(archive: ArchiveBlocks, root: Cid) -> Iterator[Entry | None]:
    """The files of a root that nobody described; None for one of no known kind."""
    try:
        for name, cid in dag.files_under(archive, root):
            yield _described(archive, name, cid)
    except DamagedBlock:
        yield None


def _described(archive: ArchiveBlocks, name: str, cid: Cid) -> Entry | None:
    try:
        size = dag.examine(archive, cid).size_bytes
    except DamagedBlock:  # a link, or a block of something else than files
        return None
    detected = detection.detect(archive, cid, size)
    if detected is None:
        return None
    return Entry(
        cid=cid,
        kind=detected.kind,
        media_type=detected.media_type,
        size_bytes=size,
        width=detected.width,
        height=detected.height,
        duration=detected.duration,
        provenance={"source": "import", **({"name": name} if name else {})},
    )


def _take(archive: ArchiveBlocks, entry: Entry, owner: User) -> bool:
    """Store the blocks, then the row; whether there was none."""
    store, names = block_store(), []
    for cid, data in dag.blocks_of(archive, entry.cid):
        store.put(cid, data)
        names.append(str(cid))
    root = str(entry.cid)
    stored = StoredFile(cid=root, size_bytes=entry.size_bytes, parts=tuple(name for name in names if name != root))
    return _register(entry, stored, owner)


@transactional
def _register(entry: Entry, stored: StoredFile, owner: User) -> bool:
    lock_quota(owner=owner)
    if Content.objects.filter(owner=owner, cid=stored.cid).exists():
        return False
    row = services.register(
        owner=owner,
        stored=stored,
        kind=entry.kind,
        media_type=entry.media_type,
        prompt=entry.prompt,
        provenance=entry.provenance,
        visibility=entry.visibility,
        width=entry.width,
        height=entry.height,
        duration=entry.duration,
    )
    if entry.created_at is not None:
        row.created_at = entry.created_at
        row.save(update_fields=["created_at"])
    tags = dict.fromkeys(filter(None, map(clean_tag, entry.tags)))
    Tag.objects.bulk_create([Tag(content=row, name=name) for name in tags], ignore_conflicts=True)
    terms.index(content=row)
    return True
