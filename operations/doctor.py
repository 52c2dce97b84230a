"""What could be wrong with this installation, and the exact fix. Works whether Atelier is running or not."""

import importlib.util
import os
import shutil
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import cast

import redis
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from common.embedded_redis import server_executable, socket_path
from common.redis_client import redis_client
from generation.engines.errors import EngineLoadError
from generation.presence import live_housekeepers, live_workers
from operations.character_set import examine_character_set
from operations.doctor_ipfs import examine_ipfs
from operations.doctor_models import examine_defaults, examine_models
from operations.doctor_providers import examine_providers
from operations.doctor_storage import examine_storage
from operations.findings import Finding, Verdict

_SCARCE_BYTES = 2 * 2**30
_TOO_FEW_BYTES = 200 * 2**20
_SHORTEST_SECRET = 32
_START = "make run"


def examine() -> Iterator[Finding]:
    """Every finding, as it is made. Never raises for something that is broken."""
    for name, check in _CHECKS.items():
        try:
            yield from check()
        except Exception as error:  # A check that breaks is a finding, and the others still run.
            yield Finding(name, Verdict.FAIL, f"The check itself failed: {error!r}", "Report this line as a bug.")


def _data_folder() -> Iterator[Finding]:
    folder: Path = settings.DATA_DIR
    mode = stat.S_IMODE(folder.stat().st_mode)
    if not os.access(folder, os.W_OK | os.X_OK):
        yield Finding("data folder", Verdict.FAIL, f"{folder} is not writable", f"chown {os.getuid()} {folder}")
    elif mode & 0o077:
        yield Finding(
            "data folder", Verdict.WARN, f"{folder} can be read by others ({mode:04o})", f"chmod 700 {folder}"
        )
    else:
        yield Finding("data folder", Verdict.OK, str(folder))


def _disk() -> Iterator[Finding]:
    free = shutil.disk_usage(settings.DATA_DIR).free
    detail = f"{free / 2**30:.1f} GiB free"
    fix = f"Free space on the file system of {settings.DATA_DIR}, or set ATELIER_DATA_DIR to a larger one."
    if free < _TOO_FEW_BYTES:
        yield Finding("disk", Verdict.FAIL, detail, fix)
    elif free < _SCARCE_BYTES:
        yield Finding("disk", Verdict.WARN, detail, fix)
    else:
        yield Finding("disk", Verdict.OK, detail)


def _secret_key() -> Iterator[Finding]:
    path = settings.DATA_DIR / "secret_key"
    fix = "Remove SECRET_KEY from the environment and .env: a good one is made and kept in the data folder."
    if len(settings.SECRET_KEY) < _SHORTEST_SECRET:
        yield Finding("secret key", Verdict.FAIL, f"SECRET_KEY is shorter than {_SHORTEST_SECRET} characters", fix)
    elif path.exists() and stat.S_IMODE(path.stat().st_mode) & 0o077:
        yield Finding("secret key", Verdict.FAIL, f"{path} can be read by others", f"chmod 600 {path}")
    else:
        yield Finding("secret key", Verdict.OK, "set")
    if settings.DEBUG:
        yield Finding("debug", Verdict.WARN, "DEBUG is on: error pages show source and settings", "Unset DEBUG.")


def _database() -> Iterator[Finding]:
    try:
        connection.ensure_connection()
        connection.check_database_version_supported()
        executor = MigrationExecutor(connection)
    except (DatabaseError, ImproperlyConfigured) as error:
        fix = "Start the database server, or correct DATABASE_URL."
        yield Finding("database", Verdict.FAIL, f"{connection.vendor} does not answer: {_first_line(error)}", fix)
        return
    version = ".".join(str(part) for part in connection.get_database_version())
    yield Finding("database", Verdict.OK, f"{connection.display_name} {version}")
    yield from examine_character_set()
    missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if missing:
        yield Finding("migrations", Verdict.FAIL, f"{len(missing)} are not applied", "Stop Atelier, then: make run")
    else:
        yield Finding("migrations", Verdict.OK, "all applied")


def _mysql() -> Iterator[Finding]:
    if importlib.util.find_spec("MySQLdb") is None:
        # Only ever optional here: with DATABASE_URL=mysql://… the settings stop before, with the same fix.
        yield Finding(
            "MySQL client",
            Verdict.OFF,
            "mysqlclient is not installed; only DATABASE_URL=mysql://… needs it",
            "apt-get install pkg-config default-libmysqlclient-dev gcc python3-dev, "
            "then pip install -r requirements-mysql.txt",
        )
    else:
        yield Finding("MySQL client", Verdict.OK, "mysqlclient is installed")


