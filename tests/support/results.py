"""What jobs of each kind made, as rows: sounds, texts, tags and analyses."""

from typing import Any

from accounts.models import User
from content.models import Content, Kind
from generation.models import Checkpoint, Job
from tests.factories.content import ContentFactory
from tests.factories.generation import JobFactory, JobOutputFactory


def sound_of(user: User, description: str = "church bells", **about: Any) -> Content:
    """A sound that a job made; `about` are further columns, and `data` its bytes, which else are none of a sound."""
    params = {"description": description, "duration": 2.0, "seed": 7}
    content = ContentFactory(
        owner=user,
        kind=Kind.AUDIO,
        media_type="audio/wav",
        duration=2.0,
        prompt=description,
        provenance={"model": "demo-musicgen", "seed": 7, "parameters": {"prompt": description, "duration": 2.0}},
        **about,
    )
    JobOutputFactory(job=JobFactory(owner=user, kind="music", succeeded=True, params=params), content=content)
    return content


def texts_of(user: User, *texts: str, prompt: str = "a lighthouse") -> Job:
    """A job that wrote `texts`, each a piece of content."""
    params = {"prompt": prompt, "max_tokens": 32, "temperature": 0.5, "number_of_texts": len(texts), "seed": 7}
    found = [{"text": text} for text in texts]
    job = JobFactory(
        owner=user, kind="text", succeeded=True, params=params, result={**found[0], "texts": found, "warnings": []}
    )
    for index, text in enumerate(texts):
        content = ContentFactory(
            owner=user,
            data=text.encode(),
            prompt=prompt,
            provenance={"model": "demo-t5-text", "seed": 7 + index, "parameters": {"max_tokens": 32}},
        )
        JobOutputFactory(job=job, index=index, content=content)
    return job


def tags_of(user: User, *tags: str, image: str = "the ocean", sound: str = "") -> Job:
    """A job that found `tags`."""
    params = {"image_prompt": image, "sound_description": sound}
    return JobFactory(owner=user, kind="tags", succeeded=True, params=params, result={"tags": list(tags)})


def analysis_of(user: User, labels: list[str], scores: dict[str, float], *, picture: Content | None = None) -> Job:
    """A job that gave `labels` these `scores`, without a row of segments."""
    picture = picture or ContentFactory(owner=user, picture=True)
    return JobFactory(
        owner=user,
        kind="analysis",
        succeeded=True,
        checkpoint=Checkpoint.objects.get(default_for="segments"),
        params={"image": picture.cid, "labels": labels, "max_masks": 20},
        result={"labels": {"concepts": list(scores), "confidence_scores": scores}},
    )
