"""What texts mean to a CLIP model, kept: the same labels are asked for again and again."""

from collections import OrderedDict
from collections.abc import Callable, Iterable
from typing import Any

import torch

# A row's last bits depend on the size of its batch and on nothing else in it: every batch has this size.
BATCH = 16
MAX_TEXTS = 8_192  # more than the labels of the largest run
MAX_SETS = 64


class TextEmbeddings:
    """The embeddings of the texts, and of the sets of texts, that were used last."""

    def __init__(self, embed: Callable[[torch.Tensor], torch.Tensor], tokenizer: Any, device: str) -> None:
        """`embed` turns token ids (`BATCH`, length) into unit vectors (`BATCH`, width)."""
        self._embed = embed
        self._tokenizer = tokenizer
        self._device = device
        self._rows: OrderedDict[str, torch.Tensor] = OrderedDict()
        self._sets: OrderedDict[tuple[str, ...], torch.Tensor] = OrderedDict()

    def missing(self, texts: Iterable[str]) -> list[tuple[str, ...]]:
        """Those of `texts` that `add` must be told of before `matrix` can give them, in batches."""
        wanted = list(dict.fromkeys(texts))
        for text in wanted:
            if text in self._rows:
                self._rows.move_to_end(text)
        missing = [text for text in wanted if text not in self._rows]
        return [tuple(missing[start : start + BATCH]) for start in range(0, len(missing), BATCH)]

    def add(self, texts: tuple[str, ...]) -> None:
        """Embed at most `BATCH` texts."""
        padded = [*texts, *[""] * (BATCH - len(texts))]
        rows = self._embed(self._tokenizer(padded).to(self._device))
        for text, row in zip(texts, rows, strict=False):
            self._rows[text] = row.clone()
        while len(self._rows) > MAX_TEXTS:
            self._rows.popitem(last=False)

    def matrix(self, texts: tuple[str, ...]) -> torch.Tensor:
        """The embeddings of `texts`, (len(texts), width) float32."""
        if texts not in self._sets:
            self._sets[texts] = torch.stack([self._rows[text] for text in texts])
        self._sets.move_to_end(texts)
        if len(self._sets) > MAX_SETS:
            self._sets.popitem(last=False)
        return self._sets[texts]
