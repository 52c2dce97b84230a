"""What can go wrong with stored content."""

from common.errors import AtelierError, NotFound, ServiceUnavailable


class MalformedCid(NotFound):
    """A text that is no CID. It names nothing, so it is answered like an unknown one."""


class UnreadableBytes(AtelierError):
    """The row is there, its bytes cannot be given out. The log names the block."""

    code = "unreadable_content"
    status = 500
    message = "The stored bytes of this content cannot be read."


class DamagedBlock(UnreadableBytes):
    """A block's bytes do not have the hash that its CID states, or are no node of a file."""

    code = "damaged_content"
    message = "The stored bytes of this content are damaged."


class MissingBlock(UnreadableBytes):
    """A block that is needed is not in the store."""

    code = "missing_content"
    message = "The stored bytes of this content are missing."


class StorageFull(ServiceUnavailable):
    """The disk (or this user's share of it) has no room for a block."""

    code = "storage_full"
    message = "There is no room left to store this. Free some disk space and try again."

    def __init__(self) -> None:
        super().__init__(retry_after=60)


class UnsupportedFormat(AtelierError):
    """The gateway was asked for something else than the file itself."""

    code = "not_acceptable"
    status = 406
    message = "Only the file itself is served here: leave out 'format', and accept its media type."
