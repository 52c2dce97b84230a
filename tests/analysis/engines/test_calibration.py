import json
import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.engines.calibration import Calibration, read_calibration
from generation.engines.base import Weights
from generation.engines.errors import EngineLoadError

margins = st.floats(-1e6, 1e6)
calibrations = st.builds(Calibration, temperature=st.floats(0.01, 100), bias=st.floats(-20, 20))


@given(calibrations, margins, margins)
def test_score_is_a_probability_that_grows_with_the_margin(made: Calibration, one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert 0 <= made.score(low) <= made.score(high) <= 1


@given(st.floats(-30, 30), st.floats(-30, 30))
def test_score_without_scaling_is_the_softmax_against_the_neutral_caption(label: float, neutral: float) -> None:
    softmax = math.exp(label) / (math.exp(label) + math.exp(neutral))
    assert Calibration(temperature=1.0, bias=0.0).score(label - neutral) == pytest.approx(softmax)


def test_prompt_puts_the_label_into_the_template_as_it_is() -> None:
    assert Calibration(template="a photo of {label}, {0}").prompt("{curly}") == "a photo of {curly}, {0}"


def _read(folder: Path, options: dict[str, Any] | None = None) -> Calibration:
    return read_calibration(Weights("clip", str(folder), "", "clip", 224), folder, options)


def test_read_prefers_options_to_the_file_and_the_file_to_the_defaults(tmp_path: Path) -> None:
    assert _read(tmp_path) == Calibration()
    (tmp_path / "atelier.json").write_text(json.dumps({"temperature": 3.0}))
    assert _read(tmp_path) == Calibration(temperature=3.0)
    assert _read(tmp_path, {"bias": 0.5}) == Calibration(bias=0.5)


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[1]",
        '{"temperature": 0}',
        '{"temperature": "warm"}',
        '{"bias": NaN}',
        '{"template": "a photo"}',
        '{"neutral": ""}',
        '{"neutral": 5}',
        '{"guidance_rescale": 0.5}',
    ],
)
def test_read_refuses_what_is_no_calibration(tmp_path: Path, text: str) -> None:
    (tmp_path / "atelier.json").write_text(text)
    with pytest.raises(EngineLoadError, match=r"The atelier\.json of clip is no calibration of labels: "):
        _read(tmp_path)


def test_read_names_the_options_where_they_are_wrong(tmp_path: Path) -> None:
    with pytest.raises(
        EngineLoadError, match=r"ENGINES\['labels'\]\['OPTIONS'\] is no calibration of labels: unknown: x"
    ):
        _read(tmp_path, {"x": 1})
