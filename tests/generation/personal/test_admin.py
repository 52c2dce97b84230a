"""Personal models in the admin: shared, and deleted with their files."""

from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from accounts.selectors import use
from generation.models import Checkpoint, PersonalModel
from generation.personal import files, services
from tests.factories.accounts import UserFactory
from tests.factories.generation import PersonalModelFactory
from tests.support.loras import lora_bytes

pytestmark = pytest.mark.django_db

LIST = "/admin/generation/personalmodel/"


@pytest.fixture
def administrator() -> Client:
    client = Client()
    client.force_login(
        UserFactory(is_staff=True, is_superuser=True), backend="django.contrib.auth.backends.ModelBackend"
    )
    return client


def act(client: Client, action: str, *models: PersonalModel, **more: str) -> Any:
    return client.post(LIST, {"action": action, "_selected_action": [str(model.pk) for model in models], **more})


def test_share_and_stop_sharing(administrator: Client) -> None:
    models = [PersonalModelFactory() for _ in range(2)]

    act(administrator, "share", *models)
    assert set(PersonalModel.objects.values_list("shared", flat=True)) == {True}

    act(administrator, "unshare", models[0])
    assert PersonalModel.objects.get(shared=False) == models[0]


def test_delete_takes_files_and_use_along(
    administrator: Client, checkpoint: Checkpoint, tiny_pipeline: Path, django_capture_on_commit_callbacks: Any
) -> None:
    models = [
        services.add_upload(owner=UserFactory(), alias="face", pieces=[lora_bytes(tiny_pipeline, seed=seed)])
        for seed in (1, 2)
    ]

    with django_capture_on_commit_callbacks(execute=True):
        act(administrator, "delete_selected", models[0], post="yes")
        administrator.post(f"{LIST}{models[1].pk}/delete/", {"post": "yes"})

    assert not PersonalModel.objects.exists()
    for model in models:
        assert not files.lora_path(model.digest).exists()
        assert use(user=model.owner)["stored_bytes"] == 0


def test_rows_are_not_written(administrator: Client) -> None:
    model = PersonalModelFactory()

    assert administrator.get(f"{LIST}{model.pk}/change/").status_code == 200
    assert administrator.post(f"{LIST}{model.pk}/change/", {"state": "failed"}).status_code == 403
