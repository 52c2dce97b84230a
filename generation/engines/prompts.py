"""Prompts to embeddings, with one call of the tokenizer and one of the text encoder."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch


@dataclass(frozen=True)
class EncodedPrompts:
    """`positive` and `negative` are (batch, positions, width).

    `truncated[i]` says whether prompt i or its negative prompt was longer than the text encoder can read.
    """

    positive: torch.Tensor
    negative: torch.Tensor
    truncated: list[bool]


def encode_prompts(
    tokenizer: Any, text_encoder: Any, prompts: Sequence[str], negatives: Sequence[str]
) -> EncodedPrompts:
    """CLIP embeddings of as many prompts as negative prompts, cut at the encoder's positions (77)."""
    positions = tokenizer.model_max_length
    ids = tokenizer([*prompts, *negatives], padding="max_length", max_length=positions).input_ids
    too_long = [len(row) > positions for row in ids]
    # The end token stays: CLIP reads the whole prompt's meaning there.
    rows = [[*row[: positions - 1], row[-1]] if cut else row for row, cut in zip(ids, too_long, strict=True)]
    embeddings = text_encoder(torch.tensor(rows, device=text_encoder.device), return_dict=False)[0]
    positive, negative = embeddings.chunk(2)
    count = len(prompts)
    return EncodedPrompts(positive, negative, [too_long[i] or too_long[count + i] for i in range(count)])
