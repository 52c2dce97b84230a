"""The texts of a training step, and which of them are true of which picture."""

from __future__ import annotations

import random
from collections import defaultdict
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from demo_models.labels.pictures import FALSE, TRUE, UNDECIDED, Truth, label_row
from demo_models.scenes.captions import caption
from demo_models.scenes.labels import LABELS
from demo_models.scenes.labels_words import phrasing
from demo_models.scenes.vocabulary import COLOURS, Scene
from demo_models.scenes.wording import pseudo_word
from demo_models.scenes.wording_negatives import NEVER_DRAWN, UNSEEN_NEVER_DRAWN

# Where something that is never drawn is said to be: as false as without.
_FRAMES = (
    "{n}", "{n}", "{n}", "{n}", "{n}", "{n}", "{c} {n}", "{n} on a {c} background", "{n} in the rain", "{n} at night",
    "{n} and a cat", "two {n}s", "{n} by the sea", "{n} at sunset", "{n} in the forest", "{n} on a bicycle",
)  # fmt: skip


@dataclass(frozen=True)
class Texts:
    """Texts, and what each is of each picture: ``truth`` is (pictures, texts) with the values of ``Truth``."""

    texts: list[str]
    truth: Truth


class StrangeWords:
    """Words that look like words and name nothing that is drawn.

    Half are from the list, the rest are made of syllables or letter by letter, each letter after the two before it as
    in the words of the list (Shannon, "A Mathematical Theory of Communication", 1948): so that what is learnt to be
    false is not a list, but whatever is unknown.
    """

    def __init__(self, known: frozenset[str]) -> None:
        """``known`` are lower-case words that captions or labels use: none of them is given."""
        self._known = known | frozenset(word for text in UNSEEN_NEVER_DRAWN for word in text.split())
        self._next: dict[str, list[str]] = defaultdict(list)
        for text in (*NEVER_DRAWN, *LABELS):
            for word in text.split():
                padded = f"  {word}."
                for index in range(2, len(padded)):
                    self._next[padded[index - 2 : index]].append(padded[index])

    def draw(self, rng: random.Random) -> str:
        """One word, or two."""
        kind = rng.random()
        if kind < 0.45:
            return rng.choice(NEVER_DRAWN)
        word = pseudo_word(rng) if kind < 0.6 else self._chained(rng)
        if word in self._known:
            return self.draw(rng)
        return f"{word} {self._chained(rng)}" if rng.random() < 0.1 else word

    def phrase(self, rng: random.Random) -> str:
        """A word as somebody might type it, sometimes with what is drawn around it."""
        framed = rng.choice(_FRAMES).format(n=self.draw(rng), c=rng.choice(list(COLOURS)))
        return phrasing(framed, rng)

    def _chained(self, rng: random.Random) -> str:
        word = "  "
        while len(word) < 14:
            letter = rng.choice(self._next[word[-2:]])
            if letter == ".":
                break
            word += letter
        # A word of one or two letters would be an article or a size as often as a name.
        return word.strip() if len(word) > 5 else self._chained(rng)


def label_texts(chosen: list[int], truth: Truth, rng: random.Random) -> Texts:
    """The ``chosen`` labels of the bank (numbers), each in some phrasing; ``truth`` is (pictures, len(LABELS))."""
    return Texts([phrasing(LABELS[index], rng) for index in chosen], truth[:, chosen])


def strange_texts(words: StrangeWords, count: int, pictures: int, rng: random.Random) -> Texts:
    """``count`` labels that are false of every picture."""
    return Texts([words.phrase(rng) for _ in range(count)], np.full((pictures, count), FALSE, dtype=np.int8))


def caption_texts(scenes: list[Scene], truth: Truth, count: int, rng: random.Random) -> Texts:
    """A caption of each of the first ``count`` scenes.

    It is true of its own picture, false of those of which something that it states is false, and undecided of the
    rest; ``truth`` is (len(scenes), len(LABELS)).
    """
    captions = [caption(scene, rng) for scene in scenes[:count]]
    stated: npt.NDArray[np.bool_] = np.stack([label_row(each.stated) for each in captions])
    contradicted = (truth == FALSE).astype(np.int32) @ stated.T.astype(np.int32) > 0
    verdict = np.where(contradicted, FALSE, UNDECIDED).astype(np.int8)
    own = np.arange(len(captions))
    # A caption that states nothing says nothing of its picture either.
    verdict[own, own] = np.where(stated.any(axis=1), TRUE, UNDECIDED)
    return Texts([each.text for each in captions], verdict)
