"""Names for exact weights: a folder's revision is the hash of what is in it. No torch: the start process uses this."""

import hashlib
from pathlib import Path

# What changes a result: weights, configurations, vocabularies. Model cards and samples do not.
_SUFFIXES = frozenset({".safetensors", ".bin", ".pth", ".json", ".txt", ".model"})
# Says what the files should be, and is therefore none of them.
MANIFEST = "manifest.json"

# (path, bytes, modification time in ns) → SHA-256. Weights are large, and the same process asks more than once.
_digests: dict[tuple[str, int, int], str] = {}


def content_revision(folder: Path) -> str:
    """The content hash of a folder of weights: 64 hexadecimal digits, the same wherever the folder lies.

    SHA-256 over the sorted lines "file's SHA-256, two spaces, path in the folder". A file is read again only when its
    size or modification time changed. Raises `FileNotFoundError` where the folder or any weights in it are missing.
    """
    lines = sorted(f"{file_digest(path)}  {path.relative_to(folder).as_posix()}\n" for path in model_files(folder))
    if not lines:
        raise FileNotFoundError(f"{folder} holds no model")
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def model_files(folder: Path) -> list[Path]:
    """The files in `folder` that change what its model answers, in no particular order."""
    return [
        path
        for path in folder.rglob("*")
        if path.suffix in _SUFFIXES
        and path.is_file()
        and path != folder / MANIFEST
        and not any(part.startswith(".") for part in path.relative_to(folder).parts)
    ]


def file_digest(path: Path) -> str:
    """A file's SHA-256 in 64 hexadecimal digits; read again only when its size or modification time changed."""
    status = path.stat()
    key = (str(path), status.st_size, status.st_mtime_ns)
    if key not in _digests:
        with path.open("rb") as file:
            _digests[key] = hashlib.file_digest(file, "sha256").hexdigest()
    return _digests[key]
