"""Every test process has a data folder, a Redis and a database of its own, and no network.

The environment is set while this file is imported: pytest-django loads the settings only after the conftest files.
"""

import logging
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import django
import pytest

from tests.support import passes, processes, schedule
from tests.support.environment import atelier_variables
from tests.support.mariadb import PrivateMariaDB, use_for_all_tests
from tests.support.network import close_network
from tests.support.redis_server import PrivateRedis

# Under xdist each worker comes here too, and must not take its controller's folder.
_FOLDER = Path(tempfile.mkdtemp(prefix="atelier-test-"))


def _clean_environment() -> None:
    # What a developer has set for running Atelier must not change what the tests see.
    for name in atelier_variables():
        os.environ.pop(name, None)
    os.environ.update(
        ATELIER_ENV_FILE="",
        ATELIER_DATA_DIR=str(_FOLDER / "data"),
        SECRET_KEY="only-for-tests-" + "x" * 50,
        REDIS_URL=PrivateRedis(_FOLDER).url,
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
    _mariadb = use_for_all_tests()
    os.environ["DATABASE_URL"] = _mariadb.url()
django.setup()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    passes.keep_those_of_this_pass(config, items)
    schedule.first(items)
    for item in items:
        if passes.starts_processes(item):
            # Whatever these wait for has a limit of its own.
            item.add_marker(pytest.mark.timeout(processes.SECONDS_OF_A_TEST), append=False)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> schedule.InTurn:
    return schedule.InTurn(config, log)


def pytest_runtest_setup(item: pytest.Item) -> None:
    processes.permitted = passes.starts_processes(item)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_setupnodes() -> None:
    """Before xdist starts its workers: with this variable they would load the settings early, of this folder."""
    os.environ.pop("DJANGO_SETTINGS_MODULE", None)


def pytest_unconfigure(config: pytest.Config) -> None:
    if _mariadb is not None:
        _mariadb.stop()
    shutil.rmtree(_FOLDER, ignore_errors=True)


@pytest.fixture(scope="session", autouse=True)
def _database_server() -> None:
    """Not started before there are tests to run: xdist's controller, which comes here too, has none."""
    if _mariadb is not None:
        _mariadb.start()


@pytest.fixture(scope="session", autouse=True)
def redis_server() -> Iterator[str]:
    """A real Redis for this test process alone; yields its URL, which is also settings.REDIS_URL."""
    server = PrivateRedis(_FOLDER)
    server.start()
    yield server.url
    server.kill()


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
def mariadb() -> PrivateMariaDB:
    """The server, for tests that are about MariaDB or make databases of their own on it: `mariadb.create("name")`.

    They run in the pass on MariaDB alone.
    """
    assert _mariadb is not None, "ATELIER_TEST_DATABASE=mariadb"
    return _mariadb


@pytest.fixture(scope="session")
def s3_server() -> Iterator[Any]:
    """moto's server of S3, in a process of its own."""
    from tests.support.object_storage import ObjectStorage

    server = ObjectStorage()
    yield server
    server.stop()


@pytest.fixture
def object_storage(s3_server: Any) -> Any:
    """An `ObjectStorage` with an empty bucket."""
    s3_server.reset()
    return s3_server


@pytest.fixture(scope="session")
def tiny_pipeline(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a Stable Diffusion of random weights (1.5 MB, made in seconds, not to be changed)."""
    from tests.support.tiny_pipeline import make_tiny_pipeline

    return make_tiny_pipeline(tmp_path_factory.mktemp("models") / "tiny-stable-diffusion")


@pytest.fixture(scope="session")
def ipfs_server() -> Iterator[Any]:
    """A real IPFS node on loopback (`tests.support.ipfs_node.PrivateIpfsNode`); starts where a test first wants it."""
    from tests.support.ipfs_node import PrivateIpfsNode

    with PrivateIpfsNode() as node:
        yield node
