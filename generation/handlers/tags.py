"""Jobs that find tags."""

from collections.abc import Sequence
from typing import Any

from content.selectors import changeable_content
from content.services import add_tags
from content.tags import LONGEST_TAG, clean_tag
from generation.engines.base import TagsRequest, TagsResult
from generation.handlers.base import Handler
from generation.models import Job


class TagsHandler(Handler):
    """`tags`: words for descriptions of a picture and a sound. They are no content: the job's result holds them.

    Where `params.content` names a piece of the owner's own, it is given them as its tags, too.
    """

    def requests(self, job: Job) -> list[TagsRequest]:
        params = job.params
        if params.get("content"):
            # Gone meanwhile: the job fails and says so.
            changeable_content(cid=params["content"], owner=job.owner)
        return [
            TagsRequest(image_prompt=params["image_prompt"], sound_description=params["sound_description"]),
        ]

    def result(self, job: Job, results: Sequence[TagsResult]) -> dict[str, Any]:
        return {"tags": list(results[0].tags)}

    def record(self, job: Job, results: Sequence[TagsResult]) -> None:
        if job.params.get("content"):
            tags = [clean_tag(name) for name in results[0].tags]
            kept = [name for name in tags if 0 < len(name) <= LONGEST_TAG]
            add_tags(owner=job.owner, cid=job.params["content"], tags=kept)
