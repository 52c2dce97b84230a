"""The settings of object storage: a wrong one stops the start with one sentence, which tells no secret."""

from pathlib import Path

import pytest

from tests.config.test_settings import read

SECRET = "aVeryS3cretKey+that+nobodyMayRead"
KEYS = {"S3_ACCESS_KEY_ID": "AKIAEXAMPLE", "S3_SECRET_ACCESS_KEY": SECRET}


def test_without_a_bucket_there_is_none(tmp_path: Path) -> None:
    done = read(tmp_path, "(sorted(settings.STORAGES), settings.S3_SIGNED_URLS)", S3_SIGNED_URLS="true")

    assert done.stdout.strip() == "(['default', 'staticfiles'], False)", done.stderr


def test_bucket_with_everything(tmp_path: Path) -> None:
    variables = {
        **KEYS,
        "S3_BUCKET": "atelier-content",
        "S3_PREFIX": "studio/one",
        "S3_ENDPOINT_URL": "http://minio:9000/",
        "S3_PUBLIC_ENDPOINT_URL": "https://files.example.org",
        "S3_REGION": "eu-central-1",
        "S3_ADDRESSING_STYLE": "path",
        "S3_TIMEOUT_SECONDS": "7",
        "S3_SIGNED_URLS": "true",
        "S3_SIGNED_URL_SECONDS": "30",
    }
    expected = {
        "bucket_name": "atelier-content",
        "location": "studio/one/",
        "endpoint_url": "http://minio:9000",
        "region_name": "eu-central-1",
        "addressing_style": "path",
        "access_key": "AKIAEXAMPLE",
        "secret_key": "***",
        "timeout": 7,
        "querystring_expire": 30,
    }

    done = read(tmp_path, "(settings.STORAGES['blocks']['OPTIONS'], settings.S3_SIGNED_URLS)", **variables)
    assert done.stdout.strip() == repr((expected, True)), done.stderr
    done = read(tmp_path, "settings.STORAGES['signed-urls']['OPTIONS']['endpoint_url']", **variables)
    assert done.stdout.strip() == "https://files.example.org"


def test_without_keys_a_role_is_used(tmp_path: Path) -> None:
    done = read(tmp_path, "settings.STORAGES['blocks']['OPTIONS']['access_key']", S3_BUCKET="atelier-content")

    assert done.stdout.strip() == "None", done.stderr


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        ({"S3_BUCKET": "no bucket"}, "S3_BUCKET is 'no bucket': give the name of a bucket, such as atelier-content."),
        (KEYS, "S3_BUCKET is not set, but S3_ACCESS_KEY_ID is: name the bucket, or unset the other."),
        (
            {"S3_ENDPOINT_URL": "http://minio:9000"},
            "S3_BUCKET is not set, but S3_ENDPOINT_URL is: name the bucket, or unset the other.",
        ),
        (
            {"S3_BUCKET": "bucket", "S3_SECRET_ACCESS_KEY": SECRET},
            "S3_ACCESS_KEY_ID is not set, but its other half is: set both, or neither to use a role.",
        ),
        (
            {"S3_BUCKET": "bucket", "S3_PREFIX": "../other"},
            "S3_PREFIX is '../other': name a folder such as atelier/ of letters, digits and -_.",
        ),
        (
            {"S3_BUCKET": "bucket", "S3_ENDPOINT_URL": f"https://me:{SECRET}@s3.example.org"},
            "S3_ENDPOINT_URL has parts that it must not have: write an address such as https://s3.example.org, "
            "without a name, password, question mark or #.",
        ),
        (
            {"S3_BUCKET": "bucket", "S3_PUBLIC_ENDPOINT_URL": "s3.example.org"},
            "S3_PUBLIC_ENDPOINT_URL is no address: write an address such as https://s3.example.org, "
            "without a name, password, question mark or #.",
        ),
        (
            {"S3_BUCKET": "bucket", "S3_ADDRESSING_STYLE": "host"},
            "S3_ADDRESSING_STYLE is 'host': choose one of auto, path, virtual.",
        ),
        (
            {"S3_BUCKET": "bucket", "S3_TIMEOUT_SECONDS": "0"},
            "S3_TIMEOUT_SECONDS is 0: give a whole number from 1 to 600.",
        ),
        (
            {"S3_BUCKET": "bucket", "S3_SIGNED_URL_SECONDS": "604801"},
            "S3_SIGNED_URL_SECONDS is 604801: give a whole number from 1 to 604800.",
        ),
        (
            {"S3_BUCKET": "bucket", "S3_SIGNED_URLS": "perhaps"},
            "S3_SIGNED_URLS is 'perhaps': choose one of true, false.",
        ),
    ],
)
def test_wrong_setting(tmp_path: Path, variables: dict[str, str], sentence: str) -> None:
    done = read(tmp_path, "1", **variables)

    assert done.returncode == 1
    assert done.stderr.strip() == sentence
    assert SECRET not in done.stderr
