"""A CLIP tokenizer of our own: byte-pair merges learnt from our captions and labels.

Sennrich et al., "Neural Machine Translation of Rare Words with Subword Units" (2016), over the bytes of lower-cased
words, as in Radford et al., "Learning Transferable Visual Models From Natural Language Supervision" (2021). Every byte
is in the vocabulary, so that no text is unknown. The stock vocabulary of 49,408 tokens would take 12 MB.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator

from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, trainers
from transformers import CLIPTokenizer

from demo_models.scenes.captions import caption
from demo_models.scenes.compose import random_scene
from demo_models.scenes.labels import LABELS
from demo_models.scenes.labels_words import phrasing
from demo_models.scenes.wording_negatives import NEVER_DRAWN

START, END = "<|startoftext|>", "<|endoftext|>"
_WORD_END = "</w>"
_PHRASINGS = 10  # of each label, for each thousand captions of the corpus


def build_tokenizer(vocabulary: int, captions: int, context_length: int, seed: int) -> CLIPTokenizer:
    """A tokenizer of at most ``vocabulary`` tokens, made from that many captions and the phrasings of every label."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    symbols = alphabet + [symbol + _WORD_END for symbol in alphabet]
    merges = _learn_merges(_corpus(captions, seed), vocabulary - len(symbols) - 2, len(symbols))
    tokens = symbols + [left + right for left, right in merges] + [START, END]
    return CLIPTokenizer(
        vocab={token: index for index, token in enumerate(tokens)},
        merges=merges,  # type: ignore[arg-type]  # pairs are what it takes; its annotation says strings
        bos_token=START,
        eos_token=END,
        unk_token=END,
        pad_token=END,
        model_max_length=context_length,
    )


def _learn_merges(texts: Iterator[str], limit: int, symbols: int) -> list[tuple[str, str]]:
    """At most ``limit`` merges, the most frequent pair first."""
    tokenizer = Tokenizer(models.BPE(end_of_word_suffix=_WORD_END))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Whitespace(), pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)]
    )
    trainer = trainers.BpeTrainer(
        vocab_size=symbols + limit,
        min_frequency=3,
        show_progress=False,
        end_of_word_suffix=_WORD_END,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
    )
    tokenizer.train_from_iterator(texts, trainer)
    merges = [(left, right) for left, right in json.loads(tokenizer.to_str())["model"]["merges"]]
    return merges[:limit]


def _corpus(captions: int, seed: int) -> Iterator[str]:
    rng = random.Random(seed)
    for index in range(captions):
        yield caption(random_scene(rng), rng).text
        if index % 1000 == 0:
            for label in LABELS:
                yield from (phrasing(label, rng) for _ in range(_PHRASINGS))
    # Three times, or they would be too rare to become whole words.
    for _ in range(3):
        yield from NEVER_DRAWN
