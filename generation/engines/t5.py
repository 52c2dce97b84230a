"""T5 through transformers: descriptions → tags, and a prompt → a short text.

Raffel et al., "Exploring the Limits of Transfer Learning with a Unified Text-to-Text Transformer" (2020). One
checkpoint does both: what it is told before the input makes the difference.
"""

import re
from abc import abstractmethod
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch
import transformers
from transformers import AutoTokenizer, LogitsProcessor, LogitsProcessorList, StoppingCriteriaList
from transformers import T5ForConditionalGeneration as T5

from common.errors import InvalidInput
from generation.engines.base import OnStep, TagsRequest, TagsResult, TextRequest, TextResult, Weights
from generation.engines.folder_engine import DTYPES, FolderEngine, RequestT, ResultT, StepCounter, bytes_of
from generation.engines.t5_decoding import OnlyTheseWords, OwnDraws, Pieces, Reporter
from generation.engines.t5_manners import Manners, read_manners
from generation.engines.weights_files import checked_folder

# Inputs are padded to a power of two, at least this: what shares a run with them then changes nothing.
_SHORTEST = 32
# T5 was trained on inputs of this length; our own checkpoint says less.
_LONGEST = 512
# Room for a dozen tags of a few pieces each.
_MAX_TAG_PIECES = 120
_ONE_TURN = "This model knows no conversations: it was given the user's last message alone."
_PUNCTUATION = " \t\r\n.,;:!?…|()[]{}<>\"'“”„‘’«»*_#/\\"


class _Row:
    """One request as the model gets it: `ids` are its pieces, `limit` the most pieces of the answer."""

    def __init__(self, prompt: str, ids: list[int], limit: int, *, truncated: bool) -> None:
        self.prompt, self.ids, self.limit, self.truncated = prompt, ids, limit, truncated
        self.answer: list[int] = []

    @property
    def padded(self) -> int:
        return max(_SHORTEST, 1 << (len(self.ids) - 1).bit_length())


