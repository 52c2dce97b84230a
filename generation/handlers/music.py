"""Jobs that make sound."""

from collections.abc import Sequence

from content.models import Kind
from generation.engines.base import MusicRequest, MusicResult
from generation.handlers.base import Handler, Piece, provenance
from generation.models import Job


class MusicHandler(Handler):
    """`music`: one WAV file from a description."""

    def requests(self, job: Job) -> list[MusicRequest]:
        params = job.params
        return [MusicRequest(prompt=params["description"], seed=params["seed"], duration=params["duration"])]

    def pieces(self, job: Job, results: Sequence[MusicResult]) -> list[Piece]:
        return [
            Piece(
                data=result.data,
                kind=Kind.AUDIO,
                media_type=result.media_type,
                prompt=job.params["description"],
                provenance=provenance(job, result.metadata),
                duration=result.duration,
            )
            for result in results
        ]
