"""The one-time link that makes the first administrator."""

import os
import stat
import threading
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from accounts.errors import AdministratorExists
from accounts.first_admin import create, setup_link
from accounts.models import User
from tests.accounts.conftest import PASSWORD
from tests.factories.accounts import UserFactory

FORM = {"username": "root", "email": "root@example.org", "password1": PASSWORD, "password2": PASSWORD}


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Path) -> Path:
    settings.DATA_DIR = tmp_path
    return tmp_path


def new_path() -> str:
    link = setup_link("http://127.0.0.1:8000/")
    assert link is not None
    assert link.startswith("http://127.0.0.1:8000/setup/")
    return link.removeprefix("http://127.0.0.1:8000")


@pytest.mark.django_db
def test_link_makes_the_administrator_and_signs_in() -> None:
    path, client = new_path(), Client()
    assert "common/base.css" in client.get(path).text

    answer = client.post(path, FORM)

    assert (answer.status_code, answer.headers["Location"]) == (302, "/")
    user = User.objects.get()
    assert (user.username, user.is_superuser, user.is_staff) == ("root", True, True)
    assert client.get("/admin/").status_code == 200
    fresh = Client()
    assert fresh.post("/accounts/login/", {"login": "root@example.org", "password": PASSWORD}).status_code == 302


@pytest.mark.django_db
def test_link_is_dead_once_an_administrator_exists(folder: Path) -> None:
    path = new_path()
    Client().post(path, FORM)

    assert Client().get(path).status_code == 404
    assert Client().post(path, {**FORM, "username": "two", "email": "two@example.org"}).status_code == 404
    assert setup_link("http://x") is None
    assert User.objects.count() == 1
    User.objects.all().delete()
    assert Client().get(path).status_code == 404, "a used link must not come back to life"
    assert not list(folder.iterdir())


@pytest.mark.django_db
def test_link_is_dead_when_the_administrator_came_from_the_command_line() -> None:
    path = new_path()
    UserFactory(is_superuser=True)

    assert Client().get(path).status_code == 404
    assert Client().post(path, FORM).status_code == 404


@pytest.mark.django_db
@pytest.mark.parametrize("token", ["", "x", "first_administrator", "..%2Fsecret_key", "\x00", "é" * 40])
def test_other_tokens_are_unknown(token: str) -> None:
    new_path()

    assert Client().get(f"/setup/{token}").status_code == 404


@pytest.mark.django_db
def test_newer_link_replaces_the_older_one() -> None:
    older, newer = new_path(), new_path()

    assert Client().get(older).status_code == 404
    assert Client().get(newer).status_code == 200


@pytest.mark.django_db
def test_token_is_kept_as_a_hash_that_only_the_owner_reads(folder: Path) -> None:
    token = new_path().removeprefix("/setup/")

    (file,) = folder.iterdir()
    assert token not in file.read_text()
    assert stat.S_IMODE(os.stat(file).st_mode) == 0o600


@pytest.mark.django_db
def test_wrong_form_keeps_the_link() -> None:
    UserFactory(username="root", email="other@example.org")
    path, client = new_path(), Client()

    taken = client.post(path, FORM)
    weak = client.post(path, {**FORM, "username": "boss", "password1": "123", "password2": "123"})

    assert "field-errors" in taken.text
    assert "field-errors" in weak.text
    assert client.post(path, {**FORM, "username": "boss"}).status_code == 302


@pytest.mark.django_db(transaction=True)
def test_link_opened_by_many_at_once_makes_one() -> None:
    token = new_path().removeprefix("/setup/")
    together, made = threading.Barrier(6), []

    def open_link(number: int) -> None:
        together.wait()
        try:
            made.append(create(token=token, username=f"u{number}", email=f"u{number}@example.org", password=PASSWORD))
        except AdministratorExists:
            pass
        finally:
            connection.close()

    threads = [threading.Thread(target=open_link, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(made) == 1
    assert User.objects.count() == 1


@pytest.mark.django_db
def test_failure_while_creating_keeps_the_link() -> None:
    UserFactory(username="other", email="root@example.org")
    token = new_path().removeprefix("/setup/")

    with pytest.raises(Exception, match=r"(?i)unique|duplicate"):
        create(token=token, username="root", email="root@example.org", password=PASSWORD)

    assert create(token=token, username="root", email="free@example.org", password=PASSWORD).is_superuser
