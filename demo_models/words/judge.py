"""How good the T5 is, on descriptions that are drawn freshly: through the engines, as Atelier runs it."""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from transformers import PreTrainedTokenizerFast

from demo_models.words import lexicon, sentences
from demo_models.words.phrases import Speaker
from demo_models.words.texts import TagsExample, TextExample, repeats, tags_example, text_example
from generation.engines.base import TagsRequest, TextRequest, Weights
from generation.engines.t5 import T5TagsEngine, T5TextEngine, split_tags, words_of

_BATCH = 16
_MAX_NEW_TOKENS = 120
# The example of the tags endpoint's first document, which no training example holds.
SEED_EXAMPLE = TagsExample(
    "a cat riding a bicycle in the rain",
    "a calm and relaxing seaside ambiance",
    ("cat", "bicycle", "rain", "calm", "relaxing", "sea"),
)
_WORD = re.compile(r"[^\s,.!?:;|\"()]+")


def measure(folder: Path, *, count: int, seed: int) -> dict[str, float]:
    """Figures of the model in ``folder`` on ``count`` fresh examples of each kind; all are shares of 1.

    Tags: F1 on known templates and on held-out ones, always with held-out nouns, and the share of invented tags; each
    once as the engine answers and once unrestricted. Text: the share of the prompt's content words that it holds, and
    of texts that pass each test.
    """
    figures = {}
    for restricted in (True, False):
        suffix = "" if restricted else "_unrestricted"
        engine = tags_engine(folder, restricted=restricted)
        known = fresh_tags(count, seed)
        strange = fresh_tags(count, seed + 1, held_out_templates=True)
        figures[f"tags_f1{suffix}"], fancies = _judge_tags(engine, known)
        figures[f"tags_f1_held_out_templates{suffix}"], more_fancies = _judge_tags(engine, strange)
        figures[f"tags_invented{suffix}"] = (fancies + more_fancies) / 2
        [seed_tags] = answer_tags(engine, [SEED_EXAMPLE])
        figures[f"seed_example_tags{suffix}"] = len(set(seed_tags) & set(SEED_EXAMPLE.tags)) / len(SEED_EXAMPLE.tags)
    examples = fresh_texts(count, seed + 2)
    return figures | judge_texts(examples, answer_texts(text_engine(folder), examples, seed))


def fresh_tags(count: int, seed: int, *, held_out_templates: bool = False) -> list[TagsExample]:
    """``count`` examples whose nouns, and if asked for whose templates, were never trained on."""
    speaker = Speaker(random.Random(seed), held_out_nouns=True, held_out_templates=held_out_templates)
    drawn = (tags_example(speaker) for _ in range(2 * count))
    return [example for example in drawn if example.tags][:count]


def fresh_texts(count: int, seed: int) -> list[TextExample]:
    """``count`` prompts whose nouns were never trained on."""
    speaker = Speaker(random.Random(seed), held_out_nouns=True)
    drawn = (text_example(speaker) for _ in range(2 * count))
    return [example for example in drawn if example.content][:count]


def tags_engine(folder: Path, *, restricted: bool = True) -> T5TagsEngine:
    """The loaded engine for tags on the CPU."""
    engine = T5TagsEngine(_weights(folder), device="cpu", dtype="float32", max_batch=_BATCH, restricted=restricted)
    engine.load()
    return engine


def text_engine(folder: Path) -> T5TextEngine:
    """The loaded engine for text on the CPU."""
    engine = T5TextEngine(_weights(folder), device="cpu", dtype="float32", max_batch=_BATCH)
    engine.load()
    return engine


def _weights(folder: Path) -> Weights:
    return Weights("words", str(folder), "", "atelier-demo", 0)


def answer_tags(engine: T5TagsEngine, examples: Sequence[TagsExample]) -> list[list[str]]:
    """The engine's tags for each example."""
    requests = [TagsRequest(example.picture, example.sound, max_tags=16) for example in examples]
    parts = [requests[start : start + _BATCH] for start in range(0, len(requests), _BATCH)]
    return [list(result.tags) for part in parts for result in engine.run(part, _ignore)]