def _redis_and_workers() -> Iterator[Finding]:
    try:
        version = redis_client().info("server")["redis_version"]
        workers = live_workers()
        housekeepers = live_housekeepers()
    except redis.RedisError as error:
        yield _redis_away(error)
        return
    place = f"embedded, {socket_path(settings.DATA_DIR)}" if settings.EMBEDDED_REDIS else "of REDIS_URL"
    yield Finding("redis", Verdict.OK, f"Redis {version}, {place}")
    if not workers:
        fix = f"{_START}, or on another host: python manage.py worker --queues gpu,cpu"
        yield Finding("workers", Verdict.FAIL, "no inference worker is running", fix)
    for worker in workers:
        state = "ready" if worker.ready else "loading models"
        detail = f"{worker.name} on {worker.device}: {state}, {worker.memory_bytes / 2**20:.0f} MiB"
        yield Finding("workers", Verdict.OK, f"{detail}, queues {', '.join(worker.queues)}")
    if housekeepers:
        yield Finding("housekeeper", Verdict.OK, ", ".join(sorted(housekeepers)))
    else:
        detail = "none is running: jobs of dead workers do not come back, webhooks and content wait"
        yield Finding("housekeeper", Verdict.FAIL, detail, f"{_START}, or: python manage.py housekeeper")


def _redis_away(error: redis.RedisError) -> Finding:
    if not settings.EMBEDDED_REDIS:
        fix = "Start that Redis, correct REDIS_URL, or unset REDIS_URL to use the embedded one."
        return Finding("redis", Verdict.FAIL, f"The Redis of REDIS_URL does not answer: {_first_line(error)}", fix)
    try:
        server_executable()
    except FileNotFoundError as missing:
        return Finding("redis", Verdict.FAIL, str(missing), "pip install -r requirements.txt, or set REDIS_URL")
    return Finding("redis", Verdict.WARN, "Atelier is not running: no Redis, no workers", _START)


def _device() -> Iterator[Finding]:
    if importlib.util.find_spec("torch") is None:
        yield _no_torch()
        return
    from generation.engines.devices import UseGpu, choose_device

    try:
        device = choose_device(cast(UseGpu, settings.USE_GPU))
    except EngineLoadError as error:
        yield Finding("device", Verdict.FAIL, error.message, "Set USE_GPU to auto, or install the GPU's driver.")
        return
    yield Finding("device", Verdict.OK, f"{device.name}, {device.dtype}, {device.memory_bytes / 2**30:.0f} GiB")


def _no_torch() -> Finding:
    """Nothing is wrong with a host that runs the web process and leaves the models to others."""
    try:
        elsewhere = bool(live_workers())
    except redis.RedisError:
        elsewhere = False
    verdict = Verdict.OFF if elsewhere else Verdict.FAIL
    fix = "pip install -r requirements-models.txt"
    return Finding("device", verdict, "PyTorch is not installed: no worker can run here", fix)


def _optional() -> Iterator[Finding]:
    def optional(name: str, is_set: bool, use: str, fix: str) -> Finding:
        return Finding(name, Verdict.OK, "set") if is_set else Finding(name, Verdict.OFF, use, fix)

    yield optional(
        "PUBLIC_URL",
        bool(settings.PUBLIC_URL),
        "links use the request's host; cookies are for plain HTTP",
        "Set it to the https address that people open.",
    )
    sends_mail = not settings.EMAIL_BACKEND.endswith("console.EmailBackend")
    yield optional(
        "EMAIL_URL", sends_mail, "mails are printed in the log", "Set it to smtp+tls://USER:PASSWORD@HOST:587."
    )
    yield optional("METRICS_TOKEN", bool(settings.METRICS_TOKEN), "only staff see /metrics", "Set it for Prometheus.")
    yield optional("HF_TOKEN", bool(settings.HF_TOKEN), "only public models are reachable", "Set it for gated models.")


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0]


_CHECKS: dict[str, Callable[[], Iterator[Finding]]] = {
    "data folder": _data_folder,
    "disk": _disk,
    "secret key": _secret_key,
    "database": _database,
    "MySQL client": _mysql,
    "redis": _redis_and_workers,
    "device": _device,
    "models": examine_models,
    "defaults": examine_defaults,
    "providers": examine_providers,
    "ipfs": examine_ipfs,
    "object storage": examine_storage,
    "optional settings": _optional,
}
