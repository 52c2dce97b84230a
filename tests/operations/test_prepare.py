"""`manage.py prepare` does what is needed, and nothing the second time."""

from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client

from accounts.models import User

pytestmark = pytest.mark.django_db


def test_static_files_are_collected_once_and_again_after_a_change(
    settings: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = tmp_path / "source"
    source.mkdir()
    (source / "a.css").write_text("a {}")
    settings.DATA_DIR = tmp_path
    settings.STATIC_ROOT = tmp_path / "static"
    settings.STATICFILES_DIRS = [source]
    settings.STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder"]
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }

    outputs = []
    for text in ("a {}", "a {}", "a { color: red }"):
        if (source / "a.css").read_text() != text:
            (source / "a.css").write_text(text)
        call_command("prepare")
        outputs.append(capsys.readouterr().out)

    assert outputs == ["Collecting static files.\n", "", "Collecting static files.\n"]
    assert (tmp_path / "static" / "a.css").read_text() == "a { color: red }"


def test_setup_link_is_printed_until_there_is_an_administrator(
    settings: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str], client: Client
) -> None:
    settings.DATA_DIR, settings.STATIC_ROOT = tmp_path, tmp_path / "static"
    settings.STATICFILES_FINDERS, settings.PUBLIC_URL = [], "https://atelier.example.org"
    call_command("prepare", "--setup-link")
    link = capsys.readouterr().out.splitlines()[-1].rpartition(" ")[2]

    assert link.startswith("https://atelier.example.org/setup/")
    assert client.get(link.removeprefix("https://atelier.example.org")).status_code == 200
    User.objects.create_superuser(username="ada", email="ada@example.org", password="a-long-passphrase-9")
    call_command("prepare", "--setup-link")
    assert "/setup/" not in capsys.readouterr().out
