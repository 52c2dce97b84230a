"""A wrong setting stops the start with one sentence that names it and the remedy."""

import os
import subprocess
import sys
from ipaddress import ip_network
from pathlib import Path

import pytest

from tests.support.processes import ROOT


def read(tmp_path: Path, expression: str, **variables: str) -> "subprocess.CompletedProcess[str]":
    """Load the settings in a process of its own and print `expression`."""
    environment = {**os.environ, "ATELIER_DATA_DIR": str(tmp_path), **variables}
    code = f"import config.settings as settings; print({expression})"
    return subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )


def test_webhook_networks_are_read(tmp_path: Path) -> None:
    networks = " 10.0.0.0/8, fd00::/8 ,127.0.0.1"

    done = read(tmp_path, "settings.WEBHOOK_ALLOWED_NETWORKS", WEBHOOK_ALLOWED_NETWORKS=networks)

    expected = [ip_network(text) for text in ("10.0.0.0/8", "fd00::/8", "127.0.0.1/32")]
    assert done.stdout.strip() == repr(expected), done.stderr


@pytest.mark.parametrize("value", ["localhost", "10.0.0.1/8", "10.0.0.0/33", "everything"])
def test_webhook_networks_that_are_none(tmp_path: Path, value: str) -> None:
    done = read(tmp_path, "1", WEBHOOK_ALLOWED_NETWORKS=value)

    assert done.returncode == 1
    (sentence,) = done.stderr.splitlines()
    assert sentence == (
        f"WEBHOOK_ALLOWED_NETWORKS has a value that cannot be used ('{value}'): write networks separated by commas, "
        "such as 10.0.0.0/8,192.168.1.7/32,fd00::/8."
    )


@pytest.mark.parametrize("variable", ["PUBLIC_URL", "HF_ENDPOINT", "COHERE_BASE_URL", "S3_ENDPOINT_URL"])
@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ("atelier.example.org", "is no address"),
        ("https://", "is no address"),
        ("https://[::1", "is no address"),
        ("https://ada:secret@atelier.example.org", "has parts that it must not have"),
    ],
)
def test_addresses_that_are_none(tmp_path: Path, variable: str, value: str, problem: str) -> None:
    done = read(tmp_path, "1", **{variable: value})

    assert done.returncode == 1
    (sentence,) = done.stderr.splitlines()
    assert sentence.startswith(f"{variable} {problem}: write an address such as https://")
    assert "secret" not in sentence


def test_address_loses_the_slash_at_its_end(tmp_path: Path) -> None:
    done = read(tmp_path, "settings.PUBLIC_URL", PUBLIC_URL="https://atelier.example.org/studio/")

    assert done.stdout.strip() == "https://atelier.example.org/studio"


def test_password_of_a_database_is_not_repeated(tmp_path: Path) -> None:
    done = read(tmp_path, "1", DATABASE_URL="mysql://ada:secret@db.example.org:port/atelier")

    assert done.returncode == 1
    assert "DATABASE_URL" in done.stderr
    assert "secret" not in done.stderr
