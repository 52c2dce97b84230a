"""Which limit a path has."""

import pytest

from operations.body_limits import MULTIPART_OVERHEAD_BYTES, BodyLimits

LIMITS = BodyLimits(plain=1, json_with_image=2, one_image=3, several_images=4, lora=5)
JSON = b"application/json"
FORM = b"multipart/form-data; boundary=x"


@pytest.mark.parametrize(
    ("path", "content_type", "limit"),
    [
        (b"/generate", JSON, 1),
        (b"/generate", FORM, 1),
        (b"/accounts/login/", b"application/x-www-form-urlencoded", 1),
        (b"/no/such/path", b"", 1),
        (b"/analyze", JSON, 2),
        (b"/api/v1/jobs", JSON, 2),
        (b"/api/v1/jobs?status=queued", JSON, 2),
        (b"/api/v1/jobs/1/cancel", JSON, 1),
        (b"/%61nalyze", JSON, 2),
        (b"/analyze", FORM, 1),
        (b"/generate/image/image", FORM, 3 + MULTIPART_OVERHEAD_BYTES),
        (b"/generate/image/image", b"Multipart/Form-Data", 3 + MULTIPART_OVERHEAD_BYTES),
        (b"/generate/image/image", JSON, 1),
        (b"/api/v1/contents", FORM, 3 + MULTIPART_OVERHEAD_BYTES),
        (b"/api/v1/models/ada/train", FORM, 4 + MULTIPART_OVERHEAD_BYTES),
        (b"/api/v1/models/bob/ada/train", FORM, 4 + MULTIPART_OVERHEAD_BYTES),
        (b"/api/v1/models", FORM, 5 + MULTIPART_OVERHEAD_BYTES),
        (b"/api/v1/models", JSON, 1),
        (b"/models", FORM, 5 + MULTIPART_OVERHEAD_BYTES),
        (b"/models/ada/delete", FORM, 1),
        (b"/api/v1/models/ada", FORM, 1),
        (b"/v1/images/edits", FORM, 4 + MULTIPART_OVERHEAD_BYTES),
        (b"/\xff\xfe", JSON, 1),
        (b"*", JSON, 1),
    ],
)
def test_limit_of_path(path: bytes, content_type: bytes, limit: int) -> None:
    assert LIMITS.limit_for(path, content_type) == limit
