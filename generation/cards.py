"""What the pages show of a job and of what it made."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from accounts.models import User
from content.models import Content, Kind
from generation.analysis_view import ShownLabel, labels_of
from generation.facts import FACTS_OF_CARD, facts_of
from generation.models import Job, JobKind, JobOutput, Status
from generation.presentation import eta_seconds
from generation.selectors import fraction, job_of, jobs_of, queue_positions
from generation.snippets import snippet_of

EXTENSIONS = {Kind.IMAGE.value: "png", Kind.AUDIO.value: "wav", Kind.TEXT.value: "txt"}


@dataclass(frozen=True)
class Result:
    """One thing that a job made, as a card shows it. `curl` is the command line of the request that makes it again."""

    content: Content
    url: str
    file_name: str
    facts: dict[str, Any]
    curl: str
    text: str = ""


@dataclass(frozen=True)
class Card:
    """One job in the list. `position` counts from 1 while queued; `fraction` is 0–1."""

    job: Job
    position: int | None
    fraction: float
    eta_seconds: float | None
    results: list[Result] = field(default_factory=list)
    notice: str = ""

    @property
    def title(self) -> str:
        """What was asked for."""
        params = self.job.params
        if self.job.kind == JobKind.TAGS:
            return " · ".join(filter(None, (params["image_prompt"], params["sound_description"])))
        if self.job.kind == JobKind.ANALYSIS:
            return f"Analysis for {', '.join(params['labels'])}" if params.get("labels") else "Analysis"
        return str(params.get("description" if self.job.kind == JobKind.MUSIC else "prompt") or "")

    @property
    def makes_picture(self) -> bool:
        return self.job.kind in (JobKind.IMAGE, JobKind.IMAGE_TO_IMAGE)

    @property
    def tags(self) -> list[str]:
        """The words that a job for tags found."""
        return list(self.job.result.get("tags") or [])

    @property
    def labels(self) -> list[ShownLabel]:
        return labels_of(self.job)

    @property
    def warnings(self) -> list[str]:
        """What its owner should know of the result."""
        return list(self.job.result.get("warnings") or [])

    @property
    def found_something(self) -> bool:
        """Whether it succeeded in what makes no content."""
        return self.job.status == Status.SUCCEEDED and self.job.kind in (JobKind.TAGS, JobKind.ANALYSIS)

    @property
    def active(self) -> bool:
        return not self.job.is_terminal

    @property
    def percent(self) -> int:
        return round(self.fraction * 100)

    @property
    def state(self) -> str:
        """How far an active job is, in the words that `studio.js` goes on with."""
        if self.job.status == Status.QUEUED:
            return f"Waiting · place {self.position} in the queue" if self.position else "Waiting"
        left = f" · about {_duration(self.eta_seconds)} left" if self.eta_seconds else ""
        return f"Step {self.job.step} of {self.job.steps}{left}" if self.job.step else "Starting"


@dataclass(frozen=True)
class Tray:
    """The list of jobs: `older_than` names the last one where there are more."""

    cards: list[Card]
    older_than: str | None


def tray_of(request: HttpRequest, user: User, *, size: int, before: Job | None = None) -> Tray:
    """The user's newest `size` jobs, or those older than `before`. Four queries, whatever the size."""
    # Cards show nothing of what handlers relate to a job, and a list of segments is long.
    jobs = jobs_of(owner=user).select_related(None).select_related("owner", "checkpoint")
    if before is not None:
        jobs = jobs.filter(created_at__lte=before.created_at).exclude(created_at=before.created_at, id__gte=before.id)
    page = list(jobs[: size + 1])
    more, page = len(page) > size, page[:size]
    return Tray(cards=_cards(request, page), older_than=str(page[-1].id) if more else None)


def card_of(request: HttpRequest, job: Job, *, notice: str = "") -> Card:
    """The card of one job, read anew; `notice` is a sentence about what was just tried with it."""
    job = job_of(owner=job.owner, job_id=job.id)
    position = queue_positions([job]).get(job.id)
    return _card(request, job, position, notice)


def _cards(request: HttpRequest, jobs: Sequence[Job]) -> list[Card]:
    positions = queue_positions(jobs)
    return [_card(request, job, positions.get(job.id)) for job in jobs]


def _card(request: HttpRequest, job: Job, position: int | None, notice: str = "") -> Card:
    return Card(
        job=job,
        position=position,
        fraction=fraction(job),
        eta_seconds=eta_seconds(job),
        results=[_result(request, job, output) for output in job.outputs.all()],
        notice=notice,
    )


def _result(request: HttpRequest, job: Job, output: JobOutput) -> Result:
    content = output.content
    seed = content.provenance.get("seed", job.params.get("seed"))
    alone = {name: 1 for name in ("number_of_images", "number_of_texts") if name in job.params}
    return Result(
        content=content,
        # Without a signature: the address in the page must open nothing for those it is passed on to.
        url=_address(output),
        file_name=f"atelier-{seed}.{EXTENSIONS[content.kind]}",
        facts=facts_of(content, FACTS_OF_CARD),
        curl=snippet_of(request, job.kind, {**job.params, "seed": seed, **alone}, model=job.model_name).curl,
        text=_text_of(job, output) if content.kind == Kind.TEXT else "",
    )


def _duration(seconds: float) -> str:
    """Seconds up to a minute and a half, then minutes."""
    return f"{max(1, round(seconds))} s" if seconds < 90 else f"{round(seconds / 60)} min"


def _address(output: JobOutput) -> str:
    if output.content.kind == Kind.IMAGE:
        return reverse("generated-image", args=[output.id])
    return reverse("ipfs", args=[output.content.cid])


def _text_of(job: Job, output: JobOutput) -> str:
    """The text of an output, from the job's result: no file is read for a list."""
    texts = job.result.get("texts") or [job.result]
    return str(texts[output.index].get("text", "")) if output.index < len(texts) else ""
