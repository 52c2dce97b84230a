"""What the OpenAPI document says about the generation endpoints: arguments of `extend_schema`, one dict each."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse
from rest_framework import serializers

from common.schema import errors, problems
from generation.serializers.answers import AcceptedAnswer, CacheAnswer, FileAnswer, GenerateAnswer, HealthAnswer
from generation.serializers.images import GenerateRequest, PromptRequest, UploadRequest
from generation.serializers.jobs import JobRequest, JobSerializer, TicketSerializer

_ID = "0b6ad1c8-3b60-4f4c-9a43-8f5e0e5b2b0f"
_OUTPUT_ID = "7c9f8a52-16dd-4a54-a1d1-0c35a4f7a9c1"
_CID = "bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy"
_URL = "http://localhost:8000"

_IDEMPOTENCY = OpenApiParameter(
    "Idempotency-Key",
    OpenApiTypes.STR,
    OpenApiParameter.HEADER,
    description="1–255 printable characters. The same key with the same request answers with the same job.",
)
_PREFER_ASYNC = OpenApiParameter(
    "Prefer", OpenApiTypes.STR, OpenApiParameter.HEADER, description="`respond-async`: answer 202 at once."
)
_PREFER_WAIT = OpenApiParameter(
    "Prefer",
    OpenApiTypes.STR,
    OpenApiParameter.HEADER,
    description="`wait=N`: wait up to N seconds (1–60) for the end.",
)
_ACCEPTED = OpenApiResponse(AcceptedAnswer, "The job goes on; `Location` names it.")
_ACCEPTED_EXAMPLE = OpenApiExample(
    "Still running",
    {"job": f"{_URL}/api/v1/jobs/{_ID}", "status": "queued"},
    response_only=True,
    status_codes=["202"],
)
_JOB_ERRORS = errors(400, 401, 403, 404, 406, 409, 413, 415, 429, 500, 503)
_JOB_PROBLEMS = problems(400, 401, 403, 404, 406, 409, 413, 415, 429, 503)
_READ_PROBLEMS = problems(401, 403, 404, 406, 429)

_GENERATE_EXAMPLES = [
    OpenApiExample(
        "With the names of the one document",
        {
            "prompt": "A futuristic cityscape at sunset",
            "labels": "city, sunset, futuristic",
            "samples": 50,
            "cfg": 8.0,
            "height": 512,
            "width": 768,
        },
        request_only=True,
    ),
    OpenApiExample(
        "With the names of the other",
        {
            "prompt": "photo of sks person as a futuristic astronaut",
            "user_id": "default",
            "num_inference_steps": 30,
            "guidance_scale": 7.5,
            "width": 512,
            "height": 512,
            "seed": 42,
        },
        request_only=True,
    ),
]
_FILE_EXAMPLE = OpenApiExample(
    "Generated",
    {"generation_id": _ID, "file_path": f"{_URL}/output/generated_image/{_OUTPUT_ID}.png?s=…"},
    response_only=True,
    status_codes=["200"],
)

GENERATE_FROM_PROMPT: dict[str, Any] = {
    "operation_id": "generate_image_prompt",
    "summary": "An image from a prompt, as a URL",
    "tags": ["generate"],
    "parameters": [_IDEMPOTENCY, _PREFER_ASYNC],
    "request": PromptRequest,
    "responses": {200: FileAnswer, 202: _ACCEPTED, **_JOB_ERRORS},
    "examples": [
        OpenApiExample("Prompt", {"prompt": "a cat riding a bicycle in the rain"}, request_only=True),
        _FILE_EXAMPLE,
        _ACCEPTED_EXAMPLE,
    ],
}


class UploadForm(UploadRequest):
    """The form of `POST /generate/image/image` with its picture, which the view takes from the files."""

    image = serializers.FileField(required=False, help_text="png, jpeg or webp; in one of the three fields")
    file = serializers.FileField(required=False, help_text="Other name of `image`.")
    buffer = serializers.FileField(required=False, help_text="Other name of `image`.")


GENERATE_FROM_IMAGE: dict[str, Any] = {
    "operation_id": "generate_image_image",
    "summary": "An image from another image, as a URL",
    "tags": ["generate"],
    "parameters": [_IDEMPOTENCY, _PREFER_ASYNC],
    "request": {"multipart/form-data": UploadForm},
    "responses": {200: FileAnswer, 202: _ACCEPTED, **_JOB_ERRORS},
    "examples": [_FILE_EXAMPLE, _ACCEPTED_EXAMPLE],
}

GENERATE: dict[str, Any] = {
    "operation_id": "generate",
    "summary": "An image from a prompt, in the answer",
    "tags": ["generate"],
    "parameters": [_IDEMPOTENCY, _PREFER_ASYNC],
    "request": GenerateRequest,
    "responses": {200: GenerateAnswer, 202: _ACCEPTED, **_JOB_ERRORS},
    "examples": [
        *_GENERATE_EXAMPLES,
        OpenApiExample(
            "Generated",
            {
                "request_id": _ID,
                "generated_image": "iVBORw0KGgoAAAANSUhEUgAA…",
                "clip_analysis": {"concepts": [], "confidence_scores": {}},
                "success": True,
                "message": "Image generated successfully",
                "image_base64": "iVBORw0KGgoAAAANSUhEUgAA…",
                "image_path": f"/output/generated_image/{_OUTPUT_ID}.png?s=…",
                "model_id": "demo-stable-diffusion",
                "generation_time": 2.41,
                "seed": 42,
                "cid": _CID,
            },
            response_only=True,
            status_codes=["200"],
        ),
        _ACCEPTED_EXAMPLE,
    ],
}

GENERATE_IMAGE: dict[str, Any] = {
    "operation_id": "generate_image",
    "summary": "An image from a prompt, as the answer itself",
    "description": "The headers `X-Model-Used`, `X-Generation-Time`, `X-Content-Cid` and `X-Seed` say what made it.",
    "tags": ["generate"],
    "parameters": [_IDEMPOTENCY, _PREFER_ASYNC],
    "request": GenerateRequest,
    "responses": {(200, "image/png"): OpenApiTypes.BINARY, 202: _ACCEPTED, **_JOB_ERRORS},
    "examples": [*_GENERATE_EXAMPLES, _ACCEPTED_EXAMPLE],
}

HEALTH: dict[str, Any] = {
    "operation_id": "health",
    "summary": "Whether workers are there, and on which device",
    "tags": ["operations"],
    "auth": [],
    "responses": {200: HealthAnswer, **errors(406)},
    "examples": [
        OpenApiExample("Healthy", {"status": "healthy", "device": "cpu", "models_loaded": 1}, response_only=True)
    ],
}

CACHE: dict[str, Any] = {
    "operation_id": "cache_delete",
    "summary": "Let every worker drop its models",
    "description": "For staff; a key needs the scope `manage`.",
    "tags": ["operations"],
    "request": None,
    "responses": {200: CacheAnswer, **errors(401, 403, 406, 429, 503)},
    "examples": [
        OpenApiExample(
            "Dropped",
            {"success": True, "message": "1 models were unloaded.", "models_unloaded": 1},
            response_only=True,
            status_codes=["200"],
        )
    ],
}

_JOB_EXAMPLE = {
    "id": _ID,
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
            "id": _OUTPUT_ID,
            "cid": _CID,
            "kind": "image",
            "media_type": "image/png",
            "url": f"{_URL}/output/generated_image/{_OUTPUT_ID}.png?s=…",
            "size_bytes": 51234,
            "width": 512,
            "height": 512,
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
        "self": f"{_URL}/api/v1/jobs/{_ID}",
        "cancel": f"{_URL}/api/v1/jobs/{_ID}/cancel",
        "events": f"{_URL}/api/v1/jobs/{_ID}/events",
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

JOBS_LIST: dict[str, Any] = {
    "operation_id": "jobs_list",
    "summary": "List your jobs, newest first",
    "tags": ["jobs"],
    "responses": {200: JobSerializer(many=True), **problems(400), **_READ_PROBLEMS},
}

JOBS_CREATE: dict[str, Any] = {
    "operation_id": "jobs_create",
    "summary": "Make a job",
    "description": "Answers at once, unless `Prefer: wait=N` asks to wait. `params` has the fields of the job's kind.",
    "tags": ["jobs"],
    "parameters": [_IDEMPOTENCY, _PREFER_WAIT],
    "filters": False,
    "request": JobRequest,
    "responses": {
        200: OpenApiResponse(JobSerializer, "The job has ended while this request waited."),
        202: OpenApiResponse(JobSerializer, "The job goes on; `Location` names it."),
        **_JOB_PROBLEMS,
    },
    "examples": [
        OpenApiExample(
            "An image",
            {"kind": "image", "params": {"prompt": "a red circle on a blue background", "seed": 42}},
            request_only=True,
        ),
        OpenApiExample(
            "An image from another one",
            {"kind": "image_to_image", "params": {"image": _CID, "prompt": "the same at night", "strength": 0.6}},
            request_only=True,
        ),
        OpenApiExample("Queued", _QUEUED_EXAMPLE, response_only=True, status_codes=["202"]),
        OpenApiExample("Ended", _JOB_EXAMPLE, response_only=True, status_codes=["200"]),
    ],
}

JOBS_RETRIEVE: dict[str, Any] = {
    "operation_id": "jobs_retrieve",
    "summary": "Look at a job",
    "tags": ["jobs"],
    "responses": {200: JobSerializer, **_READ_PROBLEMS},
    "examples": [OpenApiExample("Succeeded", _JOB_EXAMPLE, response_only=True, status_codes=["200"])],
}

JOBS_CANCEL: dict[str, Any] = {
    "operation_id": "jobs_cancel",
    "summary": "Cancel a job",
    "description": "A running engine stops within two steps. A job that has ended: 409.",
    "tags": ["jobs"],
    "request": None,
    "responses": {200: JobSerializer, **_READ_PROBLEMS, **problems(409)},
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
    "responses": {(200, "text/event-stream"): OpenApiTypes.STR, **_READ_PROBLEMS},
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
