"""What answers and events about pictures look like, in OpenAI's form."""

import base64
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from content.services import read_bytes
from generation.models import Job, JobKind, JobOutput
from generation.openai.files import picture_path
from generation.openai.pictures import encode
from generation.views.waiting import outputs_of

Asked = Mapping[str, Any]
# Models here are not paid by tokens, and do not count them; clients want the fields.
USAGE = {
    "total_tokens": 0,
    "input_tokens": 0,
    "output_tokens": 0,
    "input_tokens_details": {"text_tokens": 0, "image_tokens": 0},
    "output_tokens_details": {"text_tokens": 0, "image_tokens": 0},
}


def images_body(job: Job, asked: Asked, to_url: Callable[[str], str]) -> dict[str, Any]:
    """The answer of a job that succeeded; `asked` is the valid request."""
    outputs = outputs_of(job)
    wanted = asked.get("response_format")
    data = []
    for output in outputs:
        entry: dict[str, Any] = {}
        if wanted != "url":
            entry["b64_json"] = _base64(_picture(output, asked))
        if wanted != "b64_json":
            entry["url"] = to_url(
                picture_path(output, output_format=asked["output_format"], quality=asked["output_compression"])
            )
        data.append(entry)
    content = outputs[0].content
    return {
        "created": int(job.created_at.timestamp()),
        "data": data,
        "background": "opaque",
        "output_format": asked["output_format"],
        "quality": asked["quality"],
        "size": f"{content.width}x{content.height}",
        "usage": USAGE,
    }


def partial_event(job: Job, asked: Asked, index: int, preview: bytes) -> dict[str, Any]:
    """An unfinished picture, the `index`th that is sent: scaled to the size and in the format of the finished one."""
    size = (int(job.params["width"]), int(job.params["height"]))
    picture = encode(preview, output_format=asked["output_format"], quality=asked["output_compression"], size=size)
    return {
        **_event(job, "partial_image", asked, f"{size[0]}x{size[1]}", picture),
        "partial_image_index": index,
    }


def completed_events(job: Job, asked: Asked) -> Iterator[dict[str, Any]]:
    """The end of a stream: each picture of a job that succeeded."""
    for output in outputs_of(job):
        size = f"{output.content.width}x{output.content.height}"
        yield {**_event(job, "completed", asked, size, _picture(output, asked)), "usage": USAGE}


def _event(job: Job, name: str, asked: Asked, size: str, picture: bytes) -> dict[str, Any]:
    family = "image_edit" if job.kind == JobKind.IMAGE_TO_IMAGE else "image_generation"
    return {
        "type": f"{family}.{name}",
        "b64_json": _base64(picture),
        "created_at": int(time.time()),
        "size": size,
        "quality": asked["quality"],
        "background": "opaque",
        "output_format": asked["output_format"],
    }


def _picture(output: JobOutput, asked: Asked) -> bytes:
    data = read_bytes(content=output.content)
    return encode(data, output_format=asked["output_format"], quality=asked["output_compression"])


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
