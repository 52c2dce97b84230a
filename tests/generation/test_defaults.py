"""Which checkpoint is the default: an administrator's choice outlives restarts, and can be taken back."""

from typing import Any

import pytest
from django.test import Client

from accounts.models import Scope
from generation.checkpoints import find_checkpoint, synchronise
from generation.composer import model_choices
from generation.defaults import NotChoosable, basis_of, choose_default, revoke_default
from generation.models import Checkpoint, JobKind
from generation.openai.catalogue import list_models
from operations.doctor_models import examine_defaults
from operations.findings import Verdict
from tests.factories.accounts import UserFactory
from tests.support.clients import KeyClient

pytestmark = pytest.mark.django_db

OWN, OTHER = "demo-t5-text", "other-text"


@pytest.fixture(autouse=True)
def _two_models_for_text(settings: Any, _clean_state: None) -> None:
    other = {**settings.ENGINES["text"]["CHECKPOINT"], "slug": OTHER}
    settings.ENGINES = {
        **settings.ENGINES,
        "second": {**settings.ENGINES["text"], "CAPABILITY": "text", "CHECKPOINT": other},
    }
    synchronise()


def default() -> str:
    return find_checkpoint(capability="text", slug=None).slug


def row(slug: str) -> Checkpoint:
    return Checkpoint.objects.get(slug=slug)


def without_other(settings: Any) -> None:
    settings.ENGINES = {name: entry for name, entry in settings.ENGINES.items() if name != "second"}


def test_choice_holds_through_restarts_and_is_taken_back() -> None:
    assert default() == OWN

    choose_default(checkpoint=row(OTHER))
    for _ in range(2):
        assert default() == OTHER
        assert (basis_of(row(OTHER)), basis_of(row(OWN))) == ("chosen here", "")
        synchronise()

    assert revoke_default(capability="text") == row(OWN)
    synchronise()
    assert default() == OWN
    assert (basis_of(row(OTHER)), basis_of(row(OWN))) == ("", "by the settings")


def test_choice_goes_before_another_default_of_the_settings(settings: Any) -> None:
    choose_default(checkpoint=row(OWN))
    settings.DEFAULT_ENGINES = {**settings.DEFAULT_ENGINES, "text": "second"}
    synchronise()

    assert default() == OWN
    assert revoke_default(capability="text") == row(OTHER)


def test_choosing_again_changes_the_choice() -> None:
    for slug in (OTHER, OTHER, OWN):
        choose_default(checkpoint=row(slug))
        assert default() == slug
        assert Checkpoint.objects.filter(chosen_for="text").count() == 1
        assert Checkpoint.objects.filter(default_for="text").count() == 1
    # The others are nobody's business.
    assert basis_of(row("demo-t5-tags")) == "by the settings"


def test_choice_whose_engine_is_gone_leaves_it_to_the_settings_and_doctor_says_so(settings: Any) -> None:
    choose_default(checkpoint=row(OTHER))
    (well,) = examine_defaults()
    engines = settings.ENGINES
    without_other(settings)
    synchronise()

    assert default() == OWN
    assert basis_of(row(OTHER)) == "chosen here, but its engine is gone"
    (finding,) = examine_defaults()
    assert (well.verdict, finding.verdict) == (Verdict.OK, Verdict.WARN)
    assert OTHER in well.detail
    assert f"the default is {OWN}" in finding.detail
    assert "Default as the settings say" in finding.fix

    # Once it is back, so is the choice.
    settings.ENGINES = engines
    synchronise()
    assert default() == OTHER


def test_what_nothing_can_run_is_refused(settings: Any) -> None:
    without_other(settings)

    with pytest.raises(NotChoosable, match="no engine 'second'"):
        choose_default(checkpoint=row(OTHER))
    with pytest.raises(NotChoosable, match="the settings decide already"):
        revoke_default(capability="text")

    assert default() == OWN


def test_every_list_says_the_same() -> None:
    user = UserFactory()
    choose_default(checkpoint=row(OTHER))

    assert model_choices(user, JobKind.TEXT)[0][0] == OTHER
    names = [model.name for model in list_models(viewer=user)]
    assert names.index(OTHER) < names.index(OWN)
    listed = KeyClient(user, Scope.READ).get("/api/v1/models").json()["results"]
    assert {model["name"]: model["default"] for model in listed if model["capability"] == "text"} == {
        OTHER: True,
        OWN: False,
    }
    browser = Client()
    browser.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    page = " ".join(browser.get("/models").text.split())
    assert f'<strong>{OTHER}</strong> <span class="badge">default</span>' in page
    assert f'<strong>{OWN}</strong> <span class="badge">default</span>' not in page
