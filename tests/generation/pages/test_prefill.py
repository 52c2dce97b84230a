"""Addresses that fill the form: settings of jobs and of content, a picture to begin with, single values."""

import re
from html import unescape
from io import BytesIO
from typing import Any

import pytest
from django.test import Client
from django.utils.http import urlencode
from PIL import Image

from accounts.models import User
from content.models import Content
from content.services import store_upload
from generation.models import Job
from tests.factories.accounts import UserFactory
from tests.factories.content import ContentFactory
from tests.factories.generation import JobFactory, JobOutputFactory, PersonalModelFactory, image_params
from tests.support.pages import FORM, NOBODYS, SENT, UNKNOWN_CID, post, value_of


def filled(page: Client, **query: str) -> str:
    answer = page.get(f"/?{urlencode(query)}")
    assert answer.status_code == 200
    return str(answer.text)


@pytest.mark.parametrize(
    ("kind", "params", "shown"),
    [
        ("music", {"description": "bells", "duration": 4.0, "seed": 9}, {"description": "bells", "seed": "9"}),
        (
            "text",
            {"prompt": "a lighthouse", "max_tokens": 33, "temperature": 0.0, "number_of_texts": 2, "seed": 9},
            {"prompt": "a lighthouse", "max_tokens": "33", "temperature": "0.0", "number_of_texts": "2"},
        ),
        ("tags", {"image_prompt": "x", "sound_description": "y"}, {"image_prompt": "x", "sound_description": "y"}),
    ],
)
def test_again_fills_the_form_of_the_jobs_kind(
    page: Client, user: User, kind: str, params: dict[str, Any], shown: dict[str, str]
) -> None:
    job = JobFactory(owner=user, kind=kind, params=params)

    text = filled(page, again=str(job.id), make="image")

    assert f'name="make" value="{kind}"' in text
    assert {name: value_of(text, name) for name in shown} == shown


def test_again_fills_picture_labels_and_personal_model(page: Client, user: User) -> None:
    picture = ContentFactory(owner=user, picture=True)
    analysis = JobFactory(
        owner=user, kind="analysis", params={"image": picture.cid, "labels": ["a", "b"], "max_masks": 7}
    )
    model = PersonalModelFactory(owner=user, alias="my-face")
    personal = JobFactory(owner=user, personal_model=model, model_name="my-face")

    text = filled(page, again=str(analysis.id))
    assert value_of(text, "start") == picture.cid
    assert value_of(text, "labels") == "a, b"
    assert value_of(text, "max_masks") == "7"
    assert f'src="/ipfs/{picture.cid}"' in text
    assert value_of(filled(page, again=str(personal.id)), "model") == "my-face"


def test_again_leaves_out_a_model_and_a_picture_that_are_gone(page: Client, user: User) -> None:
    job = JobFactory(
        owner=user, kind="image_to_image", model_name="my-face", params=image_params(image=UNKNOWN_CID, strength=0.25)
    )

    text = filled(page, again=str(job.id))

    assert not value_of(text, "start")
    assert value_of(text, "strength") == "0.25"
    assert "my-face" not in text


def test_settings_of_own_content_are_those_of_its_job_with_its_own_seed(page: Client, user: User) -> None:
    params = image_params(prompt="a forest at night", number_of_images=3, width=768, height=512, seed=99)
    job = JobFactory(owner=user, succeeded=True, params=params)
    content = JobOutputFactory(job=job).content
    content.provenance["seed"] = 101
    content.save()

    text = filled(page, **{"from": content.cid})

    assert value_of(text, "prompt") == "a forest at night"
    assert value_of(text, "seed") == "101"
    assert value_of(text, "width") == "768"
    assert value_of(text, "number_of_images") == "1"


def test_settings_of_public_content_of_another_come_from_its_provenance(page: Client) -> None:
    params = image_params(prompt="a forest at night", negative_prompt="people")
    content = JobOutputFactory(job__params=params, content__public=True).content

    text = filled(page, **{"from": content.cid})

    assert value_of(text, "prompt") == "a forest at night"
    assert value_of(text, "negative_prompt") == "people"
    assert value_of(text, "seed") == "7"


def test_settings_from_a_provenance_that_no_form_would_take_are_left_out(page: Client) -> None:
    parameters = {"num_inference_steps": 9999, "guidance_scale": "<b>", "negative_prompt": ["x"], "strength": None}
    content = ContentFactory(
        picture=True, public=True, prompt="p" * 3000, provenance={"parameters": parameters, "seed": -1, "model": "x"}
    )

    text = filled(page, **{"from": content.cid})

    assert not value_of(text, "seed")
    assert value_of(text, "num_inference_steps") == "30"
    assert value_of(text, "guidance_scale") == "7.5"
    assert "9999" not in text


