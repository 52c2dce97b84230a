"""Why weights cannot be had: one sentence with the remedy, for the person at the terminal."""

from common.errors import AtelierError


class UnknownModel(AtelierError):
    """The profile names no such model."""

    code = "unknown_model"


class DownloadError(AtelierError):
    """A model could not be fetched. What had arrived stays, and the next try goes on from there."""

    code = "download_failed"


class HubUnreachable(DownloadError):
    """No network, no answer, or HF_HUB_OFFLINE."""

    retryable = True


class AccessRefused(DownloadError):
    """The hub wants a token, another token, or its licence accepted."""


class WrongChecksum(DownloadError):
    """What arrived is not what was announced; it was thrown away."""


class TooLittleSpace(DownloadError):
    """The model does not fit on the file system of the data folder."""
