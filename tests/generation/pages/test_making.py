"""The form of each kind of job: what it makes, and what it refuses."""

import re
from typing import Any

import pytest
from django.test import Client
from django.utils.html import escape

from accounts.models import User
from content.models import Content
from generation.forms import FORMS
from generation.models import Job
from generation.serializers.jobs import PARAMS_OF_KIND
from tests.factories.accounts import UserFactory
from tests.factories.content import ContentFactory
from tests.support.pages import (
    KINDS,
    NUMBERS,
    ON_PICTURES,
    SENT,
    UNKNOWN_CID,
    png,
    post,
    value_of,
)


def sent(kind: str, user: User, **changes: Any) -> dict[str, Any]:
    start = {"start": ContentFactory(owner=user, picture=True).cid} if kind in ON_PICTURES else {}
    return {"make": kind, **SENT[kind], **start, **changes}


@pytest.mark.parametrize("kind", KINDS)
def test_form_makes_the_job_that_the_api_would_make(page: Client, user: User, served: None, kind: str) -> None:
    data = sent(kind, user)

    answer = post(page, data=data)

    job = Job.objects.get()
    assert answer.headers["Location"] == f"/{'' if kind == 'image' else f'?make={kind}'}#job-{job.id}"
    assert (job.kind, job.owner, job.visibility) == (kind, user, "private")
    fields = PARAMS_OF_KIND[kind]().fields
    assert set(job.params) <= set(fields)
    assert {name for name, field in fields.items() if field.default is not None and name in SENT[kind]} <= set(
        job.params
    )
    shown = page.get(answer.headers["Location"]).text
    assert f'id="job-{job.id}"' in shown


def test_music_form_sends_its_parameters(page: Client, user: User, served: None) -> None:
    post(page, data=sent("music", user, seed="7"))

    assert Job.objects.get().params == {"description": "church bells", "duration": 4.0, "seed": 7}


def test_text_form_sends_its_parameters(page: Client, user: User, served: None) -> None:
    post(page, data=sent("text", user, seed="7"))

    wanted = {"prompt": "a lighthouse", "max_tokens": 32, "temperature": 0.5, "number_of_texts": 2, "seed": 7}
    assert Job.objects.get().params == {**wanted, "stop": []}


def test_tags_form_takes_one_of_two_descriptions(page: Client, user: User, served: None) -> None:
    post(page, data=sent("tags", user, image_prompt="", sound_description="waves"))

    assert Job.objects.get().params == {"image_prompt": "", "sound_description": "waves"}


def test_analysis_form_sends_each_label_once(page: Client, user: User, served: None) -> None:
    data = sent("analysis", user)

    post(page, data=data)

    assert Job.objects.get().params == {"image": data["start"], "labels": ["circle", "star"], "max_masks": 5}


def test_image_to_image_form_keeps_the_shape_of_an_upload(page: Client, user: User, served: None) -> None:
    post(page, data={"make": "image_to_image", **SENT["image_to_image"], "image": png()})

    job = Job.objects.get()
    assert job.params["strength"] == 0.5
    assert (job.params["width"], job.params["height"]) == (320, 256)
    assert Content.objects.get(owner=user).cid == job.params["image"]


def test_image_to_image_form_may_have_no_prompt_and_a_size(page: Client, user: User, served: None) -> None:
    data = sent("image_to_image", user, prompt="", width="512", height="640")

    post(page, data={**data, "start": f" {data['start']} "})

    params = Job.objects.get().params
    assert (params["prompt"], params["width"], params["height"]) == ("", 512, 640)


@pytest.mark.parametrize("kind", ["music", "text"])
def test_public_is_a_choice_where_content_is_made(page: Client, user: User, served: None, kind: str) -> None:
    post(page, data=sent(kind, user, public="on"))

    assert Job.objects.get().visibility == "public"


@pytest.mark.parametrize("kind", KINDS)
def test_form_by_htmx_answers_with_the_card(page: Client, user: User, served: None, kind: str) -> None:
    answer = post(page, data=sent(kind, user), htmx=True)

    assert answer.status_code == 200
    assert f'id="job-{Job.objects.get().id}"' in answer.text
    assert "<html" not in answer.text


# ---- Refusing -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("kind", "name"), NUMBERS)
def test_number_beyond_a_bound_is_refused_by_its_field(
    page: Client, user: User, served: None, kind: str, name: str
) -> None:
    api: Any = PARAMS_OF_KIND[kind]().fields[name]
    label = FORMS[kind].base_fields[name].label
    sentence = f"{label} must be a number between {api.bounds[0]:g} and {api.bounds[1]:.0f}."

    for value in (api.bounds[0] - 1, api.bounds[1] + 1, "x", "nan"):
        answer = post(page, data=sent(kind, user, **{name: value}), htmx=True)

        assert answer.status_code == 400
        error = re.search(rf'<p class="field-error" id="id_{name}_error" hx-swap-oob="true">([^<]*)</p>', answer.text)
        assert error
        assert error[1] == escape(sentence)
        assert f'href="#id_{name}"' in answer.text
    assert not Job.objects.exists()


