"""Presets: each sets what its form has and its API takes."""

import pytest

from generation.forms import FORMS
from generation.models import JobKind
from generation.presets import Preset, find_preset, presets_of
from generation.serializers.jobs import PARAMS_OF_KIND

ALL = [(kind, group.name, preset) for kind in JobKind for group in presets_of(kind) for preset in group.presets]


@pytest.mark.parametrize(("kind", "group", "preset"), ALL)
def test_preset_sets_fields_of_its_form_within_their_bounds(kind: JobKind, group: str, preset: Preset) -> None:
    for name, value in preset.values.items():
        field = PARAMS_OF_KIND[kind]().fields[name]
        assert name in FORMS[kind].base_fields
        assert field.run_validation(value) == value
    assert find_preset(kind, preset.slug) == preset


def test_presets_of_a_group_set_the_same_fields_and_never_the_same_values() -> None:
    for kind in JobKind:
        for group in presets_of(kind):
            assert len({frozenset(preset.values) for preset in group.presets}) == 1
            assert len({tuple(preset.values.values()) for preset in group.presets}) == len(group.presets)


def test_a_preset_is_in_force_where_all_its_values_are_shown() -> None:
    portrait = find_preset(JobKind.IMAGE, "portrait")

    assert portrait is not None
    assert portrait.is_in_force({"width": "512", "height": 768.0, "seed": "1"})
    assert not portrait.is_in_force({"width": "512", "height": "512"})
    assert not portrait.is_in_force({"width": "512", "height": ""})
    assert not portrait.is_in_force({"width": "x", "height": None})