class _T5Engine(FolderEngine[RequestT, ResultT]):
    """What both tasks share: loading, cutting and padding inputs, decoding step by step."""

    def __init__(
        self, weights: Weights, *, device: str, dtype: str, max_batch: int, instruction: str | None = None
    ) -> None:
        """`instruction` is what the model is told, with {} for the input; without one, the checkpoint's own."""
        super().__init__(weights, device=device, dtype=dtype, max_batch=max_batch)
        self._instruction = instruction
        self._manners = Manners(instruction or "{}")
        self._model: Any = None
        self._tokenizer: Any = None

    def _check_files(self) -> Path:
        return checked_folder(self._weights, index="config.json")

    def _read(self, folder: Path) -> None:
        transformers.utils.logging.set_verbosity_error()
        transformers.utils.logging.disable_progress_bar()
        self._manners = read_manners(folder, self.capability, self._instruction)
        self._tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
        model: Any = T5.from_pretrained(
            folder, dtype=DTYPES[self.spec.dtype], use_safetensors=True, local_files_only=True
        )
        self._model = model.eval()

    def _place(self) -> int:
        return bytes_of(self._model.to(self.spec.device))

    def _drop(self) -> None:
        self._model = self._tokenizer = None

    def _run(self, requests: Sequence[RequestT], on_step: OnStep) -> list[ResultT]:
        """A step is one piece of every answer."""
        rows = [self._row(request) for request in requests]
        groups = [[at for at, row in enumerate(rows) if row.padded == size] for size in {row.padded: 0 for row in rows}]
        report = StepCounter(on_step, sum(max(rows[at].limit for at in group) for group in groups))
        for group in groups:
            self._answer([rows[at] for at in group], [requests[at] for at in group], report)
        return [self._result(request, row) for request, row in zip(requests, rows, strict=True)]

    def _answer(self, rows: list[_Row], requests: list[RequestT], report: Callable[[], None]) -> None:
        """Decode rows of one padded length together, at the batch size that all runs have."""
        missing = self.spec.max_batch - len(rows)
        filled, asked = [*rows, *[rows[-1]] * missing], [*requests, *[requests[-1]] * missing]
        ids = torch.zeros((len(filled), rows[0].padded), dtype=torch.long)
        mask = torch.zeros_like(ids)
        for index, row in enumerate(filled):
            ids[index, : len(row.ids)] = torch.tensor(row.ids)
            mask[index, : len(row.ids)] = 1
        made = self._model.generate(
            input_ids=ids.to(self.spec.device),
            attention_mask=mask.to(self.spec.device),
            do_sample=False,
            num_beams=1,
            max_new_tokens=max(row.limit for row in rows),
            logits_processor=LogitsProcessorList(self._choosers(asked, filled)),
            stopping_criteria=StoppingCriteriaList([Reporter([row.limit for row in filled], report)]),
        )
        for row, answer in zip(rows, made[:, 1:].tolist(), strict=False):
            row.answer = answer[: row.limit]

    def _prepare(self, parts: Sequence[str], limit: int) -> _Row:
        """Cut `parts` to what the model reads, each to its share, and put the instruction around them."""
        longest = min(self._tokenizer.model_max_length, _LONGEST)
        share = (longest - len(self._pieces(self._manners.told(""))) - 4) // len(parts)
        cut = [self._cut(part, share) for part in parts]
        prompt = self._manners.joint.join(cut)
        ids = self._tokenizer(self._manners.told(prompt), truncation=True, max_length=longest).input_ids
        return _Row(prompt, ids, limit, truncated=cut != list(parts))

    def _cut(self, text: str, limit: int) -> str:
        """The beginning of `text`, whole words if there are any, of at most `limit` pieces."""
        encoded = self._tokenizer(text, add_special_tokens=False, return_offsets_mapping=True)
        if len(encoded.input_ids) <= limit:
            return text
        kept = text[: encoded.offset_mapping[limit][0]]
        return kept.rsplit(maxsplit=1)[0] if len(kept.split()) > 1 else kept

    def _pieces(self, text: str) -> list[int]:
        pieces: list[int] = self._tokenizer(text, add_special_tokens=False).input_ids
        return pieces

    def _written(self, row: _Row) -> str:
        text: str = self._tokenizer.decode(row.answer, skip_special_tokens=True)
        return text.strip()

    def _metadata(self, row: _Row) -> dict[str, Any]:
        return {
            **self._provenance(),
            "prompt_truncated": row.truncated,
        }

    @abstractmethod
    def _row(self, request: RequestT) -> _Row:
        """The request as the model gets it. Raises `InvalidInput` for one that says nothing."""

    @abstractmethod
    def _choosers(self, requests: list[RequestT], rows: list[_Row]) -> list[LogitsProcessor]:
        """What has a say in each next piece, for a batch."""

    @abstractmethod
    def _result(self, request: RequestT, row: _Row) -> ResultT: ...


