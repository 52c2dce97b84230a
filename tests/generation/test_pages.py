"""The pages of the studio, as a browser without JavaScript sees them and as htmx asks for their parts."""

import re
import uuid
from html.parser import HTMLParser
from io import BytesIO
from typing import Any

import pytest
from django.test import Client
from django.test.utils import CaptureQueriesContext
from PIL import Image

from accounts.models import Quota, User
from content.models import Content
from generation import services
from generation.models import Job, Status
from generation.services import cancel
from tests.factories.accounts import UserFactory
from tests.factories.content import ContentFactory
from tests.factories.generation import JobFactory, JobOutputFactory, image_params
from tests.support.jobs import announce_worker

FORM = {
    "prompt": "a red circle on a blue background",
    "num_inference_steps": "4",
    "guidance_scale": "7.5",
    "number_of_images": "1",
}
MOST_QUERIES = 12
PAYLOADS = [
    "<script>window.hit = 1</script>",
    '"><img src=x onerror="window.hit = 1">',
    "{{ 7|add:7 }}{% csrf_token %}",
    "javascript:window.hit=1",
]


@pytest.fixture
def user(db: None) -> User:
    return UserFactory()


@pytest.fixture
def page(user: User) -> Client:
    client = Client(raise_request_exception=False, headers={"Accept": "text/html"})
    client.force_login(user)
    return client


@pytest.fixture
def served(redis_server: str, _clean_state: None) -> None:
    announce_worker()


def post(client: Client, path: str = "/", data: dict[str, Any] | None = None, *, htmx: bool = False) -> Any:
    return client.post(path, FORM if data is None else data, headers={"HX-Request": "true"} if htmx else {})


def png(width: int = 320, height: int = 256) -> BytesIO:
    file = BytesIO()
    Image.new("RGB", (width, height), (200, 30, 30)).save(file, "PNG")
    file.seek(0)
    file.name = "start.png"
    return file


