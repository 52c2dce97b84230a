"""The lines of `manage.py doctor` about where content lies: can the bucket be reached, written, read and cleaned?"""

import hashlib
import secrets
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

from content.errors import StorageFull, StorageUnavailable
from operations.findings import Finding, Verdict

_FIXES = {
    "NoSuchBucket": "Make the bucket, or correct S3_BUCKET (and S3_ENDPOINT_URL, S3_REGION).",
    "InvalidAccessKeyId": "Correct S3_ACCESS_KEY_ID.",
    "SignatureDoesNotMatch": "Correct S3_SECRET_ACCESS_KEY.",
    "AccessDenied": "Allow that key s3:PutObject, s3:GetObject and s3:DeleteObject on the objects, and s3:ListBucket.",
    "RequestTimeTooSkewed": "Set the clock of this machine.",
    "PermanentRedirect": "Correct S3_REGION: the bucket is in another.",
    "AuthorizationHeaderMalformed": "Correct S3_REGION: the bucket is in another.",
    "NoCredentialsError": "Set S3_ACCESS_KEY_ID and S3_SECRET_ACCESS_KEY, or give this machine a role.",
    "SSLError": "Correct the certificate of S3_ENDPOINT_URL's server, or the address.",
}
_UNREACHABLE = "Start the storage, or correct S3_ENDPOINT_URL and S3_REGION."


def examine_storage() -> Iterator[Finding]:
    """One line, and one more for what was left on the disk. Leaves nothing in the bucket."""
    if "blocks" not in settings.STORAGES:
        yield Finding(
            "object storage",
            Verdict.OFF,
            f"content lies in {settings.BLOCKS_DIR}",
            "Set S3_BUCKET to keep it in an S3-compatible bucket: docs/operators.md.",
        )
        return
    yield _of_bucket()
    if any(Path(settings.BLOCKS_DIR).glob("[0-9a-f][0-9a-f]/*")):
        yield Finding(
            "object storage",
            Verdict.WARN,
            f"blocks lie in {settings.BLOCKS_DIR}, where nobody looks for them",
            "manage.py content move --to s3, then manage.py content check, then remove that folder",
        )


def _of_bucket() -> Finding:
    # Here, as boto3 takes a second and only this needs it.
    from content.storage.objects import configured_bucket

    bucket, data = configured_bucket(), secrets.token_bytes(32)
    name, verb = f"doctor/{data.hex()}", "write"
    try:
        bucket.put(name, data, sha256=hashlib.sha256(data).digest())
        verb = "read"
        if bucket.get(name, limit=64) != data:
            raise StorageUnavailable(cause="other bytes came back")
        verb = "list"
        if not any(entry.name == name for page in bucket.pages("doctor/") for entry in page):
            raise StorageUnavailable(cause="what was written is not listed")
        verb = "delete"
        bucket.delete(name)
    except StorageFull:
        return Finding("object storage", Verdict.FAIL, f"{bucket.name} is full", "Make room in the bucket.")
    except StorageUnavailable as error:
        fix = next((text for code, text in _FIXES.items() if error.cause.endswith(f" {code}")), _UNREACHABLE)
        return Finding("object storage", Verdict.FAIL, f"{bucket.name}: cannot {verb} ({error.cause})", fix)
    return Finding("object storage", Verdict.OK, f"{bucket.name}: can write, read, list and delete")