def answer_texts(engine: T5TextEngine, examples: Sequence[TextExample], seed: int) -> list[str]:
    """The engine's text for each example at the API's defaults; the i-th draws with the seed ``seed + i``."""
    requests = [TextRequest(example.prompt, seed + index) for index, example in enumerate(examples)]
    parts = [requests[start : start + _BATCH] for start in range(0, len(requests), _BATCH)]
    return [result.text for part in parts for result in engine.run(part, _ignore)]


def _ignore(step: int, steps: int, preview: object = None) -> None:
    """Nobody watches."""


def _judge_tags(engine: T5TagsEngine, examples: list[TagsExample]) -> tuple[float, float]:
    given = answer_tags(engine, examples)
    return f1(given, [list(example.tags) for example in examples]), _invented_share(given, examples)


def f1(given: Sequence[Sequence[str]], wanted: Sequence[Sequence[str]]) -> float:
    """The mean over examples of the harmonic mean of precision and recall, 0-1; order does not count."""
    scores = []
    for answer, truth in zip(given, wanted, strict=True):
        right = len(set(answer) & set(truth))
        scores.append(2 * right / (len(set(answer)) + len(set(truth))) if answer or truth else 1.0)
    return sum(scores) / len(scores)


def invented(tags: Sequence[str], example: TagsExample) -> list[str]:
    """Those of ``tags`` that stand neither in the example's descriptions nor among the concepts."""
    known = {*words_of(example.picture), *words_of(example.sound), *lexicon.CONCEPTS.values()}
    return [tag for tag in tags if tag not in known]


def _invented_share(given: Sequence[Sequence[str]], examples: Sequence[TagsExample]) -> float:
    fancies = sum(len(invented(tags, example)) for tags, example in zip(given, examples, strict=True))
    return fancies / max(1, sum(map(len, given)))


def judge_texts(examples: Sequence[TextExample], texts: Sequence[str]) -> dict[str, float]:
    """Shares (0-1): of content words held, and of texts that pass each test, and all of the last four."""
    held = total = 0
    passed: Counter[str] = Counter()
    for example, text in zip(examples, texts, strict=True):
        words = words_in(text)
        held += sum(word in words for word in example.content)
        total += len(example.content)
        verdict = {
            "text_one_to_three_sentences": 1 <= len(re.findall(r"\.(?:\s|$)", text)) <= 3,
            "text_ends_in_full_stop": text.endswith("."),
            "text_repeats_nothing": not repeats(text),
            "text_known_words": all(word in DICTIONARY or word in words_in(example.prompt) for word in words),
        }
        passed.update(name for name, good in verdict.items() if good)
        passed["text_sound"] += all(verdict.values())
    names = (*verdict, "text_sound")
    return {"text_content_words": held / total if total else 1.0} | {name: passed[name] / len(texts) for name in names}


def words_in(text: str) -> set[str]:
    """The different words of ``text``, in lower case."""
    return set(_WORD.findall(text.lower()))


def _dictionary() -> frozenset[str]:
    """Every word that a text may hold though its prompt does not: those of the sentences we teach."""
    taught = [
        *sentences.FRAMES, *sentences.LIST_FRAMES, *sentences.STYLE_SENTENCES, *sentences.HERO_SENTENCES,
        *sentences.CLOSINGS, *sentences.INVITATIONS, *lexicon.FUNCTION_WORDS,
    ]  # fmt: skip
    taught += [
        sentence
        for group in (sentences.ASSOCIATIONS, sentences.GREETINGS)
        for many in group.values()
        for sentence in many
    ]
    return frozenset(word for sentence in taught for word in words_in(sentence) if "{" not in word)


DICTIONARY = _dictionary()


@torch.inference_mode()
def plain_f1(model: Any, tokenizer: PreTrainedTokenizerFast, examples: Sequence[TagsExample]) -> float:
    """F1 of unrestricted answers of a model in training, which no engine can load."""
    inputs = tokenizer([example.source for example in examples], return_tensors="pt", padding=True)
    rows = model.generate(
        input_ids=inputs.input_ids.to(model.device),
        attention_mask=inputs.attention_mask.to(model.device),
        max_new_tokens=_MAX_NEW_TOKENS,
        do_sample=False,
    )
    given = [split_tags(answer) for answer in tokenizer.batch_decode(rows, skip_special_tokens=True)]
    return f1(given, [example.tags for example in examples])