class T5TagsEngine(_T5Engine[TagsRequest, TagsResult]):
    """Descriptions of a picture and a sound → tags.

    A checkpoint that brings its concepts (see `t5_manners`) may answer with these and with words of its input only,
    which the metadata calls `restricted`; any other one as it likes.
    """

    name = "t5-tags"
    capability = "tags"

    def __init__(
        self,
        weights: Weights,
        *,
        device: str,
        dtype: str,
        max_batch: int,
        instruction: str | None = None,
        restricted: bool = True,
    ) -> None:
        super().__init__(weights, device=device, dtype=dtype, max_batch=max_batch, instruction=instruction)
        self._restricted = restricted

    def _row(self, request: TagsRequest) -> _Row:
        parts = [part for part in (request.image_prompt.strip(), request.sound_description.strip()) if part]
        if not parts:
            raise InvalidInput("Describe the picture or the sound in a few words.")
        if request.max_tags < 1:
            raise InvalidInput("At least one tag must be wanted.")
        return self._prepare(parts, _MAX_TAG_PIECES)

    def _choosers(self, requests: list[TagsRequest], rows: list[_Row]) -> list[LogitsProcessor]:
        if not self._restricts():
            return []
        words = [[self._word(word) for word in (*words_of(row.prompt), *self._manners.concepts)] for row in rows]
        [comma] = self._pieces("x,")[-1:]
        return [OnlyTheseWords(words, comma=comma, end=self._tokenizer.eos_token_id)]

    def _word(self, word: str) -> Pieces:
        return tuple(self._pieces(word))

    def _restricts(self) -> bool:
        return self._restricted and bool(self._manners.concepts)

    def _result(self, request: TagsRequest, row: _Row) -> TagsResult:
        metadata = {
            **self._metadata(row),
            "image_prompt": request.image_prompt,
            "sound_description": request.sound_description,
            "max_tags": request.max_tags,
            "restricted": self._restricts(),
        }
        return TagsResult(split_tags(self._written(row))[: request.max_tags], metadata)


class T5TextEngine(_T5Engine[TextRequest, TextResult]):
    """A prompt → a short text. Each request draws with its own seed."""

    name = "t5-text"
    capability = "text"

    def _row(self, request: TextRequest) -> _Row:
        if not request.prompt.strip():
            raise InvalidInput("Write a few words about what the text should be about.")
        if request.max_tokens < 1:
            raise InvalidInput("A text has at least one token.")
        if not 0 <= request.temperature <= 2:
            raise InvalidInput("The temperature is between 0 and 2.")
        return self._prepare([request.prompt.strip()], request.max_tokens)

    def _choosers(self, requests: list[TextRequest], rows: list[_Row]) -> list[LogitsProcessor]:
        return [OwnDraws([request.temperature for request in requests], [request.seed for request in requests])]

    def _result(self, request: TextRequest, row: _Row) -> TextResult:
        end = self._tokenizer.eos_token_id
        length = row.answer.index(end) if end in row.answer else len(row.answer)
        text = self._written(row)
        metadata = {
            **self._metadata(row),
            "prompt": request.prompt,
            "seed": request.seed,
            "max_tokens": request.max_tokens,
            "temperature": request.temperature,
            **({"warnings": [_ONE_TURN]} if len(request.messages) > 1 else {}),
        }
        return TextResult(
            text=with_capitals(text, request.prompt) if self._manners.lower_case else text,
            finish_reason="stop" if end in row.answer else "length",
            prompt_tokens=len(row.ids),
            completion_tokens=length,
            metadata=metadata,
        )


def words_of(text: str) -> list[str]:
    """The different words of `text` in lower case, without punctuation around them, in order."""
    words = (word.strip(_PUNCTUATION) for word in re.split(r"[\s,;:|/]+", text.lower()))
    return list(dict.fromkeys(word for word in words if word))


def split_tags(answer: str) -> tuple[str, ...]:
    """The tags of an answer such as "Cat, rain.": lower-case, each once."""
    tags = (" ".join(part.split()).strip(_PUNCTUATION) for part in re.split(r"[,;\n]", answer.lower()))
    return tuple(dict.fromkeys(tag for tag in tags if tag))


def with_capitals(text: str, prompt: str) -> str:
    """`text` of a model that knows no capitals: sentences begin with one, and the prompt's names keep theirs."""
    words = re.findall(r"[^\W\d_]+", prompt)
    small = {word for word in words if word.islower()}
    # A word that only begins the prompt is no name for that.
    names = {word.lower(): word for word in words[1:] if not word.islower() and word.lower() not in small}
    text = re.sub(r"[^\W\d_]+", lambda found: names.get(found[0], found[0]), text)
    text = re.sub(r"\bi\b(?!')", "I", text)
    return re.sub(r"(^|[.!?]\s+)([^\W\d_])", lambda found: found[1] + found[2].upper(), text)
