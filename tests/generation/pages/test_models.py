"""`/models`: what there is, where it is loaded, and one's own models."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.models import User
from generation.models import Checkpoint, PersonalModel
from generation.personal import files
from generation.presence import WorkerInfo, announce
from tests.factories.accounts import QuotaFactory
from tests.factories.generation import PersonalModelFactory
from tests.generation.personal.test_aliases import TRAVERSALS
from tests.support.loras import lora_bytes
from tests.support.pages import MOST_QUERIES, PAYLOADS, inline_code

PAGE = "/models"


@pytest.fixture(autouse=True)
def _tiny_checkpoint(db: None, tiny_pipeline: Path, settings: Any, tmp_path: Path) -> None:
    settings.PERSONAL_MODELS_DIR = tmp_path / "personal"
    Checkpoint.objects.filter(default_for="image").update(source=str(tiny_pipeline), revision="", native_size=64)


@pytest.fixture
def lora(tiny_pipeline: Path) -> bytes:
    return lora_bytes(tiny_pipeline)


def add(page: Client, data: bytes, **form: Any) -> Any:
    checkpoint = Checkpoint.objects.get(default_for="image").slug
    sent = {"alias": "my-dog", "checkpoint": checkpoint, "file": SimpleUploadedFile("a.safetensors", data), **form}
    return page.post(PAGE, sent)


def test_checkpoints_say_what_they_are_and_where_they_are_loaded(page: Client) -> None:
    announce(WorkerInfo(name="w1", host="gpu-box", pid=1, queues=["gpu"], models=["demo-clip"]))

    text = page.get(PAGE).text

    for slug in Checkpoint.objects.values_list("slug", flat=True):
        assert slug in text
    assert text.count("on gpu-box") == 1
    assert "not now; its first job loads it" in text
    assert "Demo models are in use." in text
    assert "this repository" in text
    assert str(settings.BASE_DIR) not in text
    assert "train" not in text.lower()
    assert inline_code(text) == []


def test_page_is_for_people_who_are_signed_in() -> None:
    for path in (PAGE, "/models/my-dog/share", "/models/my-dog/delete"):
        assert Client().post(path).headers["Location"].startswith("/accounts/login/")
    assert Client().get(PAGE).status_code == 302


def test_page_without_redis_says_that_nobody_can_tell(page: Client, redis_away: Callable[[], None]) -> None:
    redis_away()

    assert "nobody can tell right now" in page.get(PAGE).text


def test_page_costs_the_same_queries_however_many_models(
    page: Client, user: User, django_assert_max_num_queries: Any
) -> None:
    PersonalModelFactory.create_batch(30, owner=user)
    PersonalModelFactory.create_batch(30, shared=True)

    with django_assert_max_num_queries(MOST_QUERIES):
        page.get(PAGE)


def test_lora_is_added_by_the_form(page: Client, user: User, lora: bytes) -> None:
    answer = add(page, lora, instance_token="sks dog", shared="on")

    assert answer.status_code == 302
    model = PersonalModel.objects.get()
    assert (model.owner, model.alias, model.state, model.instance_token) == (user, "my-dog", "ready", "sks dog")
    assert model.shared
    assert files.lora_path(model.digest).exists()
    text = page.get(PAGE).text
    assert "The model “my-dog” is ready." in text
    assert "called by “sks dog”" in text


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({"alias": ""}, "This field is required."),
        ({"alias": "My Dog"}, "Alias must be 1 to 64 small letters"),
        ({"alias": "default"}, "it has a meaning of its own"),
        ({"alias": "a" * 65}, "at most 64 characters"),
        ({"checkpoint": "no-such"}, "Select a valid choice"),
        ({"instance_token": "a" * 101}, "at most 100 characters"),
        ({"file": ""}, "This field is required."),
        ({"file": SimpleUploadedFile("a.safetensors", b"")}, "field-errors"),
        ({"file": SimpleUploadedFile("a.safetensors", b"\x80\x04K\x01.")}, "field-errors"),
    ],
)
def test_form_with_a_mistake_is_shown_again(form: dict[str, Any], sentence: str, page: Client, lora: bytes) -> None:
    answer = add(page, lora, **form)

    assert answer.status_code == 400
    assert sentence in answer.text
    assert '<details class="card" open>' in answer.text
    assert not PersonalModel.objects.exists()


@pytest.mark.parametrize("alias", TRAVERSALS[:20])
def test_alias_that_is_a_path_is_refused(alias: str, page: Client, lora: bytes) -> None:
    assert add(page, lora, alias=alias).status_code == 400
    assert not PersonalModel.objects.exists()


def test_alias_that_is_taken_and_a_full_library_are_said(page: Client, user: User, lora: bytes) -> None:
    PersonalModelFactory(owner=user, alias="my-dog")

    taken = add(page, lora)
    assert taken.status_code == 409
    assert "You have a model with this alias already." in taken.text

    QuotaFactory(user=user, stored_bytes=0)
    full = add(page, lora, alias="another")
    assert full.status_code == 429
    assert "Delete content, or ask an administrator for more." in full.text


def test_file_that_is_too_large_is_refused(page: Client, lora: bytes, settings: Any) -> None:
    settings.LORA_BYTES = len(lora) - 1

    answer = add(page, lora)

    assert answer.status_code == 400
    assert "File must have at most" in answer.text


def test_states_and_failures_are_shown(page: Client, user: User) -> None:
    PersonalModelFactory(owner=user, draft=True)
    PersonalModelFactory(owner=user, failed=True)

    text = page.get(PAGE).text

    assert "Its files are being fetched." in text
    assert "The hub could not be reached." in text


def test_own_model_is_shared_and_unshared_and_deleted(page: Client, user: User) -> None:
    model = PersonalModelFactory(owner=user, alias="my-dog")

    page.post("/models/my-dog/share", {"shared": "1"})
    model.refresh_from_db()
    assert model.shared
    page.post("/models/my-dog/share")
    model.refresh_from_db()
    assert not model.shared
    assert "is deleted" in page.post("/models/my-dog/delete", follow=True).text
    assert not PersonalModel.objects.exists()


def test_models_of_others_are_seen_where_shared_and_never_changed(page: Client) -> None:
    PersonalModelFactory(alias="hidden-one")
    shared = PersonalModelFactory(alias="shown-one", shared=True)

    text = page.get(PAGE).text
    assert f"{shared.owner.username}/shown-one" in text
    assert "hidden-one" not in text
    for alias in ("hidden-one", "shown-one", "no-such"):
        assert page.post(f"/models/{alias}/delete").status_code == 404
        assert page.post(f"/models/{alias}/share", {"shared": ""}).status_code == 404
        assert page.get(f"/models/{alias}/delete").status_code == 405
    assert PersonalModel.objects.filter(shared=True).count() == 1


def test_forms_need_the_token(user: User) -> None:
    PersonalModelFactory(owner=user, alias="my-dog")
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(user)

    for path in (PAGE, "/models/my-dog/share", "/models/my-dog/delete"):
        assert strict.post(path).status_code == 403
    assert PersonalModel.objects.count() == 1


@pytest.mark.parametrize("payload", PAYLOADS)
def test_tokens_that_are_code_are_text(payload: str, page: Client, user: User) -> None:
    PersonalModelFactory(owner=user, instance_token=payload)
    PersonalModelFactory(shared=True, instance_token=payload)

    text = page.get(PAGE).text

    assert inline_code(text) == []
    assert "<script>window" not in text
    assert "<img src=x" not in text
