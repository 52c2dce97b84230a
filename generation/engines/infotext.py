"""What made a picture as the text that programs for Stable Diffusion show and take settings from.

The form is that of stable-diffusion-webui's "PNG info" (its modules/infotext_utils.py), which the others read as well:
the prompt, a line with the negative prompt, a last line of `Name: value` pairs.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

# Pairs in the order and by the names of that program; those from "LoRA" on are ours alone, which it shows as they are.
_NAMES = {
    "num_inference_steps": "Steps",
    "scheduler": "Sampler",
    "guidance_scale": "CFG scale",
    "seed": "Seed",
    "size": "Size",
    "model": "Model",
    "strength": "Denoising strength",
    "lora": "LoRA",
    "lora_sha256": "LoRA SHA-256",
    "revision": "Model revision",
    "engine": "Engine",
}
# What would end a value or a line.
_TO_QUOTE = re.compile(r'[,:\n"]')


def infotext(parameters: Mapping[str, Any]) -> str:
    """The text for an engine's metadata; empty where it names nothing of a picture. It has no NUL, and fits UTF-8."""
    values = {**parameters, "size": _size(parameters), "scheduler": _sampler(parameters)}
    pairs = [f"{title}: {_value(values[name])}" for name, title in _NAMES.items() if values.get(name) not in (None, "")]
    negative = parameters.get("negative_prompt")
    lines = [parameters.get("prompt"), f"Negative prompt: {negative}" if negative else None, ", ".join(pairs)]
    text = "\n".join(str(line) for line in lines if line)
    # A lone surrogate has no form in UTF-8, and NUL ends texts in PNG.
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}").encode("utf-8", "replace").decode()


def _value(value: Any) -> str:
    text = f"{value:g}" if isinstance(value, float) else str(value)
    return json.dumps(text, ensure_ascii=False) if _TO_QUOTE.search(text) else text


def _size(parameters: Mapping[str, Any]) -> str:
    sides = parameters.get("width"), parameters.get("height")
    return "" if None in sides else f"{sides[0]}x{sides[1]}"


def _sampler(parameters: Mapping[str, Any]) -> str:
    """The scheduler's name without the word that every class of diffusers ends with: DDIMScheduler is DDIM."""
    return str(parameters.get("scheduler") or "").removesuffix("Scheduler")
