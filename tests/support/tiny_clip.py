"""A CLIP of random weights in the layout of `timm/vit_large_patch14_clip_224.openai`, for tests without meaning."""

import json
from pathlib import Path

import open_clip
import torch
from safetensors.torch import save_file

IMAGE_SIZE = 28


def make_tiny_clip(folder: Path, *, seed: int = 0) -> Path:
    """Write a loadable model into `folder` and return it: a vision transformer, and OpenAI's own vocabulary."""
    config = {
        "model_cfg": {
            "embed_dim": 16,
            "quick_gelu": True,
            "vision_cfg": {"image_size": IMAGE_SIZE, "layers": 1, "width": 32, "head_width": 16, "patch_size": 14},
            "text_cfg": {"context_length": 77, "vocab_size": 49408, "width": 16, "heads": 2, "layers": 1},
        },
        "preprocess_cfg": {
            "mean": [0.48145466, 0.4578275, 0.40821073],
            "std": [0.26862954, 0.26130258, 0.27577711],
        },
    }
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "open_clip_config.json").write_text(json.dumps(config))
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = open_clip.create_model(f"local-dir:{folder}")
        # At first a transformer's texts are all alike.
        model.token_embedding.weight.data.normal_(std=1.0)
    state = {name: tensor.half().contiguous() for name, tensor in model.state_dict().items()}
    save_file(state, folder / "open_clip_model.safetensors")
    return folder
