"""Object storage: which bucket holds content, as Django's `STORAGES` names it."""

import re
from typing import Any

import environ

from common.secret import Secret
from config.environment import WrongSetting, address, choice, number

BLOCKS = "blocks"
SIGNED_URLS = "signed-urls"
_EXAMPLE = "https://s3.example.org"
_BACKEND = "content.storage.bucket.SharedS3Storage"
# What AWS has ever allowed; other services allow less, and say so.
_BUCKET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,253}[A-Za-z0-9]", re.ASCII)
# Characters that need no escaping in a key, in folders whose names are no dots.
_PREFIX = re.compile(r"(?:(?!\.+/)[A-Za-z0-9!_.*'()-]+/)*", re.ASCII)


def object_storages(env: environ.Env) -> dict[str, dict[str, Any]]:
    """Entries of `STORAGES`: `blocks`, and `signed-urls` as clients reach the same bucket; none without `S3_BUCKET`.

    Raises `WrongSetting`, whose sentence never holds a secret.
    """
    bucket = env.str("S3_BUCKET", default="")
    endpoint = address(env, "S3_ENDPOINT_URL", example=_EXAMPLE)
    public = address(env, "S3_PUBLIC_ENDPOINT_URL", example=_EXAMPLE)
    key, secret = env.str("S3_ACCESS_KEY_ID", default=""), env.str("S3_SECRET_ACCESS_KEY", default="")
    options = {
        "bucket_name": bucket,
        "location": _prefix(env.str("S3_PREFIX", default="")),
        "endpoint_url": endpoint or None,
        "region_name": env.str("S3_REGION", default="") or None,
        "addressing_style": choice(env, "S3_ADDRESSING_STYLE", "auto", ("auto", "path", "virtual")),
        "access_key": key or None,
        "secret_key": Secret(secret) if secret else None,
        "timeout": number(env, "S3_TIMEOUT_SECONDS", 20, 1, 600),
        "querystring_expire": number(env, "S3_SIGNED_URL_SECONDS", 60, 1, 7 * 86_400),
    }
    if bool(key) != bool(secret):
        missing = "S3_SECRET_ACCESS_KEY" if key else "S3_ACCESS_KEY_ID"
        raise WrongSetting(missing, "is not set, but its other half is", "set both, or neither to use a role.")
    if not bucket:
        if endpoint or key:
            named = "S3_ENDPOINT_URL" if endpoint else "S3_ACCESS_KEY_ID"
            raise WrongSetting("S3_BUCKET", f"is not set, but {named} is", "name the bucket, or unset the other.")
        return {}
    if not _BUCKET.fullmatch(bucket):
        raise WrongSetting("S3_BUCKET", f"is {bucket!r}", "give the name of a bucket, such as atelier-content.")
    seen = {**options, "endpoint_url": public or options["endpoint_url"]}
    return {
        BLOCKS: {"BACKEND": _BACKEND, "OPTIONS": options},
        SIGNED_URLS: {"BACKEND": _BACKEND, "OPTIONS": seen},
    }


def signs_urls(env: environ.Env) -> bool:
    """Whether programs are sent to the bucket for private files of one block."""
    wanted = choice(env, "S3_SIGNED_URLS", "false", ("true", "false")) == "true"
    return wanted and bool(env.str("S3_BUCKET", default=""))


def _prefix(value: str) -> str:
    folder = f"{value.rstrip('/')}/" if value else ""
    if not _PREFIX.fullmatch(folder) or len(folder) > 512:
        raise WrongSetting("S3_PREFIX", f"is {value!r}", "name a folder such as atelier/ of letters, digits and -_.")
    return folder
