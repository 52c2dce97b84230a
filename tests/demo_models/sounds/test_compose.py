"""Rendered sounds: deterministic, bounded, audible, soft at both ends, and as their words say."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from demo_models.sounds.compose import PEAK, RENDERERS, render
from demo_models.sounds.features import centroid, level_decibels, onset_rate
from demo_models.sounds.synthesis import SAMPLE_RATE, Samples
from demo_models.sounds.vocabulary import KINDS, MAX_LAYERS, MOODS, TEMPI, Sound

SECONDS = 6.0
SEEDS = range(3)
sounds = st.builds(
    Sound,
    st.lists(st.sampled_from(KINDS), min_size=1, max_size=MAX_LAYERS, unique=True).map(tuple),
    st.sampled_from(MOODS),
    st.sampled_from(TEMPI),
)


def rendered(*layers: str, mood: str = "plain", tempo: str = "medium") -> list[Samples]:
    return [render(Sound(layers, mood, tempo), seed, SECONDS) for seed in SEEDS]


def test_every_kind_has_a_renderer() -> None:
    assert tuple(RENDERERS) == KINDS


@given(sounds, st.integers(0, 2**31), st.floats(0.05, 3.0))
def test_any_sound_of_any_length_is_finite_bounded_and_audible(sound: Sound, seed: int, seconds: float) -> None:
    wave = render(sound, seed, seconds)

    assert wave.dtype == np.float32
    assert len(wave) == round(seconds * SAMPLE_RATE)
    assert np.isfinite(wave).all()
    assert 1e-4 < np.abs(wave).max() <= PEAK


@given(sounds, st.integers(0, 2**31))
def test_the_same_seed_gives_the_same_samples(sound: Sound, seed: int) -> None:
    first, second, other = (render(sound, each, 0.5) for each in (seed, seed, seed + 1))

    np.testing.assert_array_equal(first, second)
    assert not np.array_equal(first, other)


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_starts_and_ends_softly_and_is_never_silent_for_long(kind: str) -> None:
    for wave in rendered(kind):
        loudest = np.abs(wave).max()
        assert np.abs(wave[:80]).max() < 0.1 * loudest
        assert np.abs(wave[-80:]).max() < 0.1 * loudest
        assert level_decibels(wave) > -40
        windows = np.abs(wave[SAMPLE_RATE // 2 : -SAMPLE_RATE]).reshape(-1, SAMPLE_RATE // 2).max(1)
        assert windows.min() > 1e-4


@pytest.mark.parametrize("kind", KINDS)
def test_energetic_is_louder_than_calm(kind: str) -> None:
    calm, energetic = rendered(kind, mood="calm"), rendered(kind, mood="energetic")

    assert min(map(level_decibels, energetic)) > max(map(level_decibels, calm)) + 3


@pytest.mark.parametrize("kind", ["piano", "arpeggio", "bells", "drums", "bass"])
def test_fast_has_more_onsets_than_slow(kind: str) -> None:
    slow, fast = rendered(kind, tempo="slow"), rendered(kind, tempo="fast")

    assert min(map(onset_rate, fast)) > max(map(onset_rate, slow))


@pytest.mark.parametrize("steady", ["sea", "wind", "drone"])
def test_what_has_no_beat_has_no_onsets(steady: str) -> None:
    assert max(map(onset_rate, rendered(steady))) < 0.3
    assert min(map(onset_rate, rendered("drums"))) > 1.0


def test_kinds_have_the_brightness_of_their_names() -> None:
    dull, bright = ("bass", "drone", "wind"), ("bells", "birds", "rain")

    assert max(centroid(wave) for kind in dull for wave in rendered(kind)) < 800
    assert min(centroid(wave) for kind in bright for wave in rendered(kind)) > 1500


@pytest.mark.parametrize("kind", ["drone", "piano", "arpeggio"])
def test_dark_is_lower_than_happy(kind: str) -> None:
    dark, happy = rendered(kind, mood="dark"), rendered(kind, mood="happy")

    assert max(map(centroid, dark)) < min(map(centroid, happy))


def test_layers_sound_together() -> None:
    both = rendered("sea", "bells", tempo="slow")

    assert min(map(onset_rate, both)) > max(map(onset_rate, rendered("sea")))
    assert max(map(centroid, both)) < max(map(centroid, rendered("bells", tempo="slow")))


@pytest.mark.parametrize("seconds", [0.0, -1.0, 30.001])
def test_a_length_outside_the_bounds_is_refused(seconds: float) -> None:
    with pytest.raises(ValueError, match="at most 30 seconds"):
        render(Sound(("sea",)), 0, seconds)


@pytest.mark.parametrize(
    ("layers", "mood", "tempo"),
    [((), "calm", "slow"), (("sea", "sea"), "calm", "slow"), (KINDS[:4], "calm", "slow"),
     (("horn",), "calm", "slow"), (("sea",), "angry", "slow"), (("sea",), "calm", "brisk")],
    ids=["no layer", "twice the same", "four layers", "unknown kind", "unknown mood", "unknown tempo"],
)  # fmt: skip
def test_an_impossible_sound_is_refused(layers: tuple[str, ...], mood: str, tempo: str) -> None:
    with pytest.raises(ValueError, match=r"sound|Unknown"):
        Sound(layers, mood, tempo)
