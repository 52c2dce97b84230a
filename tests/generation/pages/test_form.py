"""The form for pictures: what it makes, and what it refuses."""

import re
import uuid

import pytest
from django.test import Client

from accounts.models import Quota, User
from generation.models import Job
from tests.factories.generation import image_params
from tests.support.pages import FORM, post


def test_form_makes_a_job_and_leads_back_to_it(page: Client, user: User, served: None) -> None:
    answer = post(page, data={**FORM, "seed": "7", "width": "768", "height": "512"})

    job = Job.objects.get()
    assert answer.status_code == 302
    assert answer.headers["Location"] == f"/#job-{job.id}"
    assert job.owner == user
    assert job.kind == "image"
    assert job.visibility == "private"
    assert job.params == image_params(width=768, height=512, seed=7)


def test_form_with_empty_fields_uses_the_defaults_and_a_random_seed(page: Client, served: None) -> None:
    post(page, data={**FORM, "width": "", "height": "", "seed": "", "strength": ""})

    params = Job.objects.get().params
    assert (params["width"], params["height"]) == (512, 512)
    assert 0 <= params["seed"] < 2**32
    assert "strength" not in params


def test_form_by_htmx_answers_with_the_card_and_a_new_key(page: Client, served: None) -> None:
    key = str(uuid.uuid4())
    answer = post(page, data={**FORM, "key": key}, htmx=True)

    assert answer.status_code == 200
    assert f'id="job-{Job.objects.get().id}"' in answer.text
    assert "<html" not in answer.text
    assert 'id="form-errors" class="form-errors is-empty"' in answer.text
    new_key = re.search(r'name="key" id="id_key" value="([^"]+)"', answer.text)
    assert new_key
    assert new_key[1] != key


def test_form_sent_twice_makes_one_job(page: Client, served: None) -> None:
    data = {**FORM, "key": str(uuid.uuid4())}

    first, second = post(page, data=data), post(page, data=data)

    assert first.headers["Location"] == second.headers["Location"]
    assert Job.objects.count() == 1


def test_form_sent_from_an_old_page_with_other_values_makes_another_job(page: Client, served: None) -> None:
    data = {**FORM, "key": str(uuid.uuid4())}

    post(page, data=data)
    answer = post(page, data={**data, "prompt": "the ocean at sunset"})

    assert answer.status_code == 302
    assert set(Job.objects.values_list("params__prompt", flat=True)) == {FORM["prompt"], "the ocean at sunset"}


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("prompt", "", "Write a prompt: what should the picture show?"),
        ("prompt", " \n ", "Write a prompt: what should the picture show?"),
        ("prompt", "x" * 2001, "Prompt must be at most 2000 characters."),
        ("num_inference_steps", "0", "Steps must be a number between 1 and 150."),
        ("num_inference_steps", "1.5", "Steps must be a number between 1 and 150."),
        ("num_inference_steps", "", "Steps must be a number between 1 and 150."),
        ("guidance_scale", "21", "Guidance scale must be a number between 1 and 20."),
        ("guidance_scale", "nan", "Guidance scale must be a number between 1 and 20."),
        ("width", "255", "Width must be a number between 256 and 1024."),
        ("height", "1025", "Height must be a number between 256 and 1024."),
        ("seed", "4294967296", "Seed must be a number between 0 and 4294967295."),
        ("seed", "x", "Seed must be a number between 0 and 4294967295."),
        ("number_of_images", "5", "Pictures must be a number between 1 and 4."),
    ],
)
def test_form_with_a_value_out_of_bounds_says_so_and_keeps_the_rest(
    page: Client, served: None, field: str, value: str, sentence: str
) -> None:
    data = {**FORM, "negative_prompt": "kept words", field: value}

    whole, part = post(page, data=data), post(page, data=data, htmx=True)

    assert (whole.status_code, part.status_code) == (400, 400)
    assert sentence in whole.text
    assert "kept words" in whole.text
    assert sentence in part.text
    assert "<form" not in part.text
    assert f'href="#id_{field}"' in part.text
    assert not Job.objects.exists()


def test_form_without_a_worker_says_what_to_do(page: Client) -> None:
    answer = post(page)

    assert answer.status_code == 503
    assert "No worker that can do this is running." in answer.text
    assert "a red circle on a blue background</textarea>" in answer.text


def test_form_beyond_the_quota_says_so(page: Client, user: User, served: None) -> None:
    Quota.objects.create(user=user, active_jobs=0)

    answer = post(page, htmx=True)

    assert answer.status_code == 429
    assert 'role="alert"' in answer.text
    assert re.search(r"<li>[A-Z][^<]+\.</li>", answer.text)


def test_form_without_its_token_is_refused(user: User, served: None) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(user)

    assert post(client).status_code == 403
    assert not Job.objects.exists()


def test_form_with_public_ticked_makes_a_public_job(page: Client, served: None) -> None:
    post(page, data={**FORM, "public": "on"})

    assert Job.objects.get().visibility == "public"
