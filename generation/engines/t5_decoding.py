"""How the T5 engines choose each next piece: only known words, or a draw that belongs to one request."""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from transformers import LogitsProcessor, StoppingCriteria

# Pieces less likely than this share of the likeliest one are never drawn: they are how sampling misspells words
# (Nguyen et al., "Turning Up the Heat: Min-p Sampling", 2024).
MIN_P = 0.05

Pieces = tuple[int, ...]


class OnlyTheseWords(LogitsProcessor):
    """Answers are lists of words, each once, separated by commas; row i chooses among `words[i]`, cut into pieces."""

    def __init__(self, words: Sequence[Sequence[Pieces]], *, comma: int, end: int) -> None:
        self._words, self._comma, self._end = words, comma, end

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        """`input_ids` is (batch, positions), the start token first, `scores` (batch, vocabulary)."""
        forbidden = torch.full_like(scores, float("-inf"))
        for row, ids in enumerate(input_ids.tolist()):
            allowed = sorted(self.next_pieces(row, ids[1:]))
            forbidden[row, allowed] = scores[row, allowed]
        return forbidden

    def next_pieces(self, row: int, written: Sequence[int]) -> set[int]:
        """Which pieces may follow what row `row` has written so far."""
        if self._end in written:
            return {self._end}
        *finished, current = _split(written, self._comma)
        left = [word for word in self._words[row] if word not in finished]
        allowed = {word[len(current)] for word in left if len(word) > len(current) and word[: len(current)] == current}
        if current in left:
            allowed.add(self._end)
            if len(left) > 1:
                allowed.add(self._comma)
        if not current and not finished:
            allowed.add(self._end)
        return allowed or {self._end}


def _split(written: Sequence[int], comma: int) -> list[Pieces]:
    words: list[list[int]] = [[]]
    for piece in written:
        if piece == comma:
            words.append([])
        else:
            words[-1].append(piece)
    return [tuple(word) for word in words]


class OwnDraws(LogitsProcessor):
    """Sampling that belongs to each row alone: the likeliest piece of what comes out of this is a fair draw.

    Adding Gumbel noise to the logits and taking the maximum draws from their softmax (Gumbel, 1954). Row i has the
    `temperatures[i]` (0 takes the likeliest piece) and its own generator of `seeds[i]`, on the CPU on every device.
    """

    def __init__(self, temperatures: Sequence[float], seeds: Sequence[int]) -> None:
        self._temperatures = temperatures
        self._generators = [torch.Generator("cpu").manual_seed(seed) for seed in seeds]

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        """`scores` is (batch, vocabulary)."""
        rows = [self._draw(row, scores[row]) for row in range(len(scores))]
        return torch.stack(rows)

    def _draw(self, row: int, scores: torch.Tensor) -> torch.Tensor:
        temperature = self._temperatures[row]
        if temperature == 0:
            return scores
        logits = scores.float().log_softmax(-1)
        likely = logits >= logits.max() + torch.tensor(MIN_P).log()
        uniform = torch.rand(logits.shape, generator=self._generators[row], dtype=torch.float64)
        noise = -(-uniform.clamp_min(1e-300).log()).log()
        drawn = logits / temperature + noise.to(logits.device, logits.dtype)
        return drawn.masked_fill(~likely, float("-inf")).to(scores.dtype)


class Reporter(StoppingCriteria):
    """Tells of each decoding step, and ends row i after `limits[i]` of them."""

    def __init__(self, limits: Sequence[int], report: Callable[[], None]) -> None:
        self._limits, self._report = limits, report

    def __call__(self, input_ids: torch.Tensor, scores: Any, **kwargs: Any) -> torch.Tensor:
        """`input_ids` is (batch, positions), the start token first."""
        self._report()
        written = input_ids.shape[1] - 1
        return torch.tensor([written >= limit for limit in self._limits], device=input_ids.device)
