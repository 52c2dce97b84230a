"""Jobs, outputs and checkpoints in the admin: looked at, not written."""

import pytest
from django.test import Client

from generation.models import Checkpoint, Job
from tests.factories.accounts import UserFactory
from tests.factories.generation import JobFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def administrator() -> Client:
    client = Client()
    user = UserFactory(is_staff=True, is_superuser=True)
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.mark.parametrize("model", ["job", "joboutput", "checkpoint"])
def test_list_and_search(administrator: Client, model: str) -> None:
    JobFactory()

    assert administrator.get(f"/admin/generation/{model}/").status_code == 200
    assert administrator.get(f"/admin/generation/{model}/?q=x").status_code == 200
    assert administrator.get(f"/admin/generation/{model}/add/").status_code == 403


def test_rows_are_shown_and_not_changed(administrator: Client) -> None:
    job = JobFactory()
    checkpoint = Checkpoint.objects.get(default_for="image")

    for path in (f"/admin/generation/job/{job.id}/change/", f"/admin/generation/checkpoint/{checkpoint.pk}/change/"):
        assert administrator.get(path).status_code == 200
        assert administrator.post(path, {"status": "failed", "slug": "x"}).status_code == 403

    assert Job.objects.get().status == "queued"
