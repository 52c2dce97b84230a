"""What the hub, or another server, has of a model: file names, sizes, checksums. Needs requirements-models.txt.

Everything goes through huggingface_hub's client: it knows tokens, redirects to other hosts (which get no token) and
HF_HUB_OFFLINE.
"""

import fnmatch
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import PurePosixPath
from urllib.parse import urlsplit

from django.conf import settings
from huggingface_hub import HfApi, get_session, hf_hub_url
from huggingface_hub.errors import (
    GatedRepoError,
    HfHubHTTPError,
    HTTPError,
    OfflineModeIsEnabled,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)
from huggingface_hub.utils import build_hf_headers, hf_raise_for_status

from generation.weights.catalogue import Model, Origin
from generation.weights.errors import AccessRefused, DownloadError, HubUnreachable

# Weights that cannot run code when they are read, and the texts that go with them. Nothing else is fetched from a hub.
_SUFFIXES = (".safetensors", ".json", ".txt", ".model")
_SECONDS = 20.0


@dataclass(frozen=True)
class RemoteFile:
    """One file to fetch. The server says either its SHA-256 or, for small files, git's name of it (a SHA-1)."""

    path: str
    bytes: int
    url: str
    sha256: str = ""
    git_blob: str = ""


@dataclass(frozen=True)
class RemoteModel:
    """What a server has at one revision; `headers` are for fetching it."""

    revision: str
    files: tuple[RemoteFile, ...]
    headers: dict[str, str]

    @property
    def bytes(self) -> int:
        return sum(file.bytes for file in self.files)


def look_up(model: Model, *, anonymous: bool = False) -> RemoteModel:
    """Ask the server what there is to fetch, `anonymous` without the operator's token. Raises `DownloadError`."""
    with told_plainly(model):
        return _look_up_file(model) if model.origin is Origin.WEB else _look_up_repository(model, anonymous=anonymous)


@contextmanager
def told_plainly(model: Model) -> Iterator[None]:
    """Turn what huggingface_hub and its client raise into `DownloadError` with the remedy."""
    host = urlsplit(model.source if model.origin is Origin.WEB else settings.HF_ENDPOINT).netloc
    try:
        yield
    except OfflineModeIsEnabled as error:
        raise HubUnreachable(
            f"{model.slug} was not downloaded: HF_HUB_OFFLINE is set. Unset it, or copy {model.folder} from a machine "
            "that has it."
        ) from error
    except HfHubHTTPError as error:
        raise _refusal(model, host, error) from error
    except HTTPError as error:
        mirror = "" if model.origin is Origin.WEB else " or set HF_ENDPOINT to a mirror"
        raise HubUnreachable(
            f"{model.slug} was not downloaded: {host} does not answer ({str(error) or type(error).__name__}). Check "
            f"the network{mirror} and try again, or copy {model.folder} from a machine that has it."
        ) from error


def _refusal(model: Model, host: str, error: HfHubHTTPError) -> DownloadError:
    status = error.response.status_code
    start = f"{model.slug} was not downloaded: "
    if isinstance(error, GatedRepoError) or status == 403:
        return AccessRefused(
            f"{start}{host} gives {model.source} only to those who accepted its terms. Accept them on its page, then "
            "set HF_TOKEN to a token of that account."
        )
    if status == 401 and settings.HF_TOKEN:
        return AccessRefused(f"{start}{host} refuses HF_TOKEN. Set it to a valid token, or unset it.")
    if isinstance(error, RevisionNotFoundError):
        return DownloadError(f"{start}{host} has no revision {model.revision} of {model.source}. Update Atelier.")
    if isinstance(error, RepositoryNotFoundError) or status in (401, 404):
        return AccessRefused(
            f"{start}{host} has no {model.source}, or shows it only to some. Set HF_TOKEN to a token that may read it, "
            "or correct HF_ENDPOINT."
        )
    return HubUnreachable(f"{start}{host} answered {status}. Try again later, or set HF_ENDPOINT to a mirror.")


def _look_up_repository(model: Model, *, anonymous: bool) -> RemoteModel:
    # None would be the token that somebody left in this account's home folder.
    token = False if anonymous else settings.HF_TOKEN or None
    api = HfApi(endpoint=settings.HF_ENDPOINT, token=token)
    info = api.model_info(model.source, revision=model.revision or None, files_metadata=True, timeout=_SECONDS)
    revision = str(info.sha)
    files = tuple(
        RemoteFile(
            path=sibling.rfilename,
            bytes=sibling.size or 0,
            url=hf_hub_url(model.source, sibling.rfilename, revision=revision, endpoint=settings.HF_ENDPOINT),
            sha256=sibling.lfs.sha256 if sibling.lfs else "",
            git_blob=sibling.blob_id or "",
        )
        for sibling in info.siblings or ()
        if _is_wanted(sibling.rfilename, model.files)
    )
    if not any(file.path.endswith(".safetensors") for file in files):
        raise DownloadError(f"{model.source} at {revision[:12]} has no safetensors, and other formats can run code.")
    return RemoteModel(revision, files, build_hf_headers(token=token))


def _is_wanted(name: str, patterns: tuple[str, ...]) -> bool:
    path = PurePosixPath(name)
    if path.suffix not in _SUFFIXES or path.is_absolute() or ".." in path.parts:
        return False
    # Without patterns, the top of the repository: folders hold other forms of the same weights.
    return any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns) if patterns else len(path.parts) == 1


def _look_up_file(model: Model) -> RemoteModel:
    response = get_session().head(model.source, timeout=_SECONDS)
    hf_raise_for_status(response)
    size = int(response.headers.get("Content-Length") or model.download_bytes)
    name = PurePosixPath(urlsplit(model.source).path).name
    # Not the hub: it gets no token.
    return RemoteModel(model.revision, (RemoteFile(name, size, model.source, sha256=model.revision),), {})
