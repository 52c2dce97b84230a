"""Whether files fit: a LoRA its checkpoint, a folder the engine that is to load it. Reads headers, loads nothing."""

import json
import re
from pathlib import Path
from typing import Any

from generation.checkpoints import engine_entry, weights_of
from generation.engines.lora_layers import COMPONENTS, Layers, UnusableLora, plan_patches
from generation.engines.safetensors_files import WrongFile, find_out_of_range, read_header
from generation.models import Checkpoint
from generation.personal.errors import UnusablePipeline, WeightsMissing

_PIPELINE = "StableDiffusionPipeline"
# What the index of a pipeline may name. The last three are never loaded.
_CLASSES = {
    "scheduler": re.compile(r"diffusers\.(DDIM|PNDM|LMSDiscrete|EulerDiscrete|EulerAncestralDiscrete|DPMSolverMultistep"
                            r"|DPMSolverSinglestep|DDPM|UniPCMultistep|HeunDiscrete|DEISMultistep)Scheduler"),
    "text_encoder": re.compile(r"transformers\.CLIPTextModel"),
    "tokenizer": re.compile(r"transformers\.CLIPTokenizer(Fast)?"),
    "unet": re.compile(r"diffusers\.UNet2DConditionModel"),
    "vae": re.compile(r"diffusers\.AutoencoderKL"),
    "safety_checker": re.compile(r"stable_diffusion\.StableDiffusionSafetyChecker|None\.None"),
    "feature_extractor": re.compile(r"transformers\.CLIP(ImageProcessor|FeatureExtractor)|None\.None"),
    "image_encoder": re.compile(r"transformers\.CLIPVisionModelWithProjection|None\.None"),
}  # fmt: skip
_WEIGHTS = ("unet", "vae", "text_encoder")
_CONFIGS = (*(f"{name}/config.json" for name in _WEIGHTS), "scheduler/scheduler_config.json")
_LARGEST_CONFIG = 2**20


def check_lora(path: Path, checkpoint: Checkpoint) -> None:
    """Raise `UnusableLora` unless the file at `path` is a LoRA for `checkpoint`, with nothing but finite numbers.

    Raises `WeightsMissing` where the checkpoint's own files are not on this machine.
    """
    layers = layers_of(checkpoint)
    try:
        header = read_header(path)
        plan_patches(header, layers)
        name = find_out_of_range(path, header)
        if name is not None:
            raise UnusableLora(f"The tensor {name[:120]!r} has numbers that are infinite or not a number.")
    except WrongFile as error:
        sentence = f"The file {error}"
        raise UnusableLora(sentence, errors={"file": [sentence]}) from error
    except UnusableLora as error:
        raise UnusableLora(error.message, errors={"file": [error.message]}) from error


def layers_of(checkpoint: Checkpoint) -> Layers:
    """What a LoRA may change in a checkpoint. Raises `UnusableLora` for one that takes none, and `WeightsMissing`."""
    if engine_entry(checkpoint).is_remote:
        raise UnusableLora(f"{checkpoint.slug} is run by a provider and takes no LoRA. Choose another checkpoint.")
    weights = weights_of(checkpoint)
    shapes: dict[str, dict[str, tuple[int, ...]]] = {component: {} for component in COMPONENTS}
    try:
        for component, found in shapes.items():
            files = list(Path(weights.source, component).glob("*.safetensors"))
            if not files:
                raise WeightsMissing(f"The weights of {checkpoint.slug} are not on this machine. {weights.restore}")
            for path in files:
                found.update(read_header(path).shapes)
    except (OSError, WrongFile) as error:
        raise WeightsMissing(f"The weights of {checkpoint.slug} cannot be read. {weights.restore}") from error
    return Layers(shapes)


def check_pipeline(folder: Path) -> int:
    """The native size in pixels of the pipeline in `folder`, once it is sure to hold known classes and safetensors.

    Raises `UnusablePipeline`. Nothing in the folder is executed, then or later: no class of its own, no pickle.
    """
    index = _read_config(folder, "model_index.json")
    if index.get("_class_name") != _PIPELINE:
        raise UnusablePipeline(f"The model_index.json must name a {_PIPELINE}.")
    for name, value in index.items():
        if name.startswith("_") or not isinstance(value, list):
            continue
        pattern = _CLASSES.get(name)
        if pattern is None or not pattern.fullmatch(".".join(str(part) for part in value)):
            raise UnusablePipeline(f"The model_index.json names a {name[:100]} of a class that is not known here.")
    missing = [name for name in (*_WEIGHTS, "scheduler", "tokenizer") if not isinstance(index.get(name), list)]
    if missing:
        raise UnusablePipeline(f"The model_index.json names no {missing[0]}.")
    configs = {path: _read_config(folder, path) for path in _CONFIGS}
    if any("auto_map" in config for config in configs.values()):
        raise UnusablePipeline("A configuration names code of its own, which is never run here.")
    for component in _WEIGHTS:
        _check_weights(folder, component)
    return _native_size(configs["unet/config.json"], configs["vae/config.json"])


def _check_weights(folder: Path, component: str) -> None:
    files = list((folder / component).glob("*.safetensors"))
    if not files:
        raise UnusablePipeline(f"The {component} has no safetensors file, and other formats can run code.")
    for path in files:
        try:
            read_header(path)
        except (OSError, WrongFile) as error:
            raise UnusablePipeline(f"A safetensors file of the {component} is damaged.") from error


def _native_size(unet: dict[str, Any], vae: dict[str, Any]) -> int:
    blocks, latents = vae.get("block_out_channels"), unet.get("sample_size")
    if not isinstance(blocks, list) or type(latents) is not int or not 8 <= latents <= 256 or len(blocks) > 5:
        raise UnusablePipeline("The configurations of unet and vae say no size of 64 to 2,048 pixels.")
    return int(latents * 2 ** (len(blocks) - 1))


def _read_config(folder: Path, name: str) -> dict[str, Any]:
    path = folder / name
    try:
        if path.stat().st_size > _LARGEST_CONFIG:
            raise UnusablePipeline(f"The file {name} is too large.")
        config = json.loads(path.read_bytes())
    except FileNotFoundError:
        raise UnusablePipeline(f"There is no {name}: it is no pipeline in diffusers' layout.") from None
    except (OSError, ValueError, RecursionError):
        raise UnusablePipeline(f"The file {name} cannot be read.") from None
    if not isinstance(config, dict):
        raise UnusablePipeline(f"The file {name} is no JSON object.")
    return config
