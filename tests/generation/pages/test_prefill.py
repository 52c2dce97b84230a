"""Addresses that fill the form: settings of jobs and of content, a picture to begin with, single values."""

from typing import Any

import pytest
from django.test import Client
from django.utils.http import urlencode

from accounts.models import User
from tests.factories.accounts import UserFactory
from tests.factories.content import ContentFactory
from tests.factories.generation import JobFactory, JobOutputFactory, PersonalModelFactory, image_params
from tests.support.pages import NOBODYS, UNKNOWN_CID, value_of


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
