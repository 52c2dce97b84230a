"""The form of each kind of job: what it shows, and which models it offers."""

import re
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from generation.forms import FORMS
from generation.models import Checkpoint, Job
from generation.prompts import EXAMPLES
from generation.serializers.jobs import PARAMS_OF_KIND
from tests.factories.generation import JobFactory, PersonalModelFactory, image_params
from tests.support.pages import (
    FORM,
    KINDS,
    MOST_QUERIES,
    NUMBERS,
    inline_code,
    post,
    value_of,
)

# ---- What is shown --------------------------------------------------------------------------------------------------


def test_every_kind_of_job_has_a_form() -> None:
    assert set(FORMS) == set(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_tab_is_a_link_to_its_form(page: Client, kind: str) -> None:
    text = page.get("/").text
    assert f'href="/?make={kind}"' in text

    text = page.get(f"/?make={kind}").text

    current = re.findall(r'<a id="tab-(\w+)"[^>]*aria-current="page"', text)
    assert current == [kind]
    assert f'name="make" value="{kind}"' in text
    assert FORMS[kind].title in text
    assert FORMS[kind].button in text
    assert f'name="make" value="{kind}"' in page.get(f"/studio/composer?make={kind}").text


@pytest.mark.parametrize("kind", ["", "nonsense", "<script>"])
def test_unknown_kind_shows_the_form_for_pictures(page: Client, kind: str) -> None:
    answer = page.get("/", {"make": kind})

    assert answer.status_code == 200
    assert 'name="make" value="image"' in answer.text


@pytest.mark.parametrize("kind", KINDS)
def test_form_keeps_the_policy_and_labels_its_fields(page: Client, kind: str) -> None:
    text = page.get(f"/?make={kind}").text

    assert inline_code(text) == []
    for control in re.findall(r'<(?:input|textarea|select)(?![^>]*type="hidden")[^>]*id="([^"]+)"', text):
        assert f'for="{control}"' in text
    for helped in re.findall(r'aria-describedby="([^"]+)"', text):
        assert all(f'id="{name}"' in text for name in helped.split())
    ids = re.findall(r'\sid="([^"]+)"', text)
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("kind", KINDS)
def test_form_of_a_kind_not_made_before_holds_an_example(page: Client, user: User, kind: str) -> None:
    form = FORMS[kind]

    assert value_of(page.get(f"/?make={kind}").text, form.main) == EXAMPLES[form.kind][0]
    JobFactory(owner=user, kind=kind, params={**image_params(), "image_prompt": "x", "sound_description": ""})
    assert not value_of(page.get(f"/?make={kind}").text, form.main)


@pytest.mark.parametrize(("kind", "name"), NUMBERS)
def test_number_has_the_bounds_and_the_default_of_the_api(page: Client, kind: str, name: str) -> None:
    api: Any = PARAMS_OF_KIND[kind]().fields[name]
    low, high = (f"{bound:.0f}" for bound in api.bounds)

    text = page.get(f"/?make={kind}").text

    field = re.search(rf'<input[^>]*name="{name}"[^>]*>', text)
    assert field
    assert f'min="{low}"' in field[0]
    assert f'max="{high}"' in field[0]
    assert f"{low}–{high}" in text
    value = value_of(text, name)
    assert value is None or float(value) == api.default


# ---- Models ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_picker_lists_the_models_of_the_capability_the_default_first(page: Client, kind: str) -> None:
    capability = {"image_to_image": "image", "analysis": "segments"}.get(kind, kind)
    default = Checkpoint.objects.get(default_for=capability)

    options = re.findall(r'<option value="([^"]*)"', page.get(f"/?make={kind}").text)

    assert options[0] == default.slug
    assert set(options) <= set(Checkpoint.objects.filter(capability=capability).values_list("slug", flat=True))


def test_picker_lists_own_and_shared_models_that_are_ready(page: Client, user: User) -> None:
    PersonalModelFactory(owner=user, alias="my-face", instance_token="sks person")
    PersonalModelFactory(owner=user, alias="not-yet", draft=True)
    theirs = PersonalModelFactory(alias="for-all", shared=True)
    PersonalModelFactory(alias="hidden")

    text = page.get("/").text
    options = re.findall(r'<option value="([^"]*)"', text)

    assert "my-face" in options
    assert "my-face (write “sks person”)" in text
    assert f"{theirs.owner.username}/for-all" in options
    assert "not-yet" not in text
    assert "hidden" not in "".join(options)
    assert "my-face" not in page.get("/?make=music").text


def test_form_uses_the_model_that_was_picked(page: Client, user: User, served: None) -> None:
    model = PersonalModelFactory(owner=user, alias="my-face")

    post(page, data={**FORM, "model": "my-face"})

    assert Job.objects.get().personal_model == model


def test_form_with_a_model_of_another_answers_as_for_an_unknown_one(page: Client, user: User, served: None) -> None:
    foreign = PersonalModelFactory(alias="hidden")
    names = ["hidden", f"{foreign.owner.username}/hidden", "no-such-model", "demo-musicgen"]

    answers = [post(page, data={**FORM, "model": name}, htmx=True) for name in names]

    assert {answer.status_code for answer in answers} == {400}
    assert all("There is no such model." in answer.text for answer in answers)
    assert len({answer.text for answer in answers}) == 1
    assert not Job.objects.exists()


@pytest.mark.parametrize("kind", KINDS)
def test_studio_asks_as_many_queries_for_many_models_and_jobs(
    page: Client, user: User, django_assert_max_num_queries: Any, kind: str
) -> None:
    def queries() -> int:
        with django_assert_max_num_queries(MOST_QUERIES) as asked:
            assert page.get(f"/?make={kind}").status_code == 200
        return len(asked)

    PersonalModelFactory(owner=user)
    JobFactory(owner=user)
    few = queries()
    PersonalModelFactory.create_batch(5, owner=user)
    PersonalModelFactory.create_batch(5, shared=True)
    JobFactory.create_batch(5, owner=user)

    assert queries() == few
