from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from generation.engines.lora_layers import Layers, Patch, UnusableLora, plan_patches
from generation.engines.safetensors_files import Header, Tensor, read_header
from tests.support.loras import LAYERS, Form, lora_bytes

FORMS: tuple[Form, ...] = ("peft", "diffusers", "kohya")
SHAPES: dict[str, dict[str, tuple[int, ...]]] = {
    "unet": {"down.attn1.to_out.0.weight": (8, 4), "conv.weight": (8, 4, 3, 3), "norm.weight": (8,), "conv.bias": (8,)},
    "text_encoder": {"text_model.encoder.q_proj.weight": (6, 6)},
}


def header(*, metadata: dict[str, str] | None = None, **shapes: tuple[int, ...]) -> Header:
    named = {name.replace("__", "."): shape for name, shape in shapes.items()}
    return Header({name: Tensor("F32", shape, 0, 0) for name, shape in named.items()}, metadata or {})


def keys(stem: str, down: Any = (2, 4), up: Any = (8, 2)) -> dict[str, Any]:
    return {f"{stem}__lora_A__weight": down, f"{stem}__lora_B__weight": up}


CONV = "unet__conv"


@pytest.mark.parametrize("form", FORMS)
def test_every_form_names_the_same_layers(tiny_pipeline: Path, tmp_path: Path, form: Form) -> None:
    layers = Layers(
        {
            "unet": read_header(tiny_pipeline / "unet/diffusion_pytorch_model.safetensors").shapes,
            "text_encoder": read_header(tiny_pipeline / "text_encoder/model.safetensors").shapes,
        }
    )
    path = tmp_path / "lora.safetensors"
    path.write_bytes(lora_bytes(tiny_pipeline, form=form))

    patches = plan_patches(read_header(path), layers)

    assert {(patch.component, patch.layer) for patch in patches} == set(LAYERS)
    assert {patch.rank for patch in patches} == {2}


@pytest.mark.parametrize(
    ("key", "place"),
    [
        ("lora_unet_down_attn1_to_out_0.lora_down.weight", ("unet", "down.attn1.to_out.0")),
        ("unet.down.attn1.processor.to_out_lora.up.weight", ("unet", "down.attn1.to_out.0")),
        ("down.attn1.processor.to_out_lora.up.weight", ("unet", "down.attn1.to_out.0")),
        ("unet.down.attn1.to_out.0.lora.down.weight", ("unet", "down.attn1.to_out.0")),
        ("unet.conv.lora_A.weight", ("unet", "conv")),
        ("unet.conv.alpha", ("unet", "conv")),
        ("lora_te1_text_model_encoder_q_proj.alpha", ("text_encoder", "encoder.q_proj")),
        ("text_encoder.text_model.encoder.to_q_lora.down.weight", ("text_encoder", "encoder.q_proj")),
        ("text_encoder.encoder.q_proj.lora_linear_layer.up.weight", ("text_encoder", "encoder.q_proj")),
        ("lora_te2_text_model_encoder_q_proj.alpha", None),
        ("unet.norm.lora_A.weight", None),
        ("unet.conv.hada_w1_a", None),
        ("unet.conv.lora_magnitude_vector", None),
        ("lora_unet_conv.dora_scale", None),
        ("unet.conv.weight", None),
        ("../../conv.lora_A.weight", None),
        ("", None),
    ],
)
def test_place_of_a_tensor(key: str, place: tuple[str, str] | None) -> None:
    assert Layers(SHAPES).place_of(key) == place


BAD: dict[str, Callable[[], Header]] = {
    "nothing": header,
    "another layer": lambda: header(**keys("unet__other")),
    "only one half": lambda: header(unet__conv__lora_A__weight=(2, 4, 3, 3)),
    "the same layer twice": lambda: header(
        **keys(CONV, (2, 4, 3, 3), (8, 2, 1, 1)), lora_unet_conv__lora_down__weight=(2, 4, 3, 3)
    ),
    "another input": lambda: header(**keys(CONV, (2, 5, 3, 3), (8, 2, 1, 1))),
    "another output": lambda: header(**keys(CONV, (2, 4, 3, 3), (9, 2, 1, 1))),
    "ranks that differ": lambda: header(**keys(CONV, (2, 4, 3, 3), (8, 3, 1, 1))),
    "no rank": lambda: header(**keys(CONV, (0, 4, 3, 3), (8, 0, 1, 1))),
    "too high a rank": lambda: header(**keys(CONV, (257, 4, 3, 3), (8, 257, 1, 1))),
    "scalars": lambda: header(**keys(CONV, (), ())),
    "alpha of several numbers": lambda: header(**keys(CONV, (2, 4, 3, 3), (8, 2, 1, 1)), unet__conv__alpha=(2,)),
    "integers": lambda: Header({"unet.conv.lora_A.weight": Tensor("I8", (2, 4, 3, 3), 0, 0)}),
    "metadata no JSON": lambda: header(
        **keys(CONV, (2, 4, 3, 3), (8, 2, 1, 1)), metadata={"lora_adapter_metadata": "{"}
    ),
    "metadata a list": lambda: header(
        **keys(CONV, (2, 4, 3, 3), (8, 2, 1, 1)), metadata={"lora_adapter_metadata": "[]"}
    ),
    "alpha no number": lambda: header(
        **keys(CONV, (2, 4, 3, 3), (8, 2, 1, 1)), metadata={"lora_adapter_metadata": '{"unet.lora_alpha": NaN}'}
    ),
    "a DoRA": lambda: header(
        **keys(CONV, (2, 4, 3, 3), (8, 2, 1, 1)), metadata={"lora_adapter_metadata": '{"unet.use_dora": true}'}
    ),
    "too many tensors": lambda: Header({f"unet.x{i}.alpha": Tensor("F32", (), 0, 0) for i in range(10_001)}),
}


@pytest.mark.parametrize("name", BAD)
def test_plan_of_what_does_not_fit(name: str) -> None:
    with pytest.raises(UnusableLora) as raised:
        plan_patches(BAD[name](), Layers(SHAPES))
    assert raised.value.status == 400


@pytest.mark.parametrize(
    ("config", "scale"),
    [
        ("{}", 1.0),
        ('{"unet.lora_alpha": 8}', 4.0),
        ('{"unet.lora_alpha": 8, "unet.use_rslora": true}', 8 / 2**0.5),
        ('{"unet.lora_alpha": 8, "unet.alpha_pattern": {"conv": 2}}', 1.0),
        ('{"text_encoder.lora_alpha": 8}', 1.0),
    ],
)
def test_scale_from_the_metadata(config: str, scale: float) -> None:
    found = header(**keys(CONV, (2, 4, 3, 3), (8, 2, 1, 1)), metadata={"lora_adapter_metadata": config})

    [patch] = plan_patches(found, Layers(SHAPES))

    assert patch == Patch("unet", "conv", "unet.conv.lora_A.weight", "unet.conv.lora_B.weight", None, 2, scale)


def test_a_change_of_a_linear_layer_may_be_written_as_a_convolution() -> None:
    stem = "lora_unet_down_attn1_to_out_0"
    parts: dict[str, Any] = {f"{stem}__lora_down__weight": (2, 4, 1, 1), f"{stem}__lora_up__weight": (8, 2, 1, 1)}

    [patch] = plan_patches(header(**parts), Layers(SHAPES))

    assert (patch.layer, patch.rank, patch.scale) == ("down.attn1.to_out.0", 2, 1.0)
