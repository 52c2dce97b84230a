"""What the OpenAPI descriptions of this app and of those above it share: parameters, errors, example values."""

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse

from common.schema import errors, problems
from generation.serializers.answers import AcceptedAnswer

ID = "0b6ad1c8-3b60-4f4c-9a43-8f5e0e5b2b0f"
OUTPUT_ID = "7c9f8a52-16dd-4a54-a1d1-0c35a4f7a9c1"
CID = "bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy"
URL = "http://localhost:8000"

IDEMPOTENCY = OpenApiParameter(
    "Idempotency-Key",
    OpenApiTypes.STR,
    OpenApiParameter.HEADER,
    description="1–255 printable characters. The same key with the same request answers with the same job.",
)
PREFER_ASYNC = OpenApiParameter(
    "Prefer", OpenApiTypes.STR, OpenApiParameter.HEADER, description="`respond-async`: answer 202 at once."
)
PREFER_WAIT = OpenApiParameter(
    "Prefer",
    OpenApiTypes.STR,
    OpenApiParameter.HEADER,
    description="`wait=N`: wait up to N seconds (1–60) for the end.",
)
ACCEPTED = OpenApiResponse(AcceptedAnswer, "The job goes on; `Location` names it.")
ACCEPTED_EXAMPLE = OpenApiExample(
    "Still running",
    {"job": f"{URL}/api/v1/jobs/{ID}", "status": "queued"},
    response_only=True,
    status_codes=["202"],
)
JOB_ERRORS = errors(400, 401, 403, 404, 406, 409, 413, 415, 429, 451, 500, 503)
JOB_PROBLEMS = problems(400, 401, 403, 404, 406, 409, 413, 415, 429, 451, 503)
READ_PROBLEMS = problems(401, 403, 404, 406, 429)
