"""`/api/v1/jobs` and `/api/v1/tickets`."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse

from common.schema import problems
from generation.schema.parts import CID, ID, IDEMPOTENCY, JOB_PROBLEMS, OUTPUT_ID, PREFER_WAIT, READ_PROBLEMS, URL
from generation.serializers.jobs import JobRequest, JobSerializer, TicketSerializer

_MASK_CID = "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku"
_JOB_EXAMPLE = {
    "id": ID,
    "kind": "image",
    "status": "succeeded",
    "params": {
        "prompt": "a red circle on a blue background",
        "negative_prompt": "",
        "num_inference_steps": 30,
        "guidance_scale": 7.5,
        "width": 512,
        "height": 512,
        "seed": 42,
        "number_of_images": 1,
    },
    "model": "demo-stable-diffusion",
    "visibility": "private",
    "priority": 0,
    "progress": {"step": 30, "steps": 30, "fraction": 1.0, "eta_seconds": None, "queue_position": None},
    "error": None,
    "outputs": [
        {
            "id": OUTPUT_ID,
            "cid": CID,
            "kind": "image",
            "media_type": "image/png",
            "url": f"{URL}/output/generated_image/{OUTPUT_ID}.png?s=…",
            "size_bytes": 51234,
            "width": 512,
            "height": 512,
            "duration": None,
            "seed": 42,
            "visibility": "private",
        }
    ],
    "result": {},
    "timings": {"queued_seconds": 0.012, "engine_seconds": 2.41, "total_seconds": 2.47},
    "created_at": "2026-11-21T08:00:00.000000Z",
    "started_at": "2026-11-21T08:00:00.012000Z",
    "finished_at": "2026-11-21T08:00:02.470000Z",
    "urls": {
        "self": f"{URL}/api/v1/jobs/{ID}",
        "cancel": f"{URL}/api/v1/jobs/{ID}/cancel",
        "events": f"{URL}/api/v1/jobs/{ID}/events",
    },
}
_QUEUED_EXAMPLE = {
    **_JOB_EXAMPLE,
    "status": "queued",
    "progress": {"step": 0, "steps": 30, "fraction": 0.0, "eta_seconds": None, "queue_position": 1},
    "outputs": [],
    "timings": {"queued_seconds": 0.0, "engine_seconds": 0.0, "total_seconds": 0.0},
    "started_at": None,
    "finished_at": None,
}
_CANCELLED_EXAMPLE = {**_QUEUED_EXAMPLE, "status": "cancelled", "finished_at": "2026-11-21T08:00:01.200000Z"}

JOBS_LIST: dict[str, Any] = {
    "operation_id": "jobs_list",
    "summary": "List your jobs, newest first",
    "tags": ["jobs"],
    "responses": {200: JobSerializer(many=True), **problems(400), **READ_PROBLEMS},
    "examples": [OpenApiExample("Succeeded", _JOB_EXAMPLE, response_only=True, status_codes=["200"])],
}

JOBS_CREATE: dict[str, Any] = {
    "operation_id": "jobs_create",
    "summary": "Make a job",
    "description": "Answers at once, unless `Prefer: wait=N` asks to wait. `params` has the fields of the job's kind.",
    "tags": ["jobs"],
    "parameters": [IDEMPOTENCY, PREFER_WAIT],
    "filters": False,
    "request": JobRequest,
    "responses": {
        200: OpenApiResponse(JobSerializer, "The job has ended while this request waited."),
        202: OpenApiResponse(JobSerializer, "The job goes on; `Location` names it."),
        **JOB_PROBLEMS,
        # A mask of the registry whose bytes are damaged.
        **problems(500),
    },
    "examples": [
        OpenApiExample(
            "An image",
            {"kind": "image", "params": {"prompt": "a red circle on a blue background", "seed": 42}},
            request_only=True,
        ),
        OpenApiExample(
            "An image from another one",
            {"kind": "image_to_image", "params": {"image": CID, "prompt": "the same at night", "strength": 0.6}},
            request_only=True,
        ),
        OpenApiExample(
            "A part of an image painted anew",
            {"kind": "image_to_image", "params": {"image": CID, "mask": _MASK_CID, "prompt": "a green star"}},
            request_only=True,
        ),
        OpenApiExample(
            "The next turn of a conversation",
            {
                "kind": "text",
                "params": {
                    "messages": [
                        {"role": "user", "content": "a forest at night"},
                        {"role": "assistant", "content": "The owls are awake."},
                        {"role": "user", "content": "a lighthouse in a storm"},
                    ],
                    "max_tokens": 60,
                },
            },
            request_only=True,
        ),
        OpenApiExample("Queued", _QUEUED_EXAMPLE, response_only=True, status_codes=["202"]),
        OpenApiExample("Ended", _JOB_EXAMPLE, response_only=True, status_codes=["200"]),
    ],
}

_TAGS_EXAMPLE = {
    **_JOB_EXAMPLE,
    "kind": "tags",
    "params": {"image_prompt": "a red boat at sea", "sound_description": "", "content": CID},
    "model": "demo-t5-tags",
    "progress": {"step": 1, "steps": 1, "fraction": 1.0, "eta_seconds": None, "queue_position": None},
    "outputs": [],
    "result": {"tags": ["red", "boat", "sea"]},
}

CONTENT_TAGS: dict[str, Any] = {
    "operation_id": "contents_tags",
    "summary": "Have tags made for content of yours",
    "description": (
        "A job of the kind `tags`, made from the prompt (a text without one: from its beginning). When it has "
        "succeeded, the content has its tags beside those it had, 50 at most. While such a job waits or runs, asking "
        "again answers with it. Without words, such as an uploaded picture: 400."
    ),
    "tags": ["contents"],
    "parameters": [
        OpenApiParameter(
            "cid", OpenApiTypes.STR, OpenApiParameter.PATH, description="A CID, in any encoding of its bytes."
        ),
        IDEMPOTENCY,
        PREFER_WAIT,
    ],
    "request": None,
    "responses": {
        200: OpenApiResponse(JobSerializer, "The job has ended while this request waited."),
        202: OpenApiResponse(JobSerializer, "The job goes on; `Location` names it."),
        **JOB_PROBLEMS,
    },
    "examples": [OpenApiExample("Tags", _TAGS_EXAMPLE, response_only=True, status_codes=["200"])],
}

JOBS_RETRIEVE: dict[str, Any] = {
    "operation_id": "jobs_retrieve",
    "summary": "Look at a job",
    "tags": ["jobs"],
    "responses": {200: JobSerializer, **READ_PROBLEMS},
    "examples": [OpenApiExample("Succeeded", _JOB_EXAMPLE, response_only=True, status_codes=["200"])],
}

JOBS_CANCEL: dict[str, Any] = {
    "operation_id": "jobs_cancel",
    "summary": "Cancel a job",
    "description": "A running engine stops within two steps. A job that has ended: 409.",
    "tags": ["jobs"],
    "request": None,
    "responses": {200: JobSerializer, **READ_PROBLEMS, **problems(409)},
    "examples": [OpenApiExample("Cancelled", _CANCELLED_EXAMPLE, response_only=True, status_codes=["200"])],
}

JOBS_EVENTS: dict[str, Any] = {
    "operation_id": "jobs_events",
    "summary": "Watch a job",
    "description": (
        "Server-sent events: `progress` (step, steps, fraction, eta_seconds, queue_position), `preview` (a data URL of "
        "a small JPEG), and at the end one of `succeeded`, `failed`, `cancelled` with the job; then the stream closes. "
        "Comments keep the connection alive."
    ),
    "tags": ["jobs"],
    "responses": {(200, "text/event-stream"): OpenApiTypes.STR, **READ_PROBLEMS},
    "examples": [
        OpenApiExample(
            "A step",
            'event: progress\ndata: {"id":"…","status":"running","step":12,"steps":30,"fraction":0.4,'
            '"eta_seconds":1.4,"queue_position":null}\n\n',
            response_only=True,
            status_codes=["200"],
            media_type="text/event-stream",
        )
    ],
}

TICKETS: dict[str, Any] = {
    "operation_id": "tickets_create",
    "summary": "Make a websocket's credential",
    "description": "Opens `/ws/jobs/<id>/?ticket=…` or `/ws/me/?ticket=…` once, within 60 seconds.",
    "tags": ["jobs"],
    "request": None,
    "responses": {201: TicketSerializer, **problems(401, 403, 406, 429, 503)},
    "examples": [
        OpenApiExample(
            "Ticket",
            {"ticket": "0JY3mGq…", "expires_at": "2026-11-21T08:01:00Z"},
            response_only=True,
            status_codes=["201"],
        )
    ],
}
