"""Labels through open_clip: how well each of some words fits a picture.

Radford et al., "Learning Transferable Visual Models From Natural Language Supervision" (2021). There a label competes
with the other labels; here each is weighed on its own against a caption that fits every picture.
"""

import gc
import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import open_clip
import torch
import torch.nn.functional as F
from open_clip.transform import PreprocessCfg, image_transform_v2
from PIL import Image, ImageOps
from safetensors import SafetensorError

from analysis.engines.calibration import Calibration, read_calibration
from analysis.engines.text_embeddings import TextEmbeddings
from generation.engines.base import EngineSpec, LabelsRequest, LabelsResult, OnStep, Weights
from generation.engines.devices import memory_guard, release_memory
from generation.engines.errors import EngineError, EngineLoadError
from generation.engines.pictures import decode_picture
from generation.engines.weights_files import checked_folder, stored_bytes, verified_revision

_log = logging.getLogger(__name__)

CONFIG, WEIGHTS = "open_clip_config.json", "open_clip_model.safetensors"
MAX_LABELS = 100
MAX_LABEL_LENGTH = 100
_PRECISIONS = {"float32": "fp32", "bfloat16": "bf16", "float16": "fp16"}
_DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}
# What open_clip and its tokenizers raise for files that are missing, damaged or of another kind.
_LOAD_ERRORS = (OSError, ValueError, KeyError, TypeError, AttributeError, RuntimeError, SafetensorError)


class OpenClipEngine:
    """One checkpoint in open_clip's layout: `open_clip_config.json` and `open_clip_model.safetensors`."""

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
        self._weights = weights
        self._options = calibration
        self._revision = weights.revision
        self._calibration = Calibration()
        self._model: Any = None
        self._texts: TextEmbeddings | None = None
        self._transform: Any = None
        self.spec = EngineSpec(
            name="open-clip",
            capability="labels",
            family=weights.family,
            native_size=weights.native_size,
            max_batch=max_batch,
            bytes=stored_bytes(weights),
            device=device,
            dtype=dtype,
            licence=weights.licence,
        )

    def load(self) -> None:
        """Bring the weights to the device. Raises `EngineLoadError` with the remedy."""
        if self._model is not None:
            return
        folder = checked_folder(self._weights, index=CONFIG)
        if not (folder / WEIGHTS).is_file():
            # open_clip would look for other names, and take a pickle.
            raise EngineLoadError(f"The file {WEIGHTS} of {self._weights.slug} is missing. {self._weights.restore}")
        self._revision = verified_revision(self._weights)
        self._calibration = read_calibration(self._weights, folder, self._options)
        with memory_guard(self.spec.device):
            try:
                held = self._read(folder)
            except _LOAD_ERRORS as error:
                self._drop()
                _log.exception("cannot load %s from %s", self._weights.slug, folder)
                raise EngineLoadError(
                    f"The weights of {self._weights.slug} are damaged or of another kind. {self._weights.restore}"
                ) from error
        self.spec = replace(self.spec, bytes=held)

    def unload(self) -> None:
        """Free the device's memory. `load` may follow."""
        self._drop()
        gc.collect()
        release_memory(self.spec.device)

    def run(self, requests: Sequence[LabelsRequest], on_step: OnStep) -> list[LabelsResult]:
        """The scores of each request's labels, in order; see `Engine.run`.

        A step is a few labels that were not known yet, or one picture. Pictures go through one by one and labels in
        batches of a fixed size, so that a score depends on nothing but its picture and its label. Raises
        `InvalidInput` for what is no picture.
        """
        if self._model is None or self._texts is None:
            raise RuntimeError("the engine is not loaded")
        if not 1 <= len(requests) <= self.spec.max_batch:
            raise ValueError(f"a run takes 1 to {self.spec.max_batch} requests, not {len(requests)}")
        for request in requests:
            _check(request)
        pictures = [decode_picture(request.image) for request in requests]
        with memory_guard(self.spec.device), torch.inference_mode():
            prompts = [tuple(self._calibration.prompt(label) for label in request.labels) for request in requests]
            batches = self._texts.missing([self._calibration.neutral, *(text for row in prompts for text in row)])
            steps = len(batches) + len(requests)
            for step, batch in enumerate(batches, 1):
                self._texts.add(batch)
                on_step(step, steps, None)
            results = []
            for index, (request, texts) in enumerate(zip(requests, prompts, strict=True)):
                results.append(self._result(request, self._margins(pictures[index], texts)))
                on_step(len(batches) + index + 1, steps, None)
        return results

    def _read(self, folder: Path) -> int:
        """Load what is in `folder`; returns the bytes held."""
        name = f"local-dir:{folder}"
        config = json.loads((folder / CONFIG).read_text())
        # transformers' tokenizers may bring code of their own, and the configuration may ask to run it.
        own = {"trust_remote_code": False} if config["model_cfg"]["text_cfg"].get("hf_tokenizer_name") else {}
        tokenizer = open_clip.get_tokenizer(name, **own)
        model: Any = open_clip.create_model(name, precision=_PRECISIONS[self.spec.dtype], device=self.spec.device)
        self._transform = image_transform_v2(PreprocessCfg(**model.visual.preprocess_cfg), is_train=False)
        self._model = model.eval().requires_grad_(False)
        self._texts = TextEmbeddings(self._embed_texts, tokenizer, self.spec.device)
        return sum(tensor.numel() * tensor.element_size() for tensor in model.state_dict().values())

    def _drop(self) -> None:
        self._model = self._texts = self._transform = None

    def _embed_texts(self, tokens: torch.Tensor) -> torch.Tensor:
        return F.normalize(self._model.encode_text(tokens).float(), dim=-1)

    def _margins(self, picture: Image.Image, texts: tuple[str, ...]) -> list[float]:
        """By how much the logit of each text is above that of the neutral caption."""
        if self._texts is None:
            raise RuntimeError("the engine is not loaded")
        pixels = self._transform(_square(picture))[None]
        pixels = pixels.to(device=self.spec.device, dtype=_DTYPES[self.spec.dtype])
        feature = F.normalize(self._model.encode_image(pixels).float(), dim=-1)[0]
        labels, neutral = self._texts.matrix(texts), self._texts.matrix((self._calibration.neutral,))
        margins = self._model.logit_scale.float().exp() * ((labels - neutral) @ feature)
        if not bool(torch.isfinite(margins).all()):
            raise EngineError(f"The model's numbers went out of range in {self.spec.dtype}. Use another precision.")
        return [float(margin) for margin in margins.cpu()]

    def _result(self, request: LabelsRequest, margins: list[float]) -> LabelsResult:
        scored = zip(request.labels, (round(self._calibration.score(margin), 4) for margin in margins), strict=True)
        ranked = sorted(zip(margins, scored, strict=True), key=lambda pair: -pair[0])
        metadata = {
            "engine": self.spec.name,
            "model": self._weights.slug,
            "revision": self._revision,
            "device": self.spec.device,
            "dtype": self.spec.dtype,
            **asdict(self._calibration),
        }
        return LabelsResult(tuple(pair for _, pair in ranked), metadata)


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
