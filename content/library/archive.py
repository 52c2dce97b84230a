"""An archive on the disk as a source of blocks."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import BinaryIO

from common.errors import InvalidInput
from content.errors import DamagedArchive
from content.storage import car
from content.storage.cids import Cid
from content.storage.disk_index import DiskIndex


class ArchiveBlocks:
    """The blocks of an archive that was read once from end to end; memory holds one of them."""

    def __init__(self, file: BinaryIO, index: DiskIndex) -> None:
        self._file, self._index = file, index
        reader = car.Reader(file)
        self.roots = reader.roots
        for section in reader:
            index.add(section.cid.digest, section.offset, len(section.data))

    def get(self, cid: Cid) -> bytes:
        """The block's bytes, verified again. Raises `DamagedArchive` where it is not there, or not any more."""
        if cid.is_identity:
            return cid.digest
        place = self._index.find(cid.digest)
        if place is None:
            raise DamagedArchive(f"The archive is not complete: it lacks the block {cid}.")
        position, length = place
        self._file.seek(position)
        data = self._file.read(length)
        car.check(cid, data)
        return data


@contextmanager
def open_archive(path: Path) -> Iterator[ArchiveBlocks]:
    """The blocks of the archive at `path`, each of which is whole. Raises `DamagedArchive` and `InvalidInput`."""
    try:
        file = path.open("rb")
    except OSError as error:
        raise InvalidInput(f"{path} cannot be read: {error.strerror}.") from error
    with file, closing(DiskIndex()) as index:
        if not file.seekable():
            raise InvalidInput(f"{path} must be a file: it is read more than once.")
        yield ArchiveBlocks(file, index)
