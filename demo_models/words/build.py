"""Train the T5 for tags and text, or go on training it, and write the folder that is shipped."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
from transformers import GenerationConfig, PreTrainedTokenizerFast

from demo_models.words.card import write_card
from demo_models.words.lexicon import CONCEPTS
from demo_models.words.profile import QUICK, Profile
from demo_models.words.texts import JOINT, TAGS_PREFIX, TEXT_PREFIX
from demo_models.words.tokenizer import build_tokenizer
from demo_models.words.train import train


def build(profile: Profile, work: Path, target: Path) -> None:
    """Train (or resume) in ``work``; write weights, tokenizer, settings and model card to ``target``."""
    work.mkdir(parents=True, exist_ok=True)
    tokenizer = _tokenizer(profile, work / "tokenizer")
    save(train(profile, tokenizer, work), tokenizer, target)
    if profile is not QUICK:
        write_card(profile, target, work)


def save(model: Any, tokenizer: PreTrainedTokenizerFast, target: Path) -> None:
    """Write the model in float16 with all that the engines need to know about it."""
    target.mkdir(parents=True, exist_ok=True)
    model.generation_config = GenerationConfig(
        decoder_start_token_id=tokenizer.pad_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    model.to(torch.float16).save_pretrained(target)
    tokenizer.save_pretrained(target)
    manners = {
        "instructions": {"tags": TAGS_PREFIX + "{}", "text": TEXT_PREFIX + "{}"},
        "joint": JOINT,
        "lower_case": True,
        "concepts": sorted(set(CONCEPTS.values())),
    }
    (target / "atelier.json").write_text(json.dumps(manners, indent=2) + "\n")


def _tokenizer(profile: Profile, folder: Path) -> PreTrainedTokenizerFast:
    """The tokenizer as it is read back from its files, which is how the engines will meet it."""
    if not folder.exists():
        build_tokenizer(profile.merges, profile.seed).save_pretrained(folder)
    tokenizer: PreTrainedTokenizerFast = PreTrainedTokenizerFast.from_pretrained(folder)
    return tokenizer
