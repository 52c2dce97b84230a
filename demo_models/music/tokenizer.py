"""A T5 tokenizer of our own: a unigram vocabulary learnt from our descriptions.

Kudo, "Subword Regularization" (2018), as in T5: words carry their leading space, and the likeliest
segmentation is taken. Text is lower-cased; characters are in the vocabulary, so that new words are spelt.
"""

from __future__ import annotations

import json
import random
import string

from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import PreTrainedTokenizerFast

from demo_models.sounds.descriptions import describe
from demo_models.sounds.vocabulary import random_sound

PAD, END, UNKNOWN = "<pad>", "</s>", "<unk>"
MAX_LENGTH = 64
_CORPUS = 8_000


def build_tokenizer(vocabulary: int, seed: int) -> PreTrainedTokenizerFast:
    """A tokenizer of at most ``vocabulary`` pieces, made from descriptions drawn with ``seed``."""
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.NFKD(), normalizers.StripAccents(), normalizers.Lowercase()]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Punctuation(), pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.Metaspace()]
    )
    tokenizer.decoder = decoders.Metaspace()
    tokenizer.model = models.Unigram(_learn_pieces(tokenizer, vocabulary, seed), unk_id=2, byte_fallback=False)
    end = tokenizer.token_to_id(END)
    tokenizer.post_processor = processors.TemplateProcessing(single=f"$A {END}", special_tokens=[(END, end)])
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token=PAD, eos_token=END, unk_token=UNKNOWN, model_max_length=MAX_LENGTH
    )


def _learn_pieces(tokenizer: Tokenizer, vocabulary: int, seed: int) -> list[tuple[str, float]]:
    """Pieces and their log probabilities, in an order of their own.

    The trainer adds up in parallel: it leaves equally likely pieces in any order, and their last
    digits to chance. Rounded and sorted, they agree between runs.
    """
    specials = [PAD, END, UNKNOWN]
    trainer = trainers.UnigramTrainer(
        vocab_size=vocabulary,
        special_tokens=specials,
        unk_token=UNKNOWN,
        initial_alphabet=["▁", *string.ascii_lowercase, *string.digits, *".,:;!?'&-"],
        show_progress=False,
    )
    rng = random.Random(seed)
    tokenizer.train_from_iterator((describe(random_sound(rng), rng).text for _ in range(_CORPUS)), trainer)
    scores = dict(json.loads(tokenizer.to_str())["model"]["vocab"])
    learnt = [(piece, round(score, 2)) for piece, score in scores.items() if piece not in specials]
    return [(piece, 0.0) for piece in specials] + sorted(learnt, key=lambda pair: (-pair[1], pair[0]))
