"""Every demo model that we promise ships, and is held to targets."""

import pytest

from demo_models.build import MODELS, SHIPPED
from demo_models.targets import TARGETS, Target


def test_every_model_has_targets() -> None:
    assert set(TARGETS) == set(MODELS)


@pytest.mark.parametrize(
    ("target", "value", "met"),
    [
        (Target(0.9), 0.9, True),
        (Target(0.9), 0.89, False),
        (Target(0.2, at_most=True), 0.2, True),
        (Target(0.2, at_most=True), 0.21, False),
    ],
)
def test_a_target_is_met_on_its_right_side(target: Target, value: float, met: bool) -> None:
    assert target.met_by(value) is met


@pytest.mark.parametrize("name", MODELS)
def test_every_model_ships_with_its_card(name: str) -> None:
    assert any((SHIPPED / name).rglob("*.safetensors"))
    assert (SHIPPED / name / "README.md").is_file()
