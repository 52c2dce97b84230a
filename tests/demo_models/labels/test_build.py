"""Training runs in seconds on a tiny model, lowers its loss, resumes where it was stopped, and ends in a folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import open_clip
import pytest
import torch
from safetensors.torch import load_file
from transformers import CLIPTokenizer

from analysis.engines.calibration import Calibration, read_calibration
from demo_models.labels.build import build
from demo_models.labels.calibrate import calibrate
from demo_models.labels.judge import load_engine, measure
from demo_models.labels.model import WEIGHTS, build_model, encode_text, save_folder, tokenize
from demo_models.labels.pictures import FALSE, TRUE, UNDECIDED, Scenes, draw_pictures
from demo_models.labels.profile import QUICK
from demo_models.labels.train import Prototypes, load_tokenizer, pair_loss, train
from demo_models.scenes.labels import LABELS
from generation.engines.base import Weights
from tests.support.training_runs import assert_losses_fell, assert_same_weights, stop_after_first_checkpoint


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory: pytest.TempPathFactory) -> CLIPTokenizer:
    return load_tokenizer(QUICK, tmp_path_factory.mktemp("labels") / "tokenizer")


def test_training_lowers_its_loss_and_resumes(tokenizer: CLIPTokenizer, tmp_path: Path) -> None:
    unbroken, _ = train(QUICK, tokenizer, tmp_path / "unbroken")
    stop_after_first_checkpoint(lambda: train(QUICK, tokenizer, tmp_path / "broken"))
    resumed, minutes = train(QUICK, tokenizer, tmp_path / "broken")

    assert_losses_fell(tmp_path / "unbroken" / "clip.pt", 0.95)
    assert_same_weights(unbroken, resumed)
    assert minutes > 0


def test_quick_build_makes_a_folder_that_open_clip_and_the_engine_read(tmp_path: Path) -> None:
    build(QUICK, tmp_path / "work", tmp_path / "out")

    open_clip.create_model_from_pretrained(f"local-dir:{tmp_path / 'out'}")
    calibration = read_calibration(Weights("x", "", "", "", 0), tmp_path / "out", None)
    assert (calibration.neutral, calibration.template) == ("a picture", "{label}")
    figures = measure(tmp_path / "out", count=2, seed=1)
    assert len(figures) == 11
    assert all(0 <= share <= 1 for share in figures.values())
    floats = [tensor for tensor in load_file(tmp_path / "out" / WEIGHTS).values() if tensor.is_floating_point()]
    assert {tensor.dtype for tensor in floats} == {torch.float16}
    assert load_engine(tmp_path / "out").spec.bytes > 100_000


def test_texts_without_their_padding_mean_the_same(tokenizer: CLIPTokenizer, tmp_path: Path) -> None:
    torch.manual_seed(0)
    model = build_model(QUICK, len(tokenizer)).eval()
    save_folder(model, tokenizer, QUICK, tmp_path)
    texts = ["a red circle", "x", "an astronaut on a bicycle " * 20]
    tokens = tokenize(tokenizer, texts, QUICK.context_length)

    assert torch.equal(tokens, open_clip.get_tokenizer(f"local-dir:{tmp_path}")(texts))
    with torch.no_grad():
        torch.testing.assert_close(encode_text(model, tokens), model.encode_text(tokens, normalize=True))
        torch.testing.assert_close(encode_text(model, tokens[:2]), encode_text(model, tokens)[:2])


def test_undecided_pairs_cost_nothing() -> None:
    truth = torch.tensor([[TRUE, FALSE, UNDECIDED]], dtype=torch.int8)
    right, wrong = (pair_loss(torch.tensor([row]), truth) for row in ([9.0, -9.0, 9.0], [-9.0, 9.0, 9.0]))
    assert float(right) < 0.001
    assert float(wrong) > 8
    assert float(pair_loss(torch.tensor([[9.0, -9.0, -9.0]]), truth)) == float(right)
    assert float(pair_loss(torch.zeros(1, 1), torch.tensor([[UNDECIDED]], dtype=torch.int8))) == 0


def test_prototypes_start_as_likely_as_their_labels_are_true() -> None:
    truth = np.full((100, len(LABELS)), FALSE, dtype=np.int8)
    truth[:20, 3] = TRUE
    prototypes = Prototypes(16, truth)
    assert torch.sigmoid(prototypes.bias[3:5]).tolist() == pytest.approx([0.2, 0.001])
    assert torch.allclose(prototypes.directions().norm(dim=-1), torch.ones(len(LABELS) + 1))


def test_prototypes_cost_least_where_pictures_point_at_what_they_show() -> None:
    truth = np.full((4, len(LABELS)), UNDECIDED, dtype=np.int8)
    truth[:, 3], truth[:, 4] = TRUE, FALSE
    prototypes, scale = Prototypes(16, truth), torch.tensor(10.0)
    directions, wanted = prototypes.directions().detach(), torch.from_numpy(truth)
    right, wrong = (prototypes.loss(directions[[label] * 4], wanted, scale) for label in (3, 4))
    assert right.item() < wrong.item()


def test_calibration_turns_margins_into_shares(
    tokenizer: CLIPTokenizer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pictures = draw_pictures(tmp_path, Scenes(1), 200, 16)
    generator = np.random.default_rng(0)
    probabilities = generator.uniform(0.01, 0.99, (len(pictures.pixels), pictures.truth.shape[1]))
    margins = 3.0 * (np.log(probabilities / (1 - probabilities)) + 1.5)

    def drawn_margins(model: Any, tokens: Any, pictures: Any, labels: list[str], seed: int) -> torch.Tensor:
        strange = np.full((len(margins), len(labels) - margins.shape[1]), -60.0)
        return torch.from_numpy(np.concatenate([margins, strange], axis=1)).float()

    truth = np.where(generator.uniform(size=probabilities.shape) < probabilities, TRUE, FALSE).astype(np.int8)
    monkeypatch.setattr("demo_models.labels.calibrate._margins", drawn_margins)
    model = build_model(QUICK, len(tokenizer))
    found = calibrate(model, tokenizer, type(pictures)(pictures.pixels, truth, pictures.scenes), 1)
    assert found.temperature == pytest.approx(3.0, rel=0.05)
    assert found.bias == pytest.approx(-1.5, abs=0.1)
    assert isinstance(found, Calibration)