@pytest.mark.parametrize(
    ("kind", "changes", "field", "sentence"),
    [
        ("music", {"description": " "}, "description", "Write a description: what should be heard?"),
        ("music", {"description": "x" * 2001}, "description", "Description must be at most 2000 characters."),
        ("text", {"prompt": ""}, "prompt", "Write a prompt: what should the text be about?"),
        ("tags", {"image_prompt": ""}, "image_prompt", "Say what is in the picture, or what is heard, or both."),
        (
            "analysis",
            {"labels": "x" * 101},
            "labels",
            "Your labels must be at most 100 labels of at most 100 characters.",
        ),
        ("analysis", {"labels": ",".join(map(str, range(101)))}, "labels", "Your labels must be at most 100 labels"),
        ("analysis", {"start": ""}, "image", "Choose a picture: a file, or one that Atelier has by its CID."),
        ("image_to_image", {"start": ""}, "image", "Choose a picture: a file, or one that Atelier has by its CID."),
    ],
)
def test_what_a_kind_needs_is_asked_for_by_its_field(
    page: Client, user: User, served: None, kind: str, changes: dict[str, str], field: str, sentence: str
) -> None:
    data = sent(kind, user, **changes)

    whole, part = post(page, data=data), post(page, data=data, htmx=True)

    assert (whole.status_code, part.status_code) == (400, 400)
    for text in (whole.text, part.text):
        error = re.search(rf'<p class="field-error" id="id_{field}_error"[^>]*>([^<]*)</p>', text)
        assert error
        assert error[1].startswith(sentence)
    assert f'name="make" value="{kind}"' in whole.text
    assert not Job.objects.exists()


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_is_lost_when_the_form_is_refused(page: Client, user: User, kind: str) -> None:
    data = sent(kind, user)

    answer = post(page, data=data)  # no worker was seen

    assert answer.status_code == 503
    for name, value in data.items():
        assert value_of(answer.text, name) == escape(value), name


@pytest.mark.parametrize("kind", ON_PICTURES)
def test_uploaded_picture_is_not_lost_when_the_form_is_refused(page: Client, user: User, kind: str) -> None:
    name = "max_masks" if kind == "analysis" else "seed"

    answer = post(page, data={"make": kind, **SENT[kind], "image": png(), name: "-1"})

    assert answer.status_code == 400
    kept = Content.objects.get(owner=user)
    assert value_of(answer.text, "start") == kept.cid
    assert f'src="/ipfs/{kept.cid}"' in answer.text


@pytest.mark.parametrize("kind", ON_PICTURES)
def test_picture_that_is_not_the_users_to_see_is_like_an_unknown_one(
    page: Client, user: User, served: None, kind: str
) -> None:
    foreign = ContentFactory(picture=True).cid
    text = ContentFactory(owner=user).cid

    answers = [
        post(page, data=sent(kind, user, start=cid), htmx=True) for cid in (foreign, text, UNKNOWN_CID, "nonsense")
    ]

    assert {answer.status_code for answer in answers} == {400}
    assert len({answer.text for answer in answers}) == 1
    assert (
        'id="id_start_error" hx-swap-oob="true">There is no picture with this CID that you may see.' in answers[0].text
    )
    assert not Job.objects.exists()


@pytest.mark.parametrize("kind", ON_PICTURES)
def test_public_picture_of_another_may_be_used(page: Client, user: User, served: None, kind: str) -> None:
    public = ContentFactory(owner=UserFactory(), picture=True, public=True)

    post(page, data=sent(kind, user, start=public.cid))

    assert Job.objects.get().params["image"] == public.cid


@pytest.mark.parametrize("kind", ON_PICTURES)
def test_file_that_is_no_picture_is_refused(page: Client, user: User, served: None, kind: str) -> None:
    file = png()
    file.write(b"<svg xmlns='http://www.w3.org/2000/svg'/>" + b" " * 1000)
    file.seek(0)

    answer = post(page, data={"make": kind, **SENT[kind], "image": file}, htmx=True)

    assert answer.status_code == 400
    assert 'id="id_image_error" hx-swap-oob="true">The picture is not a valid image.' in answer.text
    assert not Content.objects.exists()


def test_picture_as_a_file_and_as_a_cid_is_refused(page: Client, user: User, served: None) -> None:
    answer = post(page, data=sent("analysis", user, image=png()), htmx=True)

    assert "Give a picture as a file or by its CID, not both." in answer.text
