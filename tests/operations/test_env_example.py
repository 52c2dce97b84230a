"""`.env.example` and the settings agree."""

import re
from pathlib import Path

from tests.support.environment import atelier_variables

LINES = (Path(__file__).resolve().parents[2] / ".env.example").read_text().splitlines()


def test_example_names_exactly_the_variables_that_the_settings_read() -> None:
    named = [match[1] for line in LINES if (match := re.match(r"# ([A-Z0-9_]+)=", line))]

    assert len(named) == len(set(named))
    assert set(named) == atelier_variables()


def test_example_changes_nothing_when_copied() -> None:
    assert [line for line in LINES if line and not line.startswith("#")] == []
