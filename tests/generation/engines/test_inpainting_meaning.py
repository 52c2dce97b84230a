"""The shipped model repaints what it is asked for: a shape in another colour, on the ground that was there."""

import random
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from demo_models.scenes.captions import plain_caption
from demo_models.scenes.compose import NATIVE_SIZE, draw
from demo_models.scenes.vocabulary import COLOURS, Figures, Item
from demo_models.stable_diffusion.judge import GUIDANCE_SCALE, STEPS, fresh_figures
from demo_models.stable_diffusion.pixels import colour_names, judge_figure
from generation.engines.base import ImageRequest, Weights
from generation.engines.stable_diffusion import StableDiffusionEngine
from tests.support.image_requests import encoded, ignore
from tests.support.processes import ROOT

MODEL = ROOT / "models" / "demo" / "stable-diffusion"
SEED = 7_310_542
COUNT = 4
SIZE = (256, 256)
MARGIN = 12


def drawn(shape: str, colour: str, background: str) -> Image.Image:
    figure = Figures((Item(shape, colour),), background)
    return Image.fromarray(draw(figure, random.Random(SEED)).pixels).resize(SIZE, Image.Resampling.NEAREST)


def mask_around(picture: Image.Image, colour: str) -> Image.Image:
    """What repaints the box around all that has `colour`."""
    rows, columns = np.nonzero(colour_names(np.asarray(picture)) == list(COLOURS).index(colour))
    mask = Image.new("RGBA", SIZE, "black")
    mask.paste(
        (0, 0, 0, 0),
        (columns.min() - MARGIN, rows.min() - MARGIN, columns.max() + MARGIN, rows.max() + MARGIN),
    )
    return mask


@pytest.mark.timeout(900)
def test_the_repainted_part_has_the_colour_asked_for() -> None:
    wanted = fresh_figures(COUNT, SEED)
    requests, kept = [], []
    for index, figure in enumerate(wanted):
        item = figure.items[0]
        old = next(name for name in COLOURS if name not in (item.colour, figure.background))
        picture = drawn(item.shape, old, figure.background)
        mask = mask_around(picture, old)
        area = np.asarray(mask)[..., 3] > 0
        kept.append((area, np.asarray(picture)[area]))
        requests.append(
            ImageRequest(
                prompt=plain_caption(figure),
                seed=SEED + index,
                width=SIZE[0],
                height=SIZE[1],
                num_inference_steps=STEPS,
                guidance_scale=GUIDANCE_SCALE,
                image=encoded(picture),
                strength=1.0,
                mask=encoded(mask),
            )
        )
    weights = Weights("demo", str(MODEL), "", "sd15", NATIVE_SIZE)
    engine = StableDiffusionEngine(weights, device="cpu", dtype="float32", max_batch=COUNT)
    engine.load()

    results = engine.run(requests, ignore)

    pictures = [np.asarray(Image.open(BytesIO(result.data)).convert("RGB")) for result in results]
    assert all((picture[area] == pixels).all() for picture, (area, pixels) in zip(pictures, kept, strict=True))
    verdicts = [judge_figure(picture, figure) for picture, figure in zip(pictures, wanted, strict=True)]
    # One in ten may go wrong, as from a prompt alone.
    assert sum(verdict.means_it for verdict in verdicts) >= COUNT - 1
