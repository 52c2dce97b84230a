"""A conversation, and texts that end an answer, as a person writes them into one field, and as jobs have them.

A turn begins with its speaker and a colon at the beginning of a line, and goes on to the next such line:

    System: You are a poet.
    User: Write about rain.
    Assistant: It taps on tin.

A line of a turn that looks like a beginning itself has a backslash before it. What is written and read again is equal
to the last character.
"""

import re
from collections.abc import Iterable, Mapping, Sequence

from generation.serializers.words import ROLES

_BEGINNING = re.compile(rf"({'|'.join(ROLES)}):(?: |$)", re.IGNORECASE)
_LIKE_A_BEGINNING = re.compile(rf"\\*(?:{'|'.join(ROLES)}):(?: |$)", re.IGNORECASE)


class NoTurn(ValueError):
    """The first line does not say whose turn it is."""


def written_turns(messages: Iterable[Mapping[str, str]]) -> str:
    """A job's `messages` as text."""
    return "\n".join(f"{turn['role'].capitalize()}: {_guarded(turn['content'])}" for turn in messages)


def read_turns(text: str) -> list[dict[str, str]]:
    """The `messages` of a job; none for white space. Raises `NoTurn`."""
    if not text.strip():
        return []
    turns: list[dict[str, str]] = []
    for line in text.split("\n"):
        beginning = _BEGINNING.match(line)
        if beginning:
            turns.append({"role": beginning[1].lower(), "content": line[beginning.end() :]})
        elif turns:
            turns[-1]["content"] += "\n" + _unguarded(line)
        elif line.strip():
            raise NoTurn
    return turns


def apart(messages: Sequence[Mapping[str, str]], *, longest: int) -> tuple[str, str]:
    """A conversation as the turns before its prompt, as text, and the prompt.

    That is the last turn where it is the user's, has at most `longest` characters and none around it that a form's
    field would take away; else all are turns.
    """
    last = messages[-1]["content"]
    if messages[-1]["role"] == "user" and len(last) <= longest and last == last.strip():
        return written_turns(messages[:-1]), last
    return written_turns(messages), ""


def _guarded(content: str) -> str:
    first, *others = content.split("\n")
    return "\n".join([first, *(f"\\{line}" if _LIKE_A_BEGINNING.match(line) else line for line in others)])


def _unguarded(line: str) -> str:
    return line[1:] if line.startswith("\\") and _LIKE_A_BEGINNING.match(line) else line


def written_stops(stops: Iterable[str]) -> str:
    """A job's `stop` as text: one a line, in which `\\n` is a line end and `\\\\` a backslash."""
    return "\n".join(stop.replace("\\", "\\\\").replace("\n", "\\n") for stop in stops)


def read_stops(text: str) -> list[str]:
    """The `stop` of a job."""
    return [re.sub(r"\\(n|\\)", _character, line) for line in text.split("\n") if line.strip()]


def _character(escape: re.Match[str]) -> str:
    return "\n" if escape[1] == "n" else "\\"
