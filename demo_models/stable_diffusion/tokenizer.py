"""A CLIP tokenizer of our own: byte-pair merges learnt from our captions.

Sennrich et al., "Neural Machine Translation of Rare Words with Subword Units" (2016), over the bytes of
lower-cased words whose last symbol carries ``</w>``, as in Radford et al., "Learning Transferable Visual
Models From Natural Language Supervision" (2021). Every byte is in the vocabulary, so no text is unknown.
"""

from __future__ import annotations

import random
from collections import Counter
from itertools import pairwise
from pathlib import Path

from transformers import CLIPTokenizer
from transformers.convert_slow_tokenizer import bytes_to_unicode

from demo_models.scenes.captions import caption
from demo_models.scenes.compose import random_scene
from demo_models.stable_diffusion.profile import Profile

START, END = "<|startoftext|>", "<|endoftext|>"
MAX_LENGTH = 77
_RARE = 3  # words met less often are not worth a merge of their own: most are made up

Word = tuple[str, ...]
Pair = tuple[str, str]


def build_tokenizer(vocabulary: int, captions: int, seed: int) -> CLIPTokenizer:
    """A tokenizer of at most ``vocabulary`` tokens, made from so many captions drawn with ``seed``."""
    alphabet = [chr(code) for code in sorted(map(ord, bytes_to_unicode().values()))]
    symbols = alphabet + [symbol + "</w>" for symbol in alphabet]
    merges = learn_merges(_word_counts(captions, seed), vocabulary - len(symbols) - 2)
    tokens = symbols + [left + right for left, right in merges] + [START, END]
    return CLIPTokenizer(
        vocab={token: index for index, token in enumerate(dict.fromkeys(tokens))},
        merges=merges,  # type: ignore[arg-type]  # pairs are what it takes; its annotation says strings
        bos_token=START,
        eos_token=END,
        unk_token=END,
        pad_token=END,
        model_max_length=MAX_LENGTH,
    )


def load_tokenizer(profile: Profile, work: Path) -> CLIPTokenizer:
    """The tokenizer of ``profile`` as it is read back from its files, which are made if they are not in ``work``."""
    folder = work / "tokenizer"
    if not folder.exists():
        build_tokenizer(profile.text.vocabulary, profile.text.captions, profile.seed).save_pretrained(folder)
    tokenizer: CLIPTokenizer = CLIPTokenizer.from_pretrained(folder)
    return tokenizer


def learn_merges(counts: Counter[str], limit: int) -> list[Pair]:
    """At most ``limit`` merges, the most frequent pair first; ties go to the alphabet, so that runs agree."""
    words: dict[Word, int] = {(*word[:-1], word[-1] + "</w>"): count for word, count in counts.items()}
    merges: list[Pair] = []
    while len(merges) < limit:
        pairs: Counter[Pair] = Counter()
        for word, count in words.items():
            for pair in pairwise(word):
                pairs[pair] += count
        if not pairs:
            break
        best = min(pairs, key=lambda pair: (-pairs[pair], pair))
        merges.append(best)
        words = {_merge(word, best): count for word, count in words.items()}
    return merges


def _merge(word: Word, pair: Pair) -> Word:
    merged: list[str] = []
    for symbol in word:
        if merged and (merged[-1], symbol) == pair:
            merged[-1] += symbol
        else:
            merged.append(symbol)
    return tuple(merged)


def _word_counts(captions: int, seed: int) -> Counter[str]:
    rng = random.Random(seed)
    texts = (caption(random_scene(rng), rng).text.lower() for _ in range(captions))
    words = Counter(word.strip(".,") for text in texts for word in text.replace("-", " ").split())
    return Counter({word: count for word, count in words.items() if word.isalpha() and count >= _RARE})