class Inline(HTMLParser):
    """Collects what the policy forbids, as a browser's parser would find it: inline scripts, styles and handlers."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = {name for name, _ in attrs}
        if tag in ("style", "iframe", "object", "embed") or (tag == "script" and "src" not in names):
            self.found.append(tag)
        self.found += [name for name in names if name == "style" or name.startswith(("on", "hx-on"))]
        self.found += [value for _, value in attrs if value and value.lower().startswith("javascript:") and tag == "a"]


def inline_code(text: str) -> list[str]:
    return Inline(text).found


def without_token(text: str) -> str:
    return re.sub(r'name="csrfmiddlewaretoken" value="[^"]+"', "", text)


# ---- The welcome ----------------------------------------------------------------------------------------------------


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


# ---- The studio -----------------------------------------------------------------------------------------------------


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
        ("strength", "0", "1"),
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


# An id of no job; fixed, because parallel test processes must collect the same names.
NOBODYS = "6b0e3f2a-5a35-4c38-8f7d-0c2b6f4b8a11"


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


@pytest.mark.parametrize("payload", PAYLOADS)
def test_prompts_are_inert_wherever_they_are_shown(page: Client, user: User, payload: str) -> None:
    params = image_params(prompt=payload, negative_prompt=payload)
    output = JobOutputFactory(job__owner=user, job__params=params)
    JobFactory(owner=user, params=params)
    JobFactory(owner=user, params=params, failed=True, error_message=payload)

    for path in ("/", f"/?again={output.job.id}", f"/content/{output.content.cid}"):
        text = page.get(path).text
        assert inline_code(text) == []
        assert payload not in text or "<" not in payload


# ---- The form -------------------------------------------------------------------------------------------------------


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
        ("prompt", "x" * 2001, "The prompt must be at most 2000 characters."),
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
        ("strength", "2", "Strength must be a number between 0 and 1."),
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


def test_form_with_a_picture_starts_from_it_in_its_own_shape(page: Client, user: User, served: None) -> None:
    post(page, data={**FORM, "image": png(), "strength": "0.5"})

    job = Job.objects.get()
    assert job.kind == "image_to_image"
    assert job.params["strength"] == 0.5
    assert (job.params["width"], job.params["height"]) == (320, 256)
    assert Content.objects.get(owner=user).cid == job.params["image"]


def test_form_with_a_cid_starts_from_that_picture(page: Client, user: User, served: None) -> None:
    start = ContentFactory(owner=user, picture=True)

    post(page, data={**FORM, "start": f" {start.cid} ", "width": "512", "height": "512"})

    job = Job.objects.get()
    assert job.kind == "image_to_image"
    assert job.params["image"] == start.cid
    assert job.params["strength"] == 0.75
    assert (job.params["width"], job.params["height"]) == (512, 512)


@pytest.mark.parametrize("cid", ["nonsense", "bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy"])
def test_form_with_an_unknown_cid_says_so(page: Client, served: None, cid: str) -> None:
    answer = post(page, data={**FORM, "start": cid}, htmx=True)

    assert answer.status_code == 400
    assert "There is no picture with this CID that you may see." in answer.text


def test_form_with_a_foreign_private_picture_answers_as_for_an_unknown_one(page: Client, served: None) -> None:
    foreign = ContentFactory(picture=True)

    answer = post(page, data={**FORM, "start": foreign.cid}, htmx=True)

    assert "There is no picture with this CID that you may see." in answer.text
    assert not Job.objects.exists()


def test_form_with_a_file_that_is_no_picture_says_so(page: Client, served: None) -> None:
    file = BytesIO(b"<svg xmlns='http://www.w3.org/2000/svg'/>")
    file.name = "start.png"

    answer = post(page, data={**FORM, "image": file}, htmx=True)

    assert answer.status_code == 400
    assert "The start picture is not a valid image." in answer.text
    assert not Content.objects.exists()


def test_form_with_public_ticked_makes_a_public_job(page: Client, served: None) -> None:
    post(page, data={**FORM, "public": "on"})

    assert Job.objects.get().visibility == "public"


# ---- One job --------------------------------------------------------------------------------------------------------


def test_card_is_the_state_of_one_job(page: Client, user: User) -> None:
    job = JobFactory(owner=user, running=True, step=1)

    text = page.get(f"/studio/jobs/{job.id}", headers={"HX-Request": "true"}).text

    assert text.count('data-job="') == 1
    assert "Step 1 of 4" in text


def test_cancel_ends_the_job_and_shows_it(page: Client, user: User) -> None:
    job = JobFactory(owner=user)

    answer = post(page, f"/studio/jobs/{job.id}/cancel", {}, htmx=True)

    assert 'data-status="cancelled"' in answer.text
    job.refresh_from_db()
    assert job.status == Status.CANCELLED


def test_cancel_without_htmx_leads_back_to_the_job(page: Client, user: User) -> None:
    job = JobFactory(owner=user)

    assert post(page, f"/studio/jobs/{job.id}/cancel", {}).headers["Location"] == f"/#job-{job.id}"


def test_cancel_of_a_job_that_has_ended_shows_how_it_ended(page: Client, user: User) -> None:
    job = JobFactory(owner=user)
    cancel(job=job)

    answer = post(page, f"/studio/jobs/{job.id}/cancel", {}, htmx=True)

    assert answer.status_code == 200
    assert "Cancelled." in answer.text


def test_try_again_submits_the_same_request_as_a_new_job(page: Client, user: User, served: None) -> None:
    failed = JobFactory(owner=user, failed=True)

    answer = post(page, f"/studio/jobs/{failed.id}/repeat", {}, htmx=True)

    again = Job.objects.exclude(id=failed.id).get()
    assert f'id="job-{again.id}"' in answer.text
    assert again.params == failed.params
    assert again.status == Status.QUEUED


def test_try_again_without_a_worker_says_why_not(page: Client, user: User) -> None:
    failed = JobFactory(owner=user, failed=True)

    by_htmx = post(page, f"/studio/jobs/{failed.id}/repeat", {}, htmx=True)
    plain = page.post(f"/studio/jobs/{failed.id}/repeat", follow=True)

    assert "No worker that can do this is running." in by_htmx.text
    assert "No worker that can do this is running." in plain.text
    assert Job.objects.count() == 1


@pytest.mark.parametrize("action", ["", "/cancel", "/repeat"])
def test_job_of_another_is_not_found_like_an_unknown_one(page: Client, served: None, action: str) -> None:
    foreign = JobFactory()
    call = page.post if action else page.get

    answers = [call(f"/studio/jobs/{job_id}{action}") for job_id in (foreign.id, uuid.uuid4())]

    assert [answer.status_code for answer in answers] == [404, 404]
    assert without_token(answers[0].text) == without_token(answers[1].text)
    foreign.refresh_from_db()
    assert foreign.status == Status.QUEUED


@pytest.mark.parametrize(
    ("size", "shown"), [("", 12), ("5", 12), ("20", 20), ("999", 60), ("1000", 12), ("-1", 12), ("x", 12), ("²", 12)]
)
def test_tray_shows_as_many_jobs_as_asked_within_bounds(page: Client, user: User, size: str, shown: int) -> None:
    JobFactory.create_batch(61, owner=user)

    assert page.get("/studio/tray", {"size": size}).text.count('data-job="') == shown


# ---- The page of a picture ------------------------------------------------------------------------------------------


def test_content_page_says_how_the_picture_was_made(page: Client, user: User) -> None:
    params = image_params(negative_prompt="people", width=4, height=3)
    content = JobOutputFactory(job__owner=user, job__params=params).content

    text = page.get(f"/content/{content.cid}").text

    assert params["prompt"] in text
    for label, value in [
        ("Seed", "7"),
        ("Size", "4 × 3"),
        ("Steps", "4"),
        ("Guidance scale", "7.5"),
        ("Negative prompt", "people"),
        ("Drawn at", "128 × 128, then resized"),
        ("Scheduler", "DDIMScheduler"),
    ]:
        assert re.search(rf"<dt>{label}</dt><dd dir=\"auto\">{re.escape(value)}</dd>", text), label
    assert content.cid in text
    assert "curl --fail-with-body http://testserver/generate/image" in text
    assert inline_code(text) == []


def test_content_page_says_that_a_demo_model_made_it_and_how_to_switch(page: Client, user: User) -> None:
    made = ContentFactory(owner=user, picture=True, provenance={"model": "demo-stable-diffusion"})
    other = ContentFactory(owner=user, picture=True, provenance={"model": "stable-diffusion-v1-5"})

    text = page.get(f"/content/{made.cid}").text
    assert "A demo model made this." in text
    assert "MODEL_PROFILE=full make run" in text
    assert "demo-note" not in page.get(f"/content/{other.cid}").text


def test_demo_note_is_gone_with_the_full_profile(page: Client, settings: Any) -> None:
    settings.MODEL_PROFILE = "full"

    assert "demo-note" not in page.get("/").text


def test_welcome_with_pictures_says_that_demo_models_are_in_use(db: None) -> None:
    ContentFactory(picture=True, public=True)

    assert "Demo models are in use." in Client().get("/").text


def test_content_page_of_an_upload_says_that_it_was_uploaded(page: Client, user: User) -> None:
    content = ContentFactory(owner=user, picture=True, provenance={"source": "upload"})

    text = page.get(f"/content/{content.cid}").text

    assert "It was uploaded." in text
    assert "curl" not in text


def test_content_page_names_the_start_picture(page: Client, user: User) -> None:
    start = ContentFactory(owner=user, picture=True)
    job = JobFactory(owner=user, succeeded=True, kind="image_to_image", params=image_params(image=start.cid))
    content = JobOutputFactory(job=job).content

    assert f'href="/content/{start.cid}"' in page.get(f"/content/{content.cid}").text


def test_content_page_of_public_content_is_for_everybody(db: None) -> None:
    content = ContentFactory(picture=True, public=True, prompt="for everybody")

    answer = Client().get(f"/content/{content.cid}")

    assert answer.status_code == 200
    assert "for everybody" in answer.text
    assert content.owner.username in answer.text


def test_content_page_of_foreign_private_content_is_like_an_unknown_one(page: Client) -> None:
    foreign = ContentFactory(picture=True)
    unknown = "bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy"

    answers = [
        client.get(f"/content/{cid}", headers={"Accept": "text/html"})
        for client in (page, Client())
        for cid in (foreign.cid, unknown, "nonsense", "..%2f..%2fetc%2fpasswd")
    ]

    assert {answer.status_code for answer in answers} == {404}
    assert len({without_token(answer.text) for answer in answers[:4]}) == 1
    assert len({answer.text for answer in answers[4:]}) == 1


def test_try_again_counts_against_the_quota(page: Client, user: User, served: None) -> None:
    failed = JobFactory(owner=user, failed=True)
    Quota.objects.create(user=user, active_jobs=1)
    services.submit(owner=user, kind="image", params=image_params())

    answer = post(page, f"/studio/jobs/{failed.id}/repeat", {}, htmx=True)

    assert 'role="alert"' in answer.text
    assert Job.objects.filter(status=Status.QUEUED).count() == 1
