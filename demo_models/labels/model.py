"""The model: open_clip's ``CLIP`` with a configuration of our own, and the folder that open_clip reads it from."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from open_clip.model import CLIP, CLIPTextCfg, CLIPVisionCfg
from safetensors.torch import save_file
from torch import Tensor, nn
from transformers import CLIPTokenizer

from demo_models.labels.pictures import MEAN, STD
from demo_models.labels.profile import Profile

CONFIG, WEIGHTS = "open_clip_config.json", "open_clip_model.safetensors"
# Sigmoid losses start where nearly everything is false: Zhai et al., "Sigmoid Loss for Language Image Pre-Training"
# (2023), which begins at a scale of 10 and a bias of -10. Ours weighs labels against a neutral caption, whose margin
# is nought, and one label in twenty is true.
_FIRST_SCALE, _FIRST_BIAS = 10.0, -2.0


def model_config(profile: Profile, vocabulary: int) -> dict[str, Any]:
    """open_clip's ``model_cfg``: a modified ResNet for pictures, a transformer for texts."""
    return {
        "embed_dim": profile.embedding,
        "vision_cfg": {
            "image_size": profile.image_size,
            "layers": list(profile.layers),
            "width": profile.width,
            "head_width": 64,
        },
        "text_cfg": {
            "context_length": profile.context_length,
            "vocab_size": vocabulary,
            "width": profile.text_width,
            "heads": profile.text_heads,
            "layers": profile.text_layers,
            # open_clip reads the tokenizer from the folder itself; the name only says that it is transformers' kind.
            "hf_tokenizer_name": "tokenizer.json",
        },
    }


def build_model(profile: Profile, vocabulary: int) -> CLIP:
    """An untrained model."""
    config = model_config(profile, vocabulary)
    text = {name: value for name, value in config["text_cfg"].items() if name != "hf_tokenizer_name"}
    model = CLIP(
        config["embed_dim"],
        CLIPVisionCfg(**config["vision_cfg"]),
        CLIPTextCfg(**text),
        init_logit_scale=torch.tensor(_FIRST_SCALE).log().item(),
        init_logit_bias=_FIRST_BIAS,
    )
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.num_batches_tracked = torch.zeros(())  # of integers there is no moving average
    model.visual.to(memory_format=torch.channels_last)  # half again as fast on CPUs
    return model


def encode_text(model: CLIP, tokens: Tensor) -> Tensor:
    """``model.encode_text(tokens, normalize=True)`` without what it spends on padding; tokens (n, context length).

    The mask is causal and the feature is read at the end token: what comes after changes nothing.
    """
    ends = tokens.argmax(dim=-1)
    length = int(ends.max()) + 1
    hidden = model.token_embedding(tokens[:, :length]) + model.positional_embedding[:length]
    hidden = model.transformer(hidden, attn_mask=model.attn_mask[:length, :length])
    hidden = model.ln_final(hidden[torch.arange(len(tokens), device=tokens.device), ends])
    return F.normalize(hidden @ model.text_projection, dim=-1)


def tokenize(tokenizer: CLIPTokenizer, texts: list[str], context_length: int) -> Tensor:
    """Token ids (n, context_length), int64, padded and truncated as open_clip's wrapper does it."""
    batch = tokenizer(texts, padding="max_length", truncation=True, max_length=context_length)
    return torch.tensor(batch.input_ids)


def save_folder(model: CLIP, tokenizer: CLIPTokenizer, profile: Profile, folder: Path) -> None:
    """Write configuration, float16 weights and tokenizer as a hub's repository for open_clip lays them out."""
    folder.mkdir(parents=True, exist_ok=True)
    config = {
        "model_cfg": {**model_config(profile, len(tokenizer)), "init_logit_bias": _FIRST_BIAS},
        "preprocess_cfg": {"mean": list(MEAN), "std": list(STD), "interpolation": "bicubic", "resize_mode": "shortest"},
    }
    (folder / CONFIG).write_text(json.dumps(config, indent=2) + "\n")
    state = {name: tensor.detach().cpu() for name, tensor in model.state_dict().items()}
    halves = {name: tensor.half() if tensor.is_floating_point() else tensor for name, tensor in state.items()}
    save_file({name: tensor.contiguous() for name, tensor in halves.items()}, folder / WEIGHTS)
    tokenizer.save_pretrained(folder)
