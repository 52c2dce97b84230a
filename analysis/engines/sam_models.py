"""What a `Sam` is made of: Kirillov et al., "Segment Anything" (2023).

segment_anything's own builders know three sizes at 1024 pixels; the parts themselves take any.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

from segment_anything.modeling import ImageEncoderViT, MaskDecoder, PromptEncoder, Sam, TwoWayTransformer
from torch import nn

CONFIG = "config.json"
WEIGHTS = "model.safetensors"


@dataclass(frozen=True)
class SamConfig:
    """The sizes of a `Sam`, by segment_anything's own names; the defaults are those of ViT-L.

    A picture's longer side is brought to `img_size` pixels. Its embedding has `img_size / patch_size` cells a side,
    and the mask decoder four times as many; `img_size` must be a multiple of `patch_size`. A `window_size` of 0 means
    attention over the whole picture in every block.
    """

    img_size: int = 1024
    patch_size: int = 16
    embed_dim: int = 1024
    depth: int = 24
    num_heads: int = 16
    window_size: int = 14
    global_attn_indexes: tuple[int, ...] = (5, 11, 17, 23)
    use_rel_pos: bool = True
    prompt_embed_dim: int = 256
    mask_in_chans: int = 16
    decoder_depth: int = 2
    decoder_num_heads: int = 8
    decoder_mlp_dim: int = 2048
    iou_head_hidden_dim: int = 256


VIT_L = SamConfig()


def make_sam(config: SamConfig) -> Sam:
    """A `Sam` of these sizes with random weights."""
    cells = config.img_size // config.patch_size
    return Sam(
        ImageEncoderViT(
            img_size=config.img_size,
            patch_size=config.patch_size,
            embed_dim=config.embed_dim,
            depth=config.depth,
            num_heads=config.num_heads,
            mlp_ratio=4,
            out_chans=config.prompt_embed_dim,
            qkv_bias=True,
            norm_layer=partial(nn.LayerNorm, eps=1e-6),
            use_rel_pos=config.use_rel_pos,
            window_size=config.window_size,
            global_attn_indexes=config.global_attn_indexes,
        ),
        PromptEncoder(
            embed_dim=config.prompt_embed_dim,
            image_embedding_size=(cells, cells),
            input_image_size=(config.img_size, config.img_size),
            mask_in_chans=config.mask_in_chans,
        ),
        MaskDecoder(
            num_multimask_outputs=3,
            transformer=TwoWayTransformer(
                depth=config.decoder_depth,
                embedding_dim=config.prompt_embed_dim,
                mlp_dim=config.decoder_mlp_dim,
                num_heads=config.decoder_num_heads,
            ),
            transformer_dim=config.prompt_embed_dim,
            iou_head_depth=3,
            iou_head_hidden_dim=config.iou_head_hidden_dim,
        ),
    )


def read_config(folder: Path) -> SamConfig:
    """The sizes in the folder's `config.json`. Raises `OSError`, `ValueError` or `TypeError` where they cannot be."""
    said = json.loads((folder / CONFIG).read_bytes())
    if not isinstance(said, Mapping):
        raise TypeError(f"{CONFIG} holds no JSON object")
    fields: dict[str, Any] = dict(said)
    fields["global_attn_indexes"] = tuple(fields["global_attn_indexes"])
    return SamConfig(**fields)


def write_config(folder: Path, config: SamConfig) -> None:
    """The inverse of `read_config`."""
    (folder / CONFIG).write_text(json.dumps(asdict(config), indent=2) + "\n")
