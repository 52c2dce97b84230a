"""A tokenizer that cuts a word the same way wherever it stands, so that copying a word is copying its pieces.

Byte-pair merges (Sennrich et al., 2016) of lower-cased words that begin with "▁", and all 256 bytes for characters
that our data does not have, as SentencePiece's byte fallback does.
"""

from __future__ import annotations

import json
import random
import string

from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import PreTrainedTokenizerFast

from demo_models.words.phrases import Speaker
from demo_models.words.texts import tags_example, text_example

PAD, END, UNKNOWN = "<pad>", "</s>", "<unk>"
MAX_LENGTH = 128
_CORPUS_EXAMPLES = 12_000
_LETTERS = string.ascii_lowercase + string.digits + "▁,.:|'-!?&%+"


def build_tokenizer(merges: int, seed: int) -> PreTrainedTokenizerFast:
    """A tokenizer with at most ``merges`` merges, learnt on examples drawn with ``seed``."""
    learnt = _learn_merges(merges, seed) if merges else []
    tokens = [PAD, END, UNKNOWN, *(f"<0x{byte:02X}>" for byte in range(256)), *_LETTERS]
    tokens += [left + right for left, right in learnt]
    vocabulary = {token: index for index, token in enumerate(dict.fromkeys(tokens))}
    made = _untrained(models.BPE(vocab=vocabulary, merges=learnt, unk_token=UNKNOWN, byte_fallback=True))
    made.post_processor = processors.TemplateProcessing(single=f"$A {END}", special_tokens=[(END, vocabulary[END])])
    made.decoder = decoders.Sequence([decoders.ByteFallback(), decoders.Metaspace(prepend_scheme="first")])
    return PreTrainedTokenizerFast(
        tokenizer_object=made,
        pad_token=PAD,
        eos_token=END,
        unk_token=UNKNOWN,
        model_max_length=MAX_LENGTH,
        clean_up_tokenization_spaces=False,
    )


def _untrained(model: models.Model) -> Tokenizer:
    made = Tokenizer(model)
    made.normalizer = normalizers.Sequence(
        [
            normalizers.NFKC(),
            normalizers.Lowercase(),
            # Brackets, quotes and line breaks say nothing here, and would cut a word off from its space.
            normalizers.Replace(Regex(r'[\s"“”„«»()\[\]{}<>/\\*_#;=~`]+'), " "),
            normalizers.Replace("’", "'"),
            normalizers.Strip(),
        ]
    )
    # Commas and the like are words of their own, and so are digits: a number is copied one by one.
    made.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Metaspace(prepend_scheme="first"),
            pre_tokenizers.Split(Regex(r"[,.:|!?&%+0-9'\-]"), "isolated"),
        ]
    )
    return made


def _learn_merges(count: int, seed: int) -> list[tuple[str, str]]:
    rng = random.Random(seed)
    speaker = Speaker(rng)
    corpus = []
    for _ in range(_CORPUS_EXAMPLES):
        example = tags_example(speaker) if rng.random() < 0.5 else text_example(speaker)
        corpus += [example.source, example.target]
    made = _untrained(models.BPE(unk_token=UNKNOWN))
    trainer = trainers.BpeTrainer(
        vocab_size=len(_LETTERS) + count,
        initial_alphabet=list(_LETTERS),
        limit_alphabet=len(_LETTERS),
        show_progress=False,
    )
    made.train_from_iterator(corpus, trainer)
    return [(left, right) for left, right in json.loads(made.to_str())["model"]["merges"]]
