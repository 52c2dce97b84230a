"""What the pages show of a job and of its pictures."""

import json
import shlex
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from accounts.models import User
from content.models import Content
from generation.models import Job, JobKind, JobOutput, Status
from generation.presentation import eta_seconds
from generation.selectors import fraction, job_of, jobs_of, queue_positions

# What a page names of a picture, in this order: on a card, and on the page of the picture.
_FACTS = {
    "seed": "Seed",
    "size": "Size",
    "num_inference_steps": "Steps",
    "guidance_scale": "Guidance scale",
    "strength": "Strength",
    "model": "Model",
    "negative_prompt": "Negative prompt",
}
_ALL_FACTS = {
    **_FACTS,
    "scheduler": "Scheduler",
    "precision": "Precision",
    "generated": "Drawn at",
    "engine": "Engine",
    "revision": "Revision",
}


@dataclass(frozen=True)
class Picture:
    """One picture of a job, as a card shows it. `curl` is the command line of the request that makes it again."""

    content: Content
    url: str
    file_name: str
    facts: dict[str, Any]
    curl: str


@dataclass(frozen=True)
class Card:
    """One job in the list. `position` counts from 1 while queued; `fraction` is 0–1."""

    job: Job
    position: int | None
    fraction: float
    eta_seconds: float | None
    pictures: list[Picture] = field(default_factory=list)
    notice: str = ""

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
        left = f" · about {max(1, round(self.eta_seconds))} s left" if self.eta_seconds else ""
        return f"Step {self.job.step} of {self.job.steps}{left}" if self.job.step else "Starting"


@dataclass(frozen=True)
class Tray:
    """The list of jobs: `older_than` names the last one where there are more."""

    cards: list[Card]
    older_than: str | None


def tray_of(request: HttpRequest, user: User, *, size: int, before: Job | None = None) -> Tray:
    """The user's newest `size` jobs, or those older than `before`. Five queries, whatever the size."""
    jobs = jobs_of(owner=user)
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
        pictures=[_picture(request, job, output) for output in job.outputs.all()],
        notice=notice,
    )


def _picture(request: HttpRequest, job: Job, output: JobOutput) -> Picture:
    seed = output.content.provenance.get("seed", job.params.get("seed"))
    params = {**job.params, "seed": seed, "number_of_images": 1}
    return Picture(
        content=output.content,
        # Without a signature: the address in the page must open nothing for those it is passed on to.
        url=reverse("generated-image", args=[output.id]),
        file_name=f"atelier-{seed}.png",
        facts=facts_of(output.content, _FACTS),
        curl=curl_line(request, job.kind, params),
    )


def facts_of(content: Content, names: dict[str, str] = _ALL_FACTS) -> dict[str, Any]:
    """Label → value of what a piece of content's provenance says; `names` maps parameters to their labels."""
    provenance = content.provenance
    made_with = provenance.get("parameters", {})
    values = {**made_with, **{name: provenance[name] for name in ("seed", "model", "revision") if name in provenance}}
    if content.width and content.height:
        values["size"] = f"{content.width} × {content.height}"
    if made_with.get("dtype"):
        values["precision"] = f"{made_with['dtype']} on {made_with.get('device', 'cpu')}"
    values["generated"] = _generated_size(content, made_with)
    return {label: values[name] for name, label in names.items() if values.get(name) not in (None, "")}


def _generated_size(content: Content, made_with: dict[str, Any]) -> str | None:
    """The size that the model drew at, where it is not that of the picture."""
    generated = made_with.get("generated_size")
    if not generated or generated == [content.width, content.height]:
        return None
    return f"{generated[0]} × {generated[1]}, then resized"


def curl_of_content(request: HttpRequest, content: Content) -> str | None:
    """The command line that makes a picture again, from what its provenance says; None where it was not made here."""
    made_with = content.provenance.get("parameters", {})
    if "num_inference_steps" not in made_with:
        return None
    params = {**made_with, "width": content.width, "height": content.height, "number_of_images": 1}
    parents = content.provenance.get("parents") or []
    if parents:
        params["image"] = parents[0]
    return curl_line(request, JobKind.IMAGE_TO_IMAGE if parents else JobKind.IMAGE, params)


def curl_line(request: HttpRequest, kind: str, params: dict[str, Any]) -> str:
    """The request as a command for a POSIX shell, with the key in `$ATELIER_KEY`.

    A prompt may be anything, and somebody else's: JSON in ASCII has no character that a terminal would act on, and
    `shlex.quote` leaves the shell nothing to expand.
    """
    names = ["prompt", "negative_prompt", "width", "height", "num_inference_steps", "guidance_scale", "seed"]
    path, output = reverse("generate-image"), " \\\n  --output picture.png"
    body = _without_empty(params, names)
    headers = ["Authorization: Bearer $ATELIER_KEY", "Content-Type: application/json"]
    if kind == JobKind.IMAGE_TO_IMAGE:
        # The start picture is in the registry: only the job list takes its CID.
        path, output = reverse("jobs"), ""
        headers.append("Prefer: wait=60")
        body = {"kind": kind, "params": _without_empty(params, [*names, "image", "strength"])}
    lines = [f"curl --fail-with-body {shlex.quote(request.build_absolute_uri(path))}"]
    lines += [f'  --header "{header}"' for header in headers]
    lines.append(f"  --data {shlex.quote(json.dumps(body))}")
    return " \\\n".join(lines) + output


def _without_empty(params: dict[str, Any], names: Sequence[str]) -> dict[str, Any]:
    return {name: params[name] for name in names if params.get(name) not in (None, "")}
