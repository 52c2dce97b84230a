"""`manage.py start` runs the profile that is set now, not the one of the last `prepare`."""

from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from generation.models import Checkpoint
from operations.management.commands import start
from tests.support.processes import free_port

pytestmark = pytest.mark.django_db


def test_models_of_another_profile_are_registered(
    settings: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    async def supervise(command: start.Command) -> None:
        """No children here."""

    monkeypatch.setattr(start.Command, "_supervise", supervise)
    settings.DATA_DIR, settings.PORT = tmp_path, free_port()
    checkpoint = {"slug": "large", "family": "sd15", "source": "maker/large"}
    settings.ENGINES = {"image": {"BACKEND": "a.B", "QUEUE": "gpu", "CHECKPOINT": checkpoint}}

    call_command("start")

    assert Checkpoint.objects.get(default_for="image").slug == "large"
