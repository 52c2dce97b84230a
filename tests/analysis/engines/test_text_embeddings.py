import pytest
import torch

from analysis.engines import text_embeddings
from analysis.engines.text_embeddings import BATCH, TextEmbeddings


class Model:
    """Embeds a text as its length and its first letter; counts what it was asked."""

    def __init__(self) -> None:
        self.batches: list[list[str]] = []

    def tokenize(self, texts: list[str]) -> torch.Tensor:
        self.batches.append(texts)
        return torch.tensor([[len(text), ord(text[:1] or " ")] for text in texts])

    def embed(self, tokens: torch.Tensor) -> torch.Tensor:
        return tokens.float()


def _matrix(embeddings: TextEmbeddings, *texts: str) -> list[list[float]]:
    for batch in embeddings.missing(texts):
        embeddings.add(batch)
    rows: list[list[float]] = embeddings.matrix(texts).tolist()
    return rows


@pytest.fixture
def model() -> Model:
    return Model()


@pytest.fixture
def embeddings(model: Model) -> TextEmbeddings:
    return TextEmbeddings(model.embed, model.tokenize, "cpu")


def test_texts_come_in_the_order_asked_for(embeddings: TextEmbeddings) -> None:
    assert _matrix(embeddings, "b", "aa") == [[1, 98], [2, 97]]
    assert _matrix(embeddings, "aa", "ccc", "b") == [[2, 97], [3, 99], [1, 98]]


def test_a_text_is_embedded_once_and_always_in_a_batch_of_the_same_size(
    model: Model, embeddings: TextEmbeddings
) -> None:
    _matrix(embeddings, "a", "b")
    _matrix(embeddings, "b", "c", "a")
    assert [[text for text in batch if text] for batch in model.batches] == [["a", "b"], ["c"]]
    assert {len(batch) for batch in model.batches} == {BATCH}


def test_many_texts_go_in_several_batches(embeddings: TextEmbeddings) -> None:
    texts = [f"{number}" for number in range(2 * BATCH + 3)]
    assert [len(batch) for batch in embeddings.missing([*texts, *texts])] == [BATCH, BATCH, 3]


def test_what_was_not_used_for_longest_is_forgotten(
    model: Model, embeddings: TextEmbeddings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(text_embeddings, "MAX_TEXTS", 2)
    monkeypatch.setattr(text_embeddings, "MAX_SETS", 1)
    _matrix(embeddings, "a")
    _matrix(embeddings, "b")
    _matrix(embeddings, "a")
    _matrix(embeddings, "c")
    assert embeddings.missing(["a", "b", "c"]) == [("b",)]
