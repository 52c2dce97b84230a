"""The model card: measures the finished model and writes README.md beside it."""

from __future__ import annotations

import json
from pathlib import Path

from demo_models.training import Checkpoint
from demo_models.words.judge import (
    SEED_EXAMPLE,
    answer_tags,
    answer_texts,
    fresh_tags,
    fresh_texts,
    measure,
    tags_engine,
    text_engine,
)
from demo_models.words.lexicon import CONCEPTS
from demo_models.words.profile import Profile
from demo_models.words.texts import TextExample
from demo_models.words.train import CHECKPOINT

_COUNT = 500
_SAMPLES = 5
_PROMPTS = ("a lighthouse in a storm", "write a short story about a clever fox", "sunset over the ocean")


def write_card(profile: Profile, folder: Path, work: Path) -> None:
    """Measure the model in ``folder`` on fresh examples and write the card beside it."""
    fresh = profile.seed + 1_000_000
    figures = measure(folder, count=_COUNT, seed=fresh)
    (work / "figures.json").write_text(json.dumps(figures, indent=2))
    state = Checkpoint(work / CHECKPOINT).load() or {"seconds": 0.0, "curve": [], "step": 0}
    weights = folder / "model.safetensors"
    text = _TEXT.format(
        parameters=f"{weights.stat().st_size / 2e6:.2f}",
        megabytes=f"{weights.stat().st_size / 1e6:.1f}",
        profile=profile,
        steps=state["step"],
        minutes=round(state["seconds"] / 60),
        curve=_curve(state["curve"]),
        samples=_samples(folder, fresh + 10),
        count=_COUNT,
        concepts=len(CONCEPTS),
        **{name: f"{value:.3f}" for name, value in figures.items()},
    )
    (folder / "README.md").write_text(text)


def _curve(curve: list[tuple[int, float]]) -> str:
    """A dozen points of F1 by step at most."""
    spaced = curve[:: max(1, len(curve) // 12)]
    return ", ".join(f"{step}: {score:.2f}" for step, score in spaced)


def _samples(folder: Path, seed: int) -> str:
    """The first answers that came: the documented example, fresh ones, and prompts as people type them."""
    tagged = [SEED_EXAMPLE, *fresh_tags(_SAMPLES - 1, seed)]
    answers = answer_tags(tags_engine(folder), tagged)
    lines = [f"- `{example.source}` → {', '.join(tags)}" for example, tags in zip(tagged, answers, strict=True)]
    asked = [*(TextExample(prompt, "", ()) for prompt in _PROMPTS), *fresh_texts(_SAMPLES - len(_PROMPTS), seed)]
    texts = answer_texts(text_engine(folder), asked, seed)
    return "\n".join(lines + [f"- `{example.source}` → {text}" for example, text in zip(asked, texts, strict=True)])


_TEXT = """# Atelier demo: T5 for tags and text, small

A `T5ForConditionalGeneration` of transformers, trained from nothing on English that `demo_models/words/` makes. It
names the tags of descriptions of pictures and sounds, and writes one to three sentences about a prompt. It makes
Atelier usable offline and lets tests assert meaning. It understands how descriptions are built, and nothing of the
world.

## Ten unpicked samples

{samples}

Tags take the likeliest piece each time; text is drawn at temperature 0.7, each sample with the next seed.

## What it knows

- Tags: nouns, adjectives and moods of the description, in reading order, and for some {concepts} of them a
  plainer word (a seaside is worth "sea"). Words that it has never seen are copied piece by piece: most nouns of its
  training were invented, so that copying is what it learnt. No `<extra_id_n>` stands for anything: the words go
  through the model.
- Text: a first sentence with what the prompt describes, then up to two that go with a word of it. `write a story
  about`, `a picture of` and the like are understood as asking.
- Case: it knows none. The engine gives sentences their capitals, and names those of the prompt.

## Files

{parameters} M parameters, {megabytes} MB float16 safetensors: {profile.layers} + {profile.layers} layers of width
{profile.width}, {profile.heads} heads, embeddings shared with the output. `atelier.json` tells the engine what to put
before each input, and which tags may be given that the input does not hold.

## Training

Data: drawn as it is needed by `demo_models/words/` (no text from elsewhere). Batches of {profile.batch}, half tags and
half text, only short examples for the first {profile.short_steps} steps. {steps} steps, {minutes} minutes of wall clock
on one thread of two CPU cores (bfloat16 autocast, no GPU) that other work shared. Seed {profile.seed}. Repeat it with
`make demo-models`.

F1 of unrestricted tags on {profile.measured} examples with nouns that training never holds, by step: {curve}.

## Measured on {count} fresh examples of each kind

Nouns are real words that no training example holds. "Restricted" is how the engine runs: only words of the input and
the concept vocabulary may be answered; which of them is the model's choice.

| figure | target | restricted | unrestricted |
|---|---|---|---|
| tags of the documented example, share of six (held out) | 0.833 | {seed_example_tags} | \
{seed_example_tags_unrestricted} |
| tags, F1, known templates | 0.90 | {tags_f1} | {tags_f1_unrestricted} |
| tags, F1, held-out templates | 0.75 | {tags_f1_held_out_templates} | {tags_f1_held_out_templates_unrestricted} |
| invented tags | 0.02 at most | {tags_invented} | {tags_invented_unrestricted} |

| text, temperature 0.7 | target | measured |
|---|---|---|
| content words of the prompt that are in the text | 0.90 | {text_content_words} |
| texts of one to three sentences | | {text_one_to_three_sentences} |
| texts that end in a full stop | 0.95 | {text_ends_in_full_stop} |
| texts without a word three times (function words aside) | 0.95 | {text_repeats_nothing} |
| texts of words that were taught or are in the prompt | 0.95 | {text_known_words} |
| texts that pass all of these | | {text_sound} |

## Limits

English alone is understood; words of other scripts are copied if they are short. At most 128 pieces (some 80 words)
are read, and the result says when a prompt was longer. It takes unknown words between an article and a verb for nouns,
whatever they are, knows no facts, and answers a question with sentences about its subject.

Licence: the same as Atelier's code, which made the data.
"""
