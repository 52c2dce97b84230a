"""The welcome and the studio, as a browser without JavaScript sees them."""

import re
from typing import Any

import pytest
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from generation.models import Job
from tests.factories.accounts import UserFactory
from tests.factories.content import ContentFactory
from tests.factories.generation import JobFactory, JobOutputFactory, image_params
from tests.support.pages import MOST_QUERIES, NOBODYS, inline_code, post


def test_front_without_session_welcomes_and_offers_to_sign_in(db: None) -> None:
    answer = Client().get("/")

    assert answer.status_code == 200
    assert "/accounts/login/" in answer.text
    assert "/accounts/signup/" in answer.text
    assert "studio-form" not in answer.text


def test_front_without_session_shows_public_pictures_and_no_private_ones(db: None) -> None:
    ContentFactory(picture=True, public=True, prompt="for everybody")
    ContentFactory(picture=True, prompt="for me alone")

    text = Client().get("/").text

    assert "for everybody" in text
    assert "for me alone" not in text


def test_form_without_session_leads_to_sign_in(served: None, db: None) -> None:
    assert post(Client()).headers["Location"] == "/accounts/login/?next=/"
    answer = post(Client(), htmx=True)
    assert answer.status_code == 401
    assert answer.headers["HX-Redirect"] == "/accounts/login/"
    assert not Job.objects.exists()


def test_studio_on_the_first_visit_has_an_example_filled_in(page: Client) -> None:
    text = page.get("/").text

    assert "a red circle on a blue background</textarea>" in text
    assert "Demo models are in use" in text
    assert "MODEL_PROFILE=full" in text


def test_studio_with_jobs_starts_with_an_empty_prompt(page: Client, user: User) -> None:
    JobFactory(owner=user)

    assert re.search(r'<textarea name="prompt"[^>]*>\s*</textarea>', page.get("/").text)


def test_studio_shows_the_bounds_of_each_number(page: Client) -> None:
    text = page.get("/").text

    for name, low, high in [
        ("width", "256", "1024"),
        ("height", "256", "1024"),
        ("num_inference_steps", "1", "150"),
        ("guidance_scale", "1", "20"),
        ("seed", "0", "4294967295"),
        ("number_of_images", "1", "4"),
    ]:
        field = re.search(rf'<input[^>]*name="{name}"[^>]*>', text)
        assert field
        assert f'min="{low}"' in field[0]
        assert f'max="{high}"' in field[0]
        assert f"{low}–{high}" in text


def test_studio_keeps_the_policy_and_labels_its_fields(page: Client, user: User) -> None:
    JobOutputFactory(job__owner=user)
    JobFactory(owner=user, running=True)

    answer = page.get("/")

    assert "script-src 'self'" in answer.headers["Content-Security-Policy"]
    assert "no-store" in answer.headers["Cache-Control"]
    assert inline_code(answer.text) == []
    for control in re.findall(r'<(?:input|textarea)(?![^>]*type="hidden")[^>]*id="([^"]+)"', answer.text):
        assert f'for="{control}"' in answer.text
    for helped in re.findall(r'aria-describedby="([^"]+)"', answer.text):
        assert all(f'id="{name}"' in answer.text for name in helped.split())
    ids = re.findall(r'\sid="([^"]+)"', answer.text)
    assert len(ids) == len(set(ids))


def test_studio_asks_a_bounded_number_of_queries_for_any_number_of_jobs(
    page: Client, user: User, django_assert_max_num_queries: Any
) -> None:
    def queries() -> int:
        with django_assert_max_num_queries(MOST_QUERIES) as asked:
            assert page.get("/").status_code == 200
        assert isinstance(asked, CaptureQueriesContext)
        return len(asked)

    JobOutputFactory(job__owner=user)
    JobFactory(owner=user)
    few = queries()
    for _ in range(6):
        JobOutputFactory(job__owner=user)
        JobFactory(owner=user)

    assert queries() == few


def test_studio_shows_each_state_of_a_job(page: Client, user: User) -> None:
    JobFactory(owner=UserFactory())
    JobFactory(owner=user)
    JobFactory(owner=user, running=True, step=3, steps=4)
    JobFactory(owner=user, failed=True, error_message="The device ran out of memory.")
    output = JobOutputFactory(job__owner=user)

    text = page.get("/").text

    assert "Waiting · place 2 in the queue" in text
    assert "Step 3 of 4" in text
    assert '<progress max="1" value="0.75"' in text
    assert "The device ran out of memory." in text
    assert output.content.cid in text
    assert f"/output/generated_image/{output.id}.png" in text
    assert "?s=" not in text


def test_studio_shows_no_jobs_of_others(page: Client) -> None:
    foreign = JobOutputFactory(job__params=image_params(prompt="a secret of another"))

    text = page.get("/").text

    assert "a secret of another" not in text
    assert foreign.content.cid not in text


def test_studio_pages_through_older_jobs(page: Client, user: User) -> None:
    jobs = [JobFactory(owner=user) for _ in range(15)]

    first = page.get("/").text
    older = re.search(r"/\?before=([0-9a-f-]{36})", first)
    assert older
    second = page.get(f"/?before={older[1]}").text
    part = page.get(f"/studio/tray?before={older[1]}").text

    shown = [re.findall(r'data-job="([0-9a-f-]{36})"', text) for text in (first, second, part)]
    assert shown[0] + shown[1] == [str(job.id) for job in reversed(jobs)]
    assert shown[2] == shown[1]


@pytest.mark.parametrize("query", ["before=x", "again=x", f"before={NOBODYS}", f"again={NOBODYS}"])
def test_studio_ignores_jobs_in_its_address_that_do_not_exist(page: Client, query: str) -> None:
    assert page.get(f"/?{query}").status_code == 200


def test_studio_takes_over_the_settings_of_an_earlier_job(page: Client, user: User) -> None:
    params = image_params(prompt="a forest at night", negative_prompt="people", seed=99, width=768, height=512)
    job = JobFactory(owner=user, params=params)

    text = page.get(f"/?again={job.id}").text

    assert "a forest at night</textarea>" in text
    assert "people</textarea>" in text
    assert 'name="seed" value="99"' in text
    assert 'name="width" value="768"' in text
    assert '<details class="more" open>' in text


def test_studio_does_not_take_over_settings_of_others(page: Client) -> None:
    job = JobFactory(params=image_params(prompt="a secret of another"))

    assert "a secret of another" not in page.get(f"/?again={job.id}").text
