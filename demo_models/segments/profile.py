"""How large the model is and how long it trains: one profile to ship, one to try the code."""

from __future__ import annotations

from dataclasses import dataclass, field

from analysis.engines.sam_models import SamConfig


@dataclass(frozen=True)
class StageProfile:
    """One stage of training. Each step draws `pictures` new pictures and puts `clicks` clicks on each."""

    steps: int
    pictures: int
    clicks: int
    learning_rate: float
    # The share of the steps in which the learning rate falls to zero.
    decay: float


@dataclass(frozen=True)
class Profile:
    """All stages together."""

    # 16 x 16 cells of 8 pixels, and so masks of 64 x 64: brought to 128 pixels by the library, the exact masks of
    # objects over 2 % of the picture keep an IoU of 0.98. Cells of 4 pixels would cost four times as much.
    sam: SamConfig = field(
        default_factory=lambda: SamConfig(
            img_size=128,
            patch_size=8,
            embed_dim=192,
            depth=6,
            num_heads=4,
            window_size=0,
            global_attn_indexes=(),
            use_rel_pos=False,
            prompt_embed_dim=128,
            mask_in_chans=4,
            decoder_depth=2,
            decoder_num_heads=4,
            decoder_mlp_dim=512,
            iou_head_hidden_dim=128,
        )
    )
    seed: int = 20_261_121
    encoder: StageProfile = field(default_factory=lambda: StageProfile(1_600, 16, 32, 1e-3, 0.2))
    masks: StageProfile = field(default_factory=lambda: StageProfile(9_900, 16, 8, 8e-4, 0.4))
    # The last steps compare masks at the picture's size instead of half of it.
    fine_steps: int = 600
    ema_decay: float = 0.998
    # Optimiser steps between two checkpoints.
    save_every: int = 100
    # Prompts along each side of a picture when masks are generated.
    points_per_side: int = 16
    # Pictures on which the generator's thresholds are chosen.
    tuning_pictures: int = 96


FULL = Profile()
QUICK = Profile(
    sam=SamConfig(
        img_size=64,
        patch_size=8,
        embed_dim=32,
        depth=2,
        num_heads=2,
        window_size=4,
        global_attn_indexes=(1,),
        use_rel_pos=False,
        prompt_embed_dim=32,
        mask_in_chans=4,
        decoder_depth=2,
        decoder_num_heads=2,
        decoder_mlp_dim=64,
        iou_head_hidden_dim=32,
    ),
    encoder=StageProfile(60, 4, 16, 4e-3, 0.2),
    masks=StageProfile(24, 4, 4, 2e-3, 0.4),
    fine_steps=4,
    ema_decay=0.9,
    save_every=5,
    points_per_side=4,
    tuning_pictures=3,
)
