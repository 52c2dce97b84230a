"""Conversations as text: what is written is read again."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generation.serializers.words import ROLES
from generation.turns import NoTurn, apart, read_stops, read_turns, written_stops, written_turns

LINES = st.sampled_from(["", " ", "rain", "User: hi", "user:", "\\User: x", "\\\\System: y", "Assistant:z", "\\n"])
CONTENTS = st.one_of(st.lists(LINES, min_size=1, max_size=4).map("\n".join), st.text(alphabet="aU:\\ \n", max_size=12))
MESSAGES = st.lists(st.fixed_dictionaries({"role": st.sampled_from(ROLES), "content": CONTENTS}), max_size=5)


@given(messages=MESSAGES)
def test_turns_are_read_as_they_were_written(messages: list[dict[str, str]]) -> None:
    assert read_turns(written_turns(messages)) == messages


@given(stops=st.lists(CONTENTS.filter(str.strip), max_size=4))
def test_stops_are_read_as_they_were_written(stops: list[str]) -> None:
    assert read_stops(written_stops(stops)) == stops


def test_turns_that_a_person_writes() -> None:
    text = "\nSystem: You are a poet.\nuser: Write\nabout rain.\nAssistant:\nIt taps\n\\User: not a turn"

    assert read_turns(text) == [
        {"role": "system", "content": "You are a poet."},
        {"role": "user", "content": "Write\nabout rain."},
        {"role": "assistant", "content": "\nIt taps\nUser: not a turn"},
    ]
    assert read_turns(" \n ") == []


def test_text_without_a_speaker_is_no_conversation() -> None:
    with pytest.raises(NoTurn):
        read_turns("hello\nUser: hi")


@pytest.mark.parametrize(
    ("last", "prompt"),
    [
        ({"role": "user", "content": "Go on."}, "Go on."),
        ({"role": "user", "content": "Go on.\n"}, ""),
        ({"role": "user", "content": "x" * 11}, ""),
        ({"role": "assistant", "content": "Well,"}, ""),
    ],
)
def test_prompt_is_the_last_turn_where_a_field_can_hold_it(last: dict[str, Any], prompt: str) -> None:
    first = {"role": "user", "content": "Hello"}

    turns, found = apart([first, last], longest=10)

    assert found == prompt
    assert read_turns(turns) == ([first] if prompt else [first, last])
