"""A Segment Anything model of random weights, in our layout and in the published one, for tests without meaning."""

import json
from pathlib import Path

import torch
from safetensors.torch import save_file
from segment_anything.modeling import Sam

from analysis.engines.sam_models import SamConfig, make_sam, write_config

SIZES = SamConfig(
    img_size=64,
    patch_size=8,
    embed_dim=16,
    depth=2,
    num_heads=2,
    window_size=4,
    global_attn_indexes=(1,),
    use_rel_pos=True,
    prompt_embed_dim=16,
    mask_in_chans=4,
    decoder_num_heads=2,
    decoder_mlp_dim=32,
    iou_head_hidden_dim=16,
)
POINTS_PER_SIDE, POINTS_PER_BATCH = 4, 4
# One for the picture, and one for each batch of points.
STEPS = 1 + POINTS_PER_SIDE**2 // POINTS_PER_BATCH


def make_tiny_sam(folder: Path, *, seed: int = 0, pickled: bool = False) -> Path:
    """Write a loadable model into `folder` and return it; its thresholds let every mask pass."""
    folder.mkdir(parents=True, exist_ok=True)
    write_config(folder, SIZES)
    settings = {"points_per_side": POINTS_PER_SIDE, "points_per_batch": POINTS_PER_BATCH, "box_nms_thresh": 1.0}
    settings |= {"pred_iou_thresh": 0.0, "stability_score_thresh": 0.0}
    (folder / "atelier.json").write_text(json.dumps({"generator": settings}))
    tensors = _random_sam(seed).state_dict()
    if pickled:
        torch.save(tensors, folder / "sam_tiny.pth")
    else:
        save_file(tensors, folder / "model.safetensors")
    return folder


def _random_sam(seed: int) -> Sam:
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        sam = make_sam(SIZES)
        # New weights are so small that all masks look the same, and nothing is said to be good.
        with torch.no_grad():
            for weight in sam.mask_decoder.parameters():
                if weight.dim() > 1:
                    weight.mul_(3)
            sam.mask_decoder.iou_prediction_head.layers[-1].bias.fill_(1.0)
    return sam
