"""The interface of a job's handler, and what most kinds have in common."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import content.services
from content.models import Content
from content.selectors import visible_content
from generation.models import Job, WeightsKind

Params = Mapping[str, Any]


@dataclass(frozen=True)
class Piece:
    """One piece of content that a job made: encoded bytes, and what the registry's row says of them.

    `width` and `height` in pixels, `duration` in seconds, where the kind has them.
    """

    data: bytes
    kind: str
    media_type: str
    prompt: str = ""
    provenance: Mapping[str, Any] = field(default_factory=dict)
    width: int | None = None
    height: int | None = None
    duration: float | None = None


class Handler:
    """How jobs of one kind are run. One object serves all jobs: it keeps nothing."""

    # A one-to-one relation of `Job` that `result_of` reads.
    related: str | None = None

    def total_steps(self, params: Params) -> int:
        """How many steps a new job probably takes; the engine says the true number while it runs."""
        return 1

    def shared_by_batch(self, params: Params) -> list[Any]:
        """What an engine call has once, for all its requests: only jobs with the same values may share one."""
        return []

    def requests(self, job: Job) -> list[Any]:
        """The engine's requests, at least one."""
        raise NotImplementedError

    def pieces(self, job: Job, results: Sequence[Any]) -> list[Piece]:
        """The content that the job made, in the order of its outputs."""
        return []

    def result(self, job: Job, results: Sequence[Any]) -> dict[str, Any]:
        """What the job found out that is no content, for its row."""
        return {}

    def picture_to_label(self, job: Job, results: Sequence[Any]) -> bytes | None:
        """The encoded picture whose labels a job with `labels` asks for."""
        return None

    def record(self, job: Job, results: Sequence[Any]) -> None:
        """Write rows of the handler's own, in the transaction that ends the job as succeeded."""

    def result_of(self, job: Job) -> dict[str, Any]:
        """The `result` of a finished job, as the API shows it."""
        result: dict[str, Any] = job.result
        return result


def input_picture(job: Job, param: str = "image") -> bytes | None:
    """The encoded picture that a parameter names, if it does. Raises `NotFound` where it was deleted meanwhile."""
    return content.services.read_bytes(content=picture_row(job, param)) if job.params.get(param) else None


def picture_row(job: Job, param: str = "image") -> Content:
    """The registry's row of the picture that a parameter names."""
    return visible_content(cid=job.params[param], viewer=job.owner)


def warnings_of(results: Sequence[Any]) -> dict[str, Any]:
    """`warnings` of a job's result: each sentence of the engine's metadata once; empty where there is none."""
    said = dict.fromkeys(warning for result in results for warning in result.metadata.get("warnings", ()))
    return {"warnings": list(said)} if said else {}


def provenance(job: Job, metadata: Mapping[str, Any]) -> dict[str, Any]:
    """What the registry says of how a piece of content was made; `metadata` is that of the engine's result."""
    personal = job.personal_model
    is_pipeline = personal is not None and personal.kind == WeightsKind.PIPELINE
    return {
        "engine": metadata.get("engine", ""),
        "model": job.model_source if is_pipeline else job.checkpoint.slug,
        # The source and the SHA-256 of what changed or replaced the checkpoint's weights.
        **({"personal_model": job.model_source, "personal_model_sha256": personal.digest} if personal else {}),
        "revision": metadata.get("revision", job.checkpoint.revision),
        "seed": metadata.get("seed"),
        "parameters": dict(metadata),
        "parents": parents(job.params),
    }


def parents(params: Params) -> list[str]:
    """The CIDs of what a job works on: the picture, then the mask."""
    return list(dict.fromkeys(params[name] for name in ("image", "mask") if params.get(name)))