def test_settings_of_others_private_content_are_not_to_be_had(page: Client) -> None:
    foreign = JobOutputFactory(job__params=image_params(prompt="a secret of another")).content

    for cid in (foreign.cid, UNKNOWN_CID, "nonsense"):
        assert "a secret of another" not in filled(page, **{"from": cid})
        assert not value_of(filled(page, make="analysis", start=cid), "start")


@pytest.mark.parametrize("kind", ["image_to_image", "analysis"])
def test_start_names_the_picture_to_begin_with(page: Client, user: User, kind: str) -> None:
    picture = ContentFactory(owner=UserFactory(), picture=True, public=True)

    text = filled(page, make=kind, start=picture.cid)

    assert f'name="make" value="{kind}"' in text
    assert value_of(text, "start") == picture.cid
    assert 'name="make" value="image_to_image"' in filled(page, start=picture.cid)


def test_values_of_the_address_are_held_to_the_bounds(page: Client) -> None:
    text = filled(page, make="music", description="bells", duration="9", seed="-1", model="no-such-model")

    assert value_of(text, "description") == "bells"
    assert value_of(text, "duration") == "9.0"
    assert not value_of(text, "seed")
    assert "no-such-model" not in text
    assert value_of(filled(page, make="music", duration="31"), "duration") == "30"


def test_address_publishes_nothing_and_names_no_key(page: Client) -> None:
    text = filled(page, make="music", description="bells", public="on", key="mine")

    assert "checked" not in text
    assert 'value="mine"' not in text


@pytest.mark.parametrize("name", ["again", "from", "start"])
@pytest.mark.parametrize("value", ["", "x", NOBODYS, "data:image/png;base64,AAAA", "../../etc/passwd", "\x00"])
def test_address_with_nonsense_shows_the_form(page: Client, name: str, value: str) -> None:
    filled(page, **{name: value})


# ---- Masks, conversations, labels -----------------------------------------------------------------------------------


def masked(user: User) -> Job:
    """A finished repainting of a picture of 8 × 8 pixels."""
    files = [BytesIO(), BytesIO()]
    Image.new("RGB", (8, 8), "red").save(files[0], "PNG")
    Image.new("RGBA", (8, 8), (0, 0, 0, 0)).save(files[1], "PNG")
    picture, mask = (store_upload(owner=user, data=file.getvalue()) for file in files)
    params = image_params(image=picture.cid, mask=mask.cid, strength=1.0)
    return JobFactory(owner=user, succeeded=True, kind="image_to_image", params=params)


def held_by(text: str, *names: str) -> dict[str, str]:
    """Fields of the form, as a browser would send them."""
    return {name: unescape(value_of(text, name) or "") for name in names}


def test_settings_with_a_mask_make_the_same_job_again(page: Client, user: User, served: None) -> None:
    job = masked(user)
    content = JobOutputFactory(job=job).content

    for text in (filled(page, again=str(job.id)), filled(page, **{"from": content.cid})):
        assert value_of(text, "mask") == job.params["mask"]
        assert f'src="/ipfs/{job.params["mask"]}"' in text
        assert '<details class="more" open>' in text
        names = ["prompt", "start", "mask", "strength", "width", "height", "seed"]
        names += ["num_inference_steps", "guidance_scale", "number_of_images"]
        post(page, data={"make": "image_to_image", **held_by(text, *names)})

    twins = Job.objects.exclude(pk=job.pk)
    assert [twin.params for twin in twins] == [job.params, job.params]


def test_vary_keeps_the_mask_and_says_where_it_is_gone(page: Client, user: User, served: None) -> None:
    job = masked(user)
    content = JobOutputFactory(job=job).content

    page.post(f"/content/{content.cid}/variation")
    assert Job.objects.exclude(pk=job.pk).get().params["mask"] == job.params["mask"]

    Content.objects.get(cid=job.params["mask"]).delete()
    answer = page.post(f"/content/{content.cid}/variation")

    assert answer.status_code == 400
    assert re.search(r'id="id_mask_error"[^>]*>There is no picture with this CID that you may see.', answer.text)
    assert Job.objects.count() == 2


@pytest.mark.parametrize(
    ("size", "sentence"),
    [((8, 9), "The mask must have the size of the picture"), (None, "There is no picture with this CID")],
)
def test_mask_that_does_not_fit_is_refused_by_its_field(
    page: Client, user: User, served: None, size: tuple[int, int] | None, sentence: str
) -> None:
    job = masked(user)
    mask = UNKNOWN_CID
    if size:
        file = BytesIO()
        Image.new("RGBA", size, (0, 0, 0, 0)).save(file, "PNG")
        mask = store_upload(owner=user, data=file.getvalue()).cid
    data = {"make": "image_to_image", **SENT["image_to_image"], "start": job.params["image"], "mask": mask}

    answer = post(page, data=data, htmx=True)

    assert answer.status_code == 400
    error = re.search(r'<p class="field-error" id="id_mask_error"[^>]*>([^<]*)', answer.text)
    assert error
    assert unescape(error[1]).startswith(sentence)


