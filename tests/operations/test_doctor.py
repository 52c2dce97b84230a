"""`manage.py doctor` names what is broken, and the fix."""

import importlib.util
import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from generation.checkpoints import synchronise
from generation.engines.manifests import describe_folder, write_manifest
from generation.models import Checkpoint
from generation.presence import WorkerInfo, announce, announce_housekeeper
from operations.doctor import examine
from operations.doctor_models import broken_models
from operations.findings import Finding, Verdict

pytestmark = pytest.mark.django_db


def findings(check: str) -> list[Finding]:
    return [finding for finding in examine() if finding.check == check]


def test_healthy_installation_with_a_worker_passes() -> None:
    announce(WorkerInfo(name="w1", host="here", pid=1, queues=["cpu"], ready=True))
    announce_housekeeper("h1")
    output = StringIO()

    call_command("doctor", stdout=output)

    assert "FAIL" not in output.getvalue()
    assert all(len(line.split(maxsplit=1)) == 2 for line in output.getvalue().splitlines())


def test_missing_worker_fails_and_names_the_command() -> None:
    (worker,) = findings("workers")

    assert worker.verdict is Verdict.FAIL
    assert "manage.py worker" in worker.fix


def test_host_without_pytorch_is_well_where_workers_run_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    find = importlib.util.find_spec
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None if name == "torch" else find(name))
    (alone,) = findings("device")
    announce(WorkerInfo(name="w1", host="elsewhere", pid=1, queues=["cpu"], ready=True))
    (served,) = findings("device")

    assert (alone.verdict, served.verdict) == (Verdict.FAIL, Verdict.OFF)
    assert alone.fix == "pip install -r requirements-models.txt"


def test_missing_housekeeper_fails_and_names_the_command() -> None:
    (housekeeper,) = findings("housekeeper")

    assert housekeeper.verdict is Verdict.FAIL
    assert "manage.py housekeeper" in housekeeper.fix


def test_json_report_and_exit_status_of_a_broken_installation() -> None:
    output = StringIO()

    with pytest.raises(SystemExit) as ended:
        call_command("doctor", "--json", stdout=output)

    report = json.loads(output.getvalue())
    assert ended.value.code == 1
    assert report["ok"] is False
    assert {"check", "verdict", "detail", "fix"} == set(report["checks"][0])
    assert any(check["check"] == "database" and check["verdict"] == "ok" for check in report["checks"])


def test_redis_that_is_away_is_reported_by_its_setting(
    settings: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from common.redis_client import redis_client

    redis_client.cache_clear()
    settings.REDIS_URL = f"unix://{tmp_path}/nobody.sock"
    try:
        (redis,) = findings("redis")
        settings.EMBEDDED_REDIS = True
        (embedded,) = findings("redis")
    finally:
        redis_client.cache_clear()

    assert (redis.verdict, "REDIS_URL" in redis.fix) == (Verdict.FAIL, True)
    assert (embedded.verdict, embedded.fix) == (Verdict.WARN, "make run")


def test_open_data_folder_is_a_warning_with_the_command(settings: Any, tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    settings.DATA_DIR = tmp_path

    (folder,) = findings("data folder")

    assert (folder.verdict, folder.fix) == (Verdict.WARN, f"chmod 700 {tmp_path}")


def test_readable_secret_key_fails(settings: Any, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path
    path = tmp_path / "secret_key"
    path.write_text("x" * 60)
    path.chmod(0o644)

    (key,) = findings("secret key")

    assert (key.verdict, key.fix) == (Verdict.FAIL, f"chmod 600 {path}")


def test_short_secret_key_fails(settings: Any) -> None:
    settings.SECRET_KEY = "short"

    (key,) = findings("secret key")

    assert key.verdict is Verdict.FAIL
    assert "short" not in key.detail.replace("shorter", "")


class TestModels:
    @pytest.fixture
    def folder(self, settings: Any, tmp_path: Path) -> Path:
        """The one model of the profile, shipped by a repository in `tmp_path`."""
        settings.BASE_DIR, settings.MODELS_DIR, settings.WEIGHTS_DIR = tmp_path, tmp_path, tmp_path / "weights"
        folder = tmp_path / "tiny"
        folder.mkdir()
        (folder / "model_index.json").write_text("{}")
        (folder / "weights.safetensors").write_bytes(b"weights")
        write_manifest(folder, describe_folder(folder))
        entry = {
            "BACKEND": "generation.engines.stable_diffusion.StableDiffusionEngine",
            "QUEUE": "cpu",
            "CHECKPOINT": {"slug": "tiny", "family": "tiny", "source": str(folder)},
        }
        settings.ENGINES = {"image": entry}
        synchronise()
        return folder

    def test_model_that_is_whole_passes(self, folder: Path) -> None:
        assert [finding.verdict for finding in findings("models")] == [Verdict.OK]
        assert broken_models() == []

    def test_demo_profile_says_so_and_how_to_switch(self, folder: Path) -> None:
        (profile,) = findings("profile")

        assert (profile.verdict, "demo models" in profile.detail) == (Verdict.OK, True)
        assert "MODEL_PROFILE=full make run" in profile.fix

    def test_damaged_file_fails_and_is_named(self, folder: Path) -> None:
        (folder / "weights.safetensors").write_bytes(b"weig")

        (model,) = findings("models")

        assert model.verdict is Verdict.FAIL
        assert "weights.safetensors of tiny has 4 of 7 bytes" in model.detail
        assert "git checkout -- tiny" in model.fix
        assert broken_models() == [f"{model.detail} {model.fix}"]

    def test_missing_folder_fails(self, folder: Path) -> None:
        folder.rename(folder.with_name("moved"))

        (model,) = findings("models")

        assert model.verdict is Verdict.FAIL

    def test_demo_model_that_was_never_there_is_a_warning(self, folder: Path) -> None:
        folder.rename(folder.with_name("moved"))
        Checkpoint.objects.filter(slug="tiny").delete()

        (model,) = findings("models")

        assert (model.verdict, broken_models()) == (Verdict.WARN, [])

    def test_model_that_was_not_downloaded_fails_with_the_command(self, folder: Path, settings: Any) -> None:
        settings.MODEL_PROFILE = "full"
        settings.ENGINES["image"]["CHECKPOINT"]["source"] = "nobody/nothing"

        (model,) = findings("models")

        assert (model.verdict, model.fix) == (Verdict.FAIL, "Run `manage.py models download tiny`.")
        assert [finding.fix for finding in findings("profile")] == [""]

    def test_entry_that_cannot_be_read_fails(self, folder: Path, settings: Any) -> None:
        settings.ENGINES = {"image": {"QUEUE": "cpu"}}

        (model,) = findings("models")

        assert (model.verdict, "has no BACKEND" in model.detail) == (Verdict.FAIL, True)


def test_check_that_breaks_is_a_finding_and_the_others_run(monkeypatch: pytest.MonkeyPatch) -> None:
    def explode(path: object) -> None:
        raise RuntimeError("no disk")

    monkeypatch.setattr("shutil.disk_usage", explode)

    (disk,) = findings("disk")

    assert disk.verdict is Verdict.FAIL
    assert findings("database")[0].verdict is Verdict.OK
