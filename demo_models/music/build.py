"""Train the music model and write its folder: ``python -m demo_models.build music``."""

from __future__ import annotations

from pathlib import Path

from transformers import PreTrainedTokenizerFast

from demo_models.music.assemble import assemble, save
from demo_models.music.card import write_card
from demo_models.music.codes import encode_sounds
from demo_models.music.profile import FULL, Profile
from demo_models.music.tokenizer import build_tokenizer
from demo_models.music.train_codec import train_codec
from demo_models.music.train_language_model import train_language_model
from demo_models.music.train_text_encoder import train_text_encoder


def build(profile: Profile, work: Path, target: Path) -> None:
    """Train what is missing in ``work``; write model and processor, in float16, and the card to ``target``."""
    work.mkdir(parents=True, exist_ok=True)
    codec = train_codec(profile, work)
    tokenizer = load_tokenizer(profile, work)
    text_encoder, _ = train_text_encoder(profile, tokenizer, work)
    codes = encode_sounds(codec, profile, work)
    language_model = train_language_model(profile, codes, tokenizer, text_encoder, work)
    save(assemble(codec, text_encoder, language_model, profile), tokenizer, target)
    if profile is FULL:
        write_card(profile, target, work)


def load_tokenizer(profile: Profile, work: Path) -> PreTrainedTokenizerFast:
    """The tokenizer as it is read back from its files, which is how the model will meet it."""
    folder = work / "tokenizer"
    if not folder.exists():
        build_tokenizer(profile.text.vocabulary, profile.seed).save_pretrained(folder)
    tokenizer: PreTrainedTokenizerFast = PreTrainedTokenizerFast.from_pretrained(folder)
    return tokenizer