def test_masks_of_others_public_pictures_are_used_only_where_they_may_be_seen(page: Client) -> None:
    start, mask = ContentFactory(picture=True, public=True), ContentFactory(picture=True)
    params = image_params(image=start.cid, mask=mask.cid, strength=0.5)
    content = JobOutputFactory(job__kind="image_to_image", job__params=params, content__public=True).content
    content.provenance["parents"] = [start.cid, mask.cid]
    content.save()

    text = filled(page, **{"from": content.cid})

    assert value_of(text, "start") == start.cid
    assert not value_of(text, "mask")
    assert mask.cid not in text


CONVERSATION = [
    {"role": "system", "content": "You are a poet."},
    {"role": "user", "content": "Hello\n\nUser: is a word, <b>too</b>"},
    {"role": "assistant", "content": "Hello."},
]
TEXT = {"max_tokens": 33, "temperature": 0.5, "number_of_texts": 1, "seed": 9}


@pytest.mark.parametrize(
    ("messages", "prompt"),
    [
        ([*CONVERSATION, {"role": "user", "content": "Write about rain."}], "Write about rain."),
        (CONVERSATION, ""),
        ([{"role": "user", "content": "y" * 3000}], ""),
    ],
)
def test_conversation_and_stops_are_turns_that_make_the_same_job_again(
    page: Client, user: User, served: None, messages: list[dict[str, str]], prompt: str
) -> None:
    asked = [turn["content"] for turn in messages if turn["role"] == "user"][-1]
    params = {**TEXT, "prompt": asked, "messages": messages, "stop": ["END", "\nUser:", "a\\n"]}
    job = JobFactory(owner=user, kind="text", params=params)

    text = filled(page, again=str(job.id))

    held = held_by(text, "prompt", "turns", "stop", *TEXT)
    assert held["prompt"] == prompt
    assert '<details class="more" open>' in text
    post(page, data={"make": "text", **held})
    assert Job.objects.exclude(pk=job.pk).get().params == params


def test_vary_keeps_the_conversation(page: Client, user: User, served: None) -> None:
    params = {**TEXT, "prompt": "Go on.", "messages": [*CONVERSATION, {"role": "user", "content": "Go on."}]}
    job = JobFactory(owner=user, kind="text", succeeded=True, params=params)
    content = JobOutputFactory(job=job, content__kind="text", content__media_type="text/plain").content

    page.post(f"/content/{content.cid}/variation")

    again = Job.objects.exclude(pk=job.pk).get().params
    assert again["messages"] == params["messages"]
    assert again["seed"] != params["seed"]


@pytest.mark.parametrize(
    ("turns", "prompt", "field", "sentence"),
    [
        ("hello", "x", "turns", "The first line must begin with “User:”, “Assistant:” or “System:”."),
        ("User: a\nAssistant: ", "x", "turns", "Turn 2 is empty."),
        (f"User: {'a' * 8001}", "x", "turns", "Turn 1 must be between 1 and 8000 characters."),
        ("\n".join(["User: a"] * 101), "x", "turns", "Turns before the prompt must be a list of 1 to 100 messages."),
        ("\n".join([f"User: {'a' * 8000}"] * 4), "x", "turns", "Turns before the prompt must have at most 32000"),
        ("Assistant: Hello.", "", "prompt", "Write a prompt: what should the text be about?"),
        (None, "x", "stop", "Stop at must be at most 4 lines of at most 100 characters."),
    ],
)
def test_turns_that_no_job_takes_are_refused_by_their_field(
    page: Client, served: None, turns: str | None, prompt: str, field: str, sentence: str
) -> None:
    stops = "a\nb\nc\nd\ne" if turns is None else ""

    answer = post(page, data={"make": "text", **SENT["text"], "prompt": prompt, "turns": turns or "", "stop": stops})

    assert answer.status_code == 400
    error = re.search(rf'<p class="field-error" id="id_{field}_error"[^>]*>([^<]*)', answer.text)
    assert error
    assert unescape(error[1]).startswith(sentence)
    assert not Job.objects.exists()


def test_labels_of_a_picture_are_taken_over_and_sent(page: Client, user: User, served: None) -> None:
    job = JobFactory(owner=user, params=image_params(labels=["circle", "star"]))

    text = filled(page, again=str(job.id))
    post(page, data={**FORM, "labels": value_of(text, "labels")})

    assert value_of(text, "labels") == "circle, star"
    assert Job.objects.exclude(pk=job.pk).get().params["labels"] == ["circle", "star"]
