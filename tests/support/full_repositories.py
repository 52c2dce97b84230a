"""Tiny models in the layout of the `full` profile's repositories, with the files beside them that nobody needs."""

import json
from pathlib import Path

from config.profiles import full_profile
from generation.engines.revisions import file_digest
from tests.support.hub import Hub
from tests.support.tiny_clip import make_tiny_clip
from tests.support.tiny_musicgen import make_tiny_musicgen
from tests.support.tiny_pipeline import make_tiny_pipeline
from tests.support.tiny_sam import make_tiny_sam
from tests.support.tiny_t5 import make_tiny_t5

# Other forms of the same weights, which can run code when they are read or are simply too much.
_SPARE = {
    "pytorch_model.bin": b"pickled",
    "flax_model.msgpack": b"flax",
    "tf_model.h5": b"tensorflow",
    "README.md": b"#",
}


def serve_stable_diffusion(hub: Hub, drafts: Path) -> None:
    """`stable-diffusion-v1-5` at its pinned commit: half precision, pickles and the safety checker beside the parts."""
    folder = make_tiny_pipeline(drafts / "stable-diffusion", scheduler="pndm")
    index = json.loads((folder / "model_index.json").read_text())
    index["safety_checker"] = ["stable_diffusion", "StableDiffusionSafetyChecker"]
    index["feature_extractor"] = ["transformers", "CLIPImageProcessor"]
    (folder / "model_index.json").write_text(json.dumps(index))
    files = _read(folder) | {
        "v1-5-pruned.safetensors": b"all in one",
        "v1-5-pruned-emaonly.ckpt": b"pickled",
        "safety_checker/config.json": b"{}",
        "safety_checker/model.safetensors": b"checker",
        "feature_extractor/preprocessor_config.json": b"{}",
        "text_encoder/model.fp16.safetensors": b"half",
        "unet/diffusion_pytorch_model.fp16.safetensors": b"half",
        "unet/diffusion_pytorch_model.non_ema.safetensors": b"other",
        "unet/diffusion_pytorch_model.bin": b"pickled",
        "vae/diffusion_pytorch_model.bin": b"pickled",
    }
    _serve(hub, "image", files)


def serve_musicgen(hub: Hub, drafts: Path) -> None:
    """`musicgen-small` at its pinned commit, with audiocraft's pickles beside it."""
    files = _read(make_tiny_musicgen(drafts / "musicgen"))
    _serve(hub, "music", files | _SPARE | {"state_dict.bin": b"pickled", "compression_state_dict.bin": b"pickled"})


def serve_t5(hub: Hub, drafts: Path) -> None:
    """`flan-t5-base` at its pinned commit."""
    _serve(hub, "text", _read(make_tiny_t5(drafts / "t5")) | _SPARE)


def serve_clip(hub: Hub, drafts: Path) -> None:
    """`vit_large_patch14_clip_224.openai` at its pinned commit, with timm's half of it beside the whole."""
    files = _read(make_tiny_clip(drafts / "clip"))
    spare = {
        "model.safetensors": b"the picture's half",
        "open_clip_pytorch_model.bin": b"pickled",
        "config.json": b"{}",
    }
    _serve(hub, "labels", files | _SPARE | spare)


def serve_sam(hub: Hub, drafts: Path) -> dict[str, str]:
    """A file like `sam_vit_l_0b3195.pth`; what its entry in the profile must say instead of the real one's address.

    The real file needs no configuration. This one's, which an engine wants beside it, stays in `drafts`.
    """
    folder = make_tiny_sam(drafts / "sam", pickled=True)
    [file] = folder.glob("*.pth")
    address = hub.add_web_file("sam_vit_l_0b3195.pth", file.read_bytes())
    return {"source": address, "revision": file_digest(file)}


def _serve(hub: Hub, capability: str, files: dict[str, bytes]) -> None:
    checkpoint = full_profile()[capability]["CHECKPOINT"]
    hub.add(checkpoint["source"], files, commit=checkpoint["revision"])


def _read(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
