"""Data sets: drawn once, read back the same, drawn anew when the request or the generator changes."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest

from demo_models.scenes import dataset
from demo_models.scenes.compose import draw, random_scene
from demo_models.scenes.dataset import draw_scenes, read_scenes, scene_pictures, vae_pictures, write_scenes


def test_pictures_regions_and_scenes_are_those_of_the_generator(tmp_path: Path) -> None:
    data = scene_pictures(tmp_path, 12, 5, size=32, regions=True)

    rng = random.Random(5)
    for index in range(12):
        scene = random_scene(rng)
        drawing = draw(scene, rng, 32)
        assert data.scenes[index] == scene
        assert np.array_equal(data.pixels[index], drawing.pixels)
        again = data.regions_of(index)
        assert [(r.label, r.background) for r in again] == [(r.label, r.background) for r in drawing.regions]
        assert all(np.array_equal(r.mask, s.mask) for r, s in zip(again, drawing.regions, strict=True))


def test_data_is_drawn_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = scene_pictures(tmp_path, 3, 1, size=16)
    monkeypatch.setattr(dataset, "draw", None)

    again = scene_pictures(tmp_path, 3, 1, size=16)

    assert np.array_equal(first.pixels, again.pixels)
    assert first.scenes == again.scenes
    assert first.maps is None
    with pytest.raises(ValueError, match="without regions"):
        again.regions_of(0)


def test_another_request_or_generator_is_drawn_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scene_pictures(tmp_path, 2, 1, size=16)
    scene_pictures(tmp_path, 2, 2, size=16)
    monkeypatch.setattr(dataset, "source_fingerprint", lambda: "changed")
    scene_pictures(tmp_path, 2, 1, size=16)

    assert len(list(tmp_path.iterdir())) == 3


def test_interrupted_drawing_leaves_nothing_to_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(dataset, "draw", fail)
        with pytest.raises(KeyboardInterrupt):
            scene_pictures(tmp_path, 2, 1, size=16)

    assert scene_pictures(tmp_path, 2, 1, size=16).pixels.any()


def test_scenes_survive_the_file(tmp_path: Path) -> None:
    rng = random.Random(2)
    scenes = [random_scene(rng) for _ in range(200)]
    write_scenes(tmp_path / "scenes.json", scenes)

    assert read_scenes(tmp_path / "scenes.json") == scenes


def test_pictures_in_memory() -> None:
    pictures, scenes = draw_scenes(5, 3, 16)

    assert pictures.shape == (5, 16, 16, 3)
    assert len(scenes) == 5


def test_autoencoder_sees_abstract_pictures_too(tmp_path: Path) -> None:
    pictures = vae_pictures(tmp_path, 8, 1)

    assert pictures.shape == (8, 128, 128, 3)
    assert np.array_equal(pictures, vae_pictures(tmp_path, 8, 1))
