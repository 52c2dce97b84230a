"""The text that programs for Stable Diffusion read, read back as stable-diffusion-webui reads it."""

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generation.engines.infotext import infotext

MADE = {
    "prompt": "a cat, a dog\nand a boat",
    "negative_prompt": "fog",
    "num_inference_steps": 20,
    "scheduler": "DDIMScheduler",
    "guidance_scale": 7.5,
    "seed": 2**32 - 1,
    "width": 512,
    "height": 256,
    "model": "demo-stable-diffusion",
    "strength": None,
    "revision": "613987c9",
    "engine": "stable-diffusion",
    "padded_batch_size": 4,
}
# The pattern of that program's parse_generation_parameters: names and values of the last line.
_PAIR = re.compile(r'\s*(\w[\w \-/]+):\s*("(?:\\.|[^\\"])+"|[^,]*)(?:,|$)')


def read_back(text: str) -> dict[str, str]:
    """Prompt, negative prompt and pairs of a text whose prompts have no such words themselves."""
    *lines, last = text.split("\n")
    pairs = {name: json.loads(value) if value.startswith('"') else value for name, value in _PAIR.findall(last)}
    positive, _, negative = "\n".join(lines).partition("\nNegative prompt: ")
    return {"Prompt": positive, "Negative prompt": negative, **pairs}


def test_the_whole_text() -> None:
    assert infotext(MADE) == (
        "a cat, a dog\nand a boat\nNegative prompt: fog\n"
        "Steps: 20, Sampler: DDIM, CFG scale: 7.5, Seed: 4294967295, Size: 512x256, Model: demo-stable-diffusion, "
        "Model revision: 613987c9, Engine: stable-diffusion"
    )


def test_image_to_image_and_a_lora_say_so() -> None:
    read = read_back(infotext({**MADE, "strength": 0.6, "lora": "sha256:ab", "lora_sha256": "ab"}))

    assert (read["Denoising strength"], read["LoRA"], read["LoRA SHA-256"]) == ("0.6", "sha256:ab", "ab")


def test_what_is_not_known_is_left_out() -> None:
    assert infotext({"prompt": "a cat"}) == "a cat"
    assert infotext({}) == ""


@given(model=st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1).map(str.strip))
def test_a_value_of_any_text_is_one_value(model: str) -> None:
    if not model or model.splitlines() != [model] or model.startswith('"'):
        return
    assert read_back(infotext({"prompt": "a cat", "seed": 1, "model": model}))["Model"] == model


@pytest.mark.parametrize("prompt", ["\ud83d", "a\0b"])
def test_what_has_no_form_in_a_png_is_replaced(prompt: str) -> None:
    infotext({"prompt": prompt}).encode()
    assert "\0" not in infotext({"prompt": prompt})
