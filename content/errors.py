"""What can go wrong with stored content."""

from common.errors import AtelierError, InvalidInput, NotFound, ServiceUnavailable


class MalformedCid(NotFound):
    """A text that is no CID. It names nothing, so it is answered like an unknown one."""


class ForeignContent(AtelierError):
    """Public content of another user: everybody may look at it, its owner alone changes it."""

    code = "foreign_content"
    status = 403
    message = "This content belongs to another user: you can only read it."


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


class StorageUnavailable(ServiceUnavailable):
    """The object storage is away, or refuses. `cause` is for operators: the operation, and what was answered."""

    code = "storage_unavailable"
    message = "The storage that keeps content cannot be used right now. Nothing was lost: try again shortly."

    def __init__(self, *, cause: str = "") -> None:
        super().__init__(retry_after=10)
        self.cause = cause


class UnsupportedFormat(AtelierError):
    """The gateway was asked for a form of content that it does not make."""

    code = "not_acceptable"
    status = 406
    message = "Ask for format=raw or format=car (version 1), or for neither to get the file itself."


class TakenDown(AtelierError):
    """Content on the denylist. 451 everywhere but on the gateway, which answers what the list says."""

    code = "taken_down"
    status = 451
    message = "This content has been taken down."

    def __init__(self, message: str = "", *, gateway_status: int = 451) -> None:
        super().__init__(message)
        self.gateway_status = gateway_status

    def on_gateway(self) -> "TakenDown":
        """The same, with the status that `/ipfs/` answers."""
        self.status = self.gateway_status
        return self


class DamagedArchive(InvalidInput):
    """A CAR archive that is cut short, altered, incomplete, or none. It is refused whole."""

    code = "damaged_archive"
    message = "The archive is damaged."
