"""Labels through open_clip: how well each of some words fits a picture.

Radford et al., "Learning Transferable Visual Models From Natural Language Supervision" (2021). There a label competes
with the other labels; here each is weighed on its own against a caption that fits every picture.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import open_clip
import torch
import torch.nn.functional as F
from open_clip.transform import PreprocessCfg, image_transform_v2
from PIL import Image, ImageOps

from analysis.engines.calibration import Calibration, read_calibration
from analysis.engines.text_embeddings import TextEmbeddings
from generation.engines.base import LabelsRequest, LabelsResult, OnStep, Weights
from generation.engines.errors import EngineError, EngineLoadError
from generation.engines.folder_engine import DTYPES, FolderEngine, StepCounter, bytes_of
from generation.engines.pictures import decode_picture
from generation.engines.weights_files import checked_folder

CONFIG, WEIGHTS = "open_clip_config.json", "open_clip_model.safetensors"
MAX_LABELS = 100
MAX_LABEL_LENGTH = 100
_PRECISIONS = {"float32": "fp32", "bfloat16": "bf16", "float16": "fp16"}


class OpenClipEngine(FolderEngine[LabelsRequest, LabelsResult]):
    """One checkpoint in open_clip's layout: `open_clip_config.json` and `open_clip_model.safetensors`."""

    name = "open-clip"
    capability = "labels"

    def __init__(
        self,
        weights: Weights,
        *,
        device: str,
        dtype: str,
        max_batch: int,
        calibration: Mapping[str, Any] | None = None,
    ) -> None:
        """`calibration` holds fields of `Calibration`; without it `atelier.json` beside the weights does, if any."""
        super().__init__(weights, device=device, dtype=dtype, max_batch=max_batch)
        self._options = calibration
        self._calibration = Calibration()
        self._model: Any = None
        self._texts: TextEmbeddings | None = None
        self._transform: Any = None

    def _check_files(self) -> Path:
        folder = checked_folder(self._weights, index=CONFIG)
        if not (folder / WEIGHTS).is_file():
            # open_clip would look for other names, and take a pickle.
            raise EngineLoadError(f"The file {WEIGHTS} of {self._weights.slug} is missing. {self._weights.restore}")
        return folder

    def _run(self, requests: Sequence[LabelsRequest], on_step: OnStep) -> list[LabelsResult]:
        """A step is a few labels that were not known yet, or one picture.

        Pictures go through one by one and labels in batches of a fixed size, so that a score depends on nothing but
        its picture and its label.
        """
        for request in requests:
            _check(request)
        texts = self._known_texts()
        pictures = [decode_picture(request.image) for request in requests]
        prompts = [tuple(self._calibration.prompt(label) for label in request.labels) for request in requests]
        batches = texts.missing([self._calibration.neutral, *(text for row in prompts for text in row)])
        report = StepCounter(on_step, len(batches) + len(requests))
        for batch in batches:
            texts.add(batch)
            report()
        results = []
        for request, picture, row in zip(requests, pictures, prompts, strict=True):
            results.append(self._result(request, self._margins(picture, row)))
            report()
        return results

    def _read(self, folder: Path) -> None:
        self._calibration = read_calibration(self._weights, folder, self._options)
        name = f"local-dir:{folder}"
        config = json.loads((folder / CONFIG).read_text())
        # transformers' tokenizers may bring code of their own, and the configuration may ask to run it.
        own = {"trust_remote_code": False} if config["model_cfg"]["text_cfg"].get("hf_tokenizer_name") else {}
        tokenizer = open_clip.get_tokenizer(name, **own)
        model: Any = open_clip.create_model(name, precision=_PRECISIONS[self.spec.dtype])
        self._transform = image_transform_v2(PreprocessCfg(**model.visual.preprocess_cfg), is_train=False)
        self._model = model.eval().requires_grad_(False)
        self._texts = TextEmbeddings(self._embed_texts, tokenizer, self.spec.device)

    def _place(self) -> int:
        return bytes_of(self._model.to(self.spec.device))

    def _drop(self) -> None:
        self._model = self._texts = self._transform = None

    def _known_texts(self) -> TextEmbeddings:
        if self._texts is None:
            raise RuntimeError("the engine is not loaded")
        return self._texts

    def _embed_texts(self, tokens: torch.Tensor) -> torch.Tensor:
        return F.normalize(self._model.encode_text(tokens).float(), dim=-1)

    def _margins(self, picture: Image.Image, texts: tuple[str, ...]) -> list[float]:
        """By how much the logit of each text is above that of the neutral caption."""
        known = self._known_texts()
        pixels = self._transform(_square(picture))[None]
        pixels = pixels.to(device=self.spec.device, dtype=DTYPES[self.spec.dtype])
        feature = F.normalize(self._model.encode_image(pixels).float(), dim=-1)[0]
        labels, neutral = known.matrix(texts), known.matrix((self._calibration.neutral,))
        margins = self._model.logit_scale.float().exp() * ((labels - neutral) @ feature)
        if not bool(torch.isfinite(margins).all()):
            raise EngineError(f"The model's numbers went out of range in {self.spec.dtype}. Use another precision.")
        return [float(margin) for margin in margins.cpu()]

    def _result(self, request: LabelsRequest, margins: list[float]) -> LabelsResult:
        scored = zip(request.labels, (round(self._calibration.score(margin), 4) for margin in margins), strict=True)
        ranked = sorted(zip(margins, scored, strict=True), key=lambda pair: -pair[0])
        return LabelsResult(tuple(pair for _, pair in ranked), {**self._provenance(), **asdict(self._calibration)})


def _check(request: LabelsRequest) -> None:
    labels = request.labels
    if not 1 <= len(labels) <= MAX_LABELS:
        raise ValueError(f"a request has 1 to {MAX_LABELS} labels, not {len(labels)}")
    if len(set(labels)) < len(labels):
        raise ValueError("a request names each label once")
    if not all(1 <= len(label) <= MAX_LABEL_LENGTH for label in labels):
        raise ValueError(f"a label has 1 to {MAX_LABEL_LENGTH} characters")


def _square(picture: Image.Image) -> Image.Image:
    """The middle of a picture, which is all that CLIP's own preparation leaves of it.

    That enlarges first and crops then: of a picture of one pixel by 8,000 it would make one of 1.8 million rows.
    """
    side = min(picture.size)
    return picture if picture.width == picture.height else ImageOps.fit(picture, (side, side))
