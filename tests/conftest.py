"""Every test process has a data folder, a Redis and a database of its own, and no network.

The environment is set while this file is imported: pytest-django loads the settings only after the conftest files.
"""

import logging
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import django
import pytest

from common.embedded_redis import prepare_folder, server_command
from tests.support.children import die_with_parent
from tests.support.environment import atelier_variables
from tests.support.mariadb import PrivateMariaDB
from tests.support.network import close_network

# Under xdist each worker comes here too, and must not take its controller's folder.
_FOLDER = Path(tempfile.mkdtemp(prefix="atelier-test-"))
_REDIS_SOCKET = _FOLDER / "redis" / "redis.sock"


def _clean_environment() -> None:
    # What a developer has set for running Atelier must not change what the tests see.
    for name in atelier_variables():
        os.environ.pop(name, None)
    os.environ.update(
        ATELIER_ENV_FILE="",
        ATELIER_DATA_DIR=str(_FOLDER / "data"),
        SECRET_KEY="only-for-tests-" + "x" * 50,
        REDIS_URL=f"unix://{_REDIS_SOCKET}",
        DJANGO_SETTINGS_MODULE="config.settings",
        HF_HUB_OFFLINE="1",
        TRANSFORMERS_OFFLINE="1",
        GOMP_SPINCOUNT="0",  # tests share their cores: threads that spin would starve each other
    )


_clean_environment()
close_network()
logging.getLogger("httpx").setLevel(logging.WARNING)
_mariadb: PrivateMariaDB | None = None
if os.environ.get("ATELIER_TEST_DATABASE") == "mariadb":
    _mariadb = PrivateMariaDB()
    os.environ["DATABASE_URL"] = _mariadb.url()
django.setup()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_setupnodes() -> None:
    """Before xdist starts its workers: with this variable they would load the settings early, of this folder."""
    os.environ.pop("DJANGO_SETTINGS_MODULE", None)


def pytest_unconfigure(config: pytest.Config) -> None:
    if _mariadb is not None:
        _mariadb.stop()
    shutil.rmtree(_FOLDER, ignore_errors=True)


@pytest.fixture(scope="session", autouse=True)
def redis_server() -> Iterator[str]:
    """A real Redis for this test process alone; yields its URL, which is also settings.REDIS_URL."""
    import redis

    prepare_folder(_REDIS_SOCKET)
    log = (_FOLDER / "redis.log").open("wb")
    process = subprocess.Popen(
        server_command(_REDIS_SOCKET), stdout=log, stderr=log, stdin=subprocess.DEVNULL, preexec_fn=die_with_parent()
    )
    client = redis.Redis(unix_socket_path=str(_REDIS_SOCKET))
    deadline = time.monotonic() + 20
    while True:
        try:
            client.ping()
            break
        except redis.ConnectionError:
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"redis-server did not start: {(_FOLDER / 'redis.log').read_text()}") from None
            time.sleep(0.01)
    client.close()
    yield os.environ["REDIS_URL"]
    process.terminate()
    process.wait(timeout=20)
    log.close()


@pytest.fixture(autouse=True)
def _clean_state(redis_server: str) -> None:
    """Each test starts with an empty Redis and an empty cache (throttles count there)."""
    import redis
    from django.core.cache import cache

    with redis.Redis.from_url(redis_server) as client:
        client.flushall()
    cache.clear()


@pytest.fixture(autouse=True)
def _plain_static_files(settings: Any) -> None:
    """Pages name static files by their plain names: nothing is collected for a test."""
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = {**settings.STORAGES, "staticfiles": plain}


@pytest.fixture(scope="session")
def mariadb() -> Iterator[PrivateMariaDB]:
    """A private MariaDB server: for tests that run real processes against it (`mariadb.create("name")` → URL)."""
    if _mariadb is not None:
        yield _mariadb
        return
    server = PrivateMariaDB()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def tiny_pipeline(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a Stable Diffusion of random weights (1.5 MB, made in seconds, not to be changed)."""
    from tests.support.tiny_pipeline import make_tiny_pipeline

    return make_tiny_pipeline(tmp_path_factory.mktemp("models") / "tiny-stable-diffusion")
