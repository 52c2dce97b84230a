"""Migrations forwards, backwards, and over rows of an earlier version, on the database of this pass."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.processes import RunningAtelier

pytestmark = pytest.mark.processes

# The last migrations before lists, previews, pins and parents.
EARLIER = {"content": "0002", "generation": "0006"}

CHECK = """
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

def assert_no_drift():
    call_command("makemigrations", check_changes=True, dry_run=True, verbosity=0)  # SystemExit where there is some
    executor = MigrationExecutor(connection)
    assert not executor.migration_plan(executor.loader.graph.leaf_nodes())
"""

# Rows as that version wrote them, with what is hard to keep: emoji, accents, microseconds, nested JSON, the longest
# names. Historical models, so that this program says the same whatever the models become.
WRITE = """
import uuid
from datetime import datetime, UTC
from django.db import connection
from django.db.migrations.loader import MigrationLoader

loader = MigrationLoader(connection)
state = loader.project_state([key for key in loader.applied_migrations if key in loader.graph.nodes])
def model(label, name):
    return state.apps.get_model(label, name)

moment = datetime(2026, 11, 1, 8, 0, 0, 123456, tzinfo=UTC)
user = model("accounts", "User").objects.create(username="ada", email="ada@example.org", preferences={"emoji": "🎨"})
parent = "bafkreickheelk6yssapvprv3hrihn445v2yywexmsgxfl7wcprppyqyt6u"
provenance = {"model": "demo", "seed": 7, "parents": [parent], "parameters": {"prompt": "É 🔴", "nested": [1.5, None]}}
content = model("content", "Content").objects.create(
    owner=user, cid="bafkrei" + "q" * 121, kind="image", media_type="image/png", size_bytes=2**40, width=4, height=3,
    prompt="Ein Leuchtturm 🔴 am Café", provenance=provenance, visibility="public")
model("content", "Content").objects.filter(pk=content.pk).update(created_at=moment)
model("content", "Tag").objects.create(content=content, name="rot 🔴")
checkpoint = model("generation", "Checkpoint").objects.create(
    slug="of-then", capability="image", family="sd15", source="of/then")
model("generation", "Job").objects.create(
    owner=user, kind="image", queue="cpu", checkpoint=checkpoint, params={"prompt": "É 🔴"}, batch_key="a" * 64,
    idempotency_key="K" * 255, request_hash="b" * 64, created_at=moment, webhook="https://example.org/" + "w" * 1980)
"""

READ = """
import json
from accounts.models import User
from content.models import Content
from generation.models import Job

user, content, job = User.objects.get(), Content.objects.get(), Job.objects.get()
print(json.dumps({
    "preferences": user.preferences,
    "prompt": content.prompt,
    "created_at": content.created_at.isoformat(),
    "provenance": content.provenance,
    "size": content.size_bytes,
    "tags": list(content.tags.values_list("name", flat=True)),
    "found": Content.objects.filter(tags__name="rot 🔴", owner=user).count(),
    "found_not": Content.objects.filter(tags__name="rot 🔵", owner=user).count(),
    "parents": list(content.parents.values_list("cid", flat=True)),
    "seed": content.seed,
    "params": job.params,
    "key": job.idempotency_key,
    "webhook": len(job.webhook),
    "job_at": job.created_at.isoformat(),
}))
"""


@pytest.fixture
def atelier() -> Iterator[RunningAtelier]:
    """An Atelier with a database without tables, that is never started."""
    made = RunningAtelier()
    yield made
    made.close()


def shell(atelier: RunningAtelier, program: str) -> str:
    return atelier.manage("shell", "--no-imports", "-c", program, timeout=500).stdout


def test_from_zero_back_to_zero_and_forward_again(atelier: RunningAtelier) -> None:
    program = """
from accounts.models import User

call_command("migrate", verbosity=0)
assert_no_drift()
for app in ("generation", "content", "analysis", "accounts"):
    call_command("migrate", app, "zero", verbosity=0)
assert User._meta.db_table not in connection.introspection.table_names()
call_command("migrate", verbosity=0)
assert_no_drift()
print("done")
"""

    assert shell(atelier, CHECK + program).strip() == "done"


def test_rows_of_an_earlier_version_are_kept(atelier: RunningAtelier) -> None:
    back_then = "".join(f"call_command('migrate', {app!r}, {name!r}, verbosity=0)\n" for app, name in EARLIER.items())
    forward = "call_command('migrate', verbosity=0)\nassert_no_drift()\n"

    found: dict[str, Any] = json.loads(shell(atelier, CHECK + back_then + WRITE + forward + READ))

    moment = "2026-11-01T08:00:00.123456+00:00"
    parent = "bafkreickheelk6yssapvprv3hrihn445v2yywexmsgxfl7wcprppyqyt6u"
    assert found == {
        "preferences": {"emoji": "🎨"},
        "prompt": "Ein Leuchtturm 🔴 am Café",
        "created_at": moment,
        "provenance": {
            "model": "demo",
            "seed": 7,
            "parents": [parent],
            "parameters": {"prompt": "É 🔴", "nested": [1.5, None]},
        },
        "size": 2**40,
        "tags": ["rot 🔴"],
        "found": 1,
        "found_not": 0,
        "parents": [parent],
        "seed": 7,
        "params": {"prompt": "É 🔴"},
        "key": "K" * 255,
        "webhook": 2000,
        "job_at": moment,
    }
