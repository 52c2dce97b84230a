from types import SimpleNamespace
from typing import Any

import pytest
import torch

from generation.engines.previews import fit_colours, make_previewer


class LinearVae:
    """Encodes each square of 8 × 8 pixels as a fixed linear map of its mean colour, which can be fitted exactly."""

    device = torch.device("cpu")
    dtype = torch.float32
    config = SimpleNamespace(scaling_factor=0.5, block_out_channels=(1, 1, 1, 1))
    _map = torch.tensor([[1.0, 0.2, -0.3], [0.0, 1.5, 0.4], [0.7, -0.1, 1.0], [0.5, 0.5, 0.5]])

    def encode(self, pixels: torch.Tensor) -> Any:
        means = torch.nn.functional.avg_pool2d(pixels, 8)
        return SimpleNamespace(latent_dist=SimpleNamespace(mean=torch.einsum("lc,bchw->blhw", self._map, means) + 0.25))


def test_fit_colours_finds_the_linear_part_of_a_vae() -> None:
    vae = LinearVae()
    colour = torch.tensor([0.9, 0.1, 0.4])
    latent = vae.encode((colour * 2 - 1).view(1, 3, 1, 1).expand(1, 3, 8, 8)).latent_dist.mean[0, :, 0, 0] * 0.5
    found = torch.cat([latent, torch.ones(1)]) @ fit_colours(vae)
    assert found.tolist() == pytest.approx(colour.tolist(), abs=1e-3)


def test_preview_of_a_large_model_shows_a_pixel_for_each_latent() -> None:
    vae = LinearVae()
    picture = torch.zeros(1, 3, 64, 128) - 1
    picture[:, 0, :, 64:] = 1  # black on the left, red on the right
    preview = make_previewer(vae, 512)(vae.encode(picture).latent_dist.mean * 0.5)
    assert preview.size == (16, 8)
    left, right = preview.getpixel((2, 4)), preview.getpixel((13, 4))
    assert isinstance(left, tuple)
    assert isinstance(right, tuple)
    assert max(left) <= 2
    assert right[0] >= 253
    assert max(right[1:]) <= 2


def test_preview_survives_numbers_out_of_range() -> None:
    preview = make_previewer(LinearVae(), 512)(torch.full((1, 4, 8, 8), float("nan")))
    assert preview.size == (8, 8)
