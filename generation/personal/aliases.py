"""Names of personal models, and the forms in which sources are named."""

import re

from common.errors import InvalidInput

LONGEST_ALIAS = 64
# A username, a slash and an alias.
LONGEST_NAME = 255
DEFAULT = "default"
# `train` is what comes behind an alias in `/api/v1/models/<alias>/train`.
RESERVED = (DEFAULT, "train")
_ALIAS = re.compile(rf"[a-z0-9][a-z0-9_-]{{0,{LONGEST_ALIAS - 1}}}", re.ASCII)
# As Django has it; it is compared with names of accounts, and with nothing else.
_OWNER = re.compile(r"(?!\.+$)[\w.@+-]{1,150}")
_PART = r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,95}"
_REPOSITORY = re.compile(rf"{_PART}/{_PART}", re.ASCII)
_FOLDER = re.compile(rf"folder:({_PART}(/{_PART}){{0,3}})", re.ASCII)
_FILE = re.compile(rf"({_PART}/){{0,3}}{_PART}\.safetensors", re.ASCII)
_COMMIT = re.compile(r"[0-9a-f]{40}", re.ASCII)


def check_alias(alias: str) -> None:
    """Raise `InvalidInput` unless `alias` may name a model."""
    sentence = ""
    if not _ALIAS.fullmatch(alias):
        sentence = (
            f"'alias' must be 1 to {LONGEST_ALIAS} small letters, digits, hyphens and underscores, the first a letter "
            "or digit."
        )
    elif alias in RESERVED:
        sentence = f"'alias' must not be {alias!r}: it has a meaning of its own."
    if sentence:
        raise InvalidInput(sentence, errors={"alias": [sentence]})


def split_name(name: str) -> tuple[str | None, str] | None:
    """(owner's username or None, alias) of `alias` or `owner/alias`; None for what can name no model."""
    owner, slash, alias = name.rpartition("/")
    # The database of one installation tells capital letters from small ones, that of another does not.
    alias = alias.lower()
    if not _ALIAS.fullmatch(alias) or (slash and not _OWNER.fullmatch(owner)):
        return None
    return owner or None, alias


def is_repository(source: str) -> bool:
    """Whether `source` can be a repository's id on the hub: never an address, never a path."""
    # The hub's own rule: no two hyphens together, which its cache separates names by.
    return _REPOSITORY.fullmatch(source) is not None and ".." not in source and "--" not in source


def folder_name(source: str) -> str | None:
    """The path within the models folder that `folder:PATH` names; None for any other source."""
    match = _FOLDER.fullmatch(source)
    return match[1] if match and ".." not in source else None


def is_file(name: str) -> bool:
    """Whether `name` can be a safetensors file of a repository."""
    return _FILE.fullmatch(name) is not None and ".." not in name


def is_commit(revision: str) -> bool:
    """Whether `revision` is pinned: 40 hexadecimal digits, which no push changes."""
    return _COMMIT.fullmatch(revision) is not None
