"""Buttons that fill the form in: presets, examples, surprises, and the way back to what was written."""

import json
import re
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from content.models import Content
from generation.models import Job, JobKind
from generation.prompts import EXAMPLES, has_surprises
from tests.factories.generation import PersonalModelFactory
from tests.support.pages import FORM, KINDS, MOST_QUERIES, ON_PICTURES, SENT, inline_code, png, post, value_of

SURPRISED = [kind for kind in KINDS if has_surprises(JobKind(kind))]
MAIN = {"music": "description", "tags": "image_prompt"}


def press(page: Client, button: str, data: dict[str, Any], *, kind: str = "image") -> str:
    """The studio after a press of a button that fills in the form as it stands."""
    answer = post(page, data={"make": kind, **data, "fill": button})
    assert answer.status_code == 200
    return str(answer.text)


def shown(text: str) -> dict[str, str]:
    """What the form of a page holds, as a browser would send it."""
    names = set(re.findall(r'<(?:input|textarea|select)[^>]* name="(\w+)"', text)) - {"csrfmiddlewaretoken", "public"}
    values = {name: value_of(text, name) for name in names}
    unescape = (("&quot;", '"'), ("&#x27;", "'"), ("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&"))
    for name, value in values.items():
        for entity, character in unescape:
            value = (value or "").replace(entity, character)
        values[name] = value
    return {name: value or "" for name, value in values.items()}


def pressed(text: str) -> list[str]:
    return re.findall(r'value="preset:(\w+)"[^>]* aria-pressed="true"', text)


# ---- Presets --------------------------------------------------------------------------------------------------------


def test_preset_sets_its_fields_and_keeps_the_rest(page: Client, user: User) -> None:
    data = {**FORM, "prompt": "a <b> “red” circle", "negative_prompt": "people", "seed": "7", "public": "on"}

    text = press(page, "preset:fine", data)

    held = shown(text)
    assert held["num_inference_steps"] == "60"
    assert {name: held[name] for name in ("prompt", "negative_prompt", "seed")} == {
        name: data[name] for name in ("prompt", "negative_prompt", "seed")
    }
    assert re.search(r'name="public"[^>]* checked', text)
    assert "fine" in pressed(text)
    assert inline_code(text) == []
    assert not Job.objects.exists()


def test_preset_in_force_is_marked_and_a_changed_field_leaves_it(page: Client) -> None:
    assert pressed(page.get("/").text) == ["standard", "square"]
    assert pressed(page.get("/?make=music").text) == ["long"]
    assert pressed(page.get("/?make=text").text) == ["medium", "balanced"]
    assert pressed(page.get("/?make=image_to_image").text) == ["marked", "standard"]
    assert pressed(page.get("/?num_inference_steps=11&width=512&height=768").text) == ["portrait"]
    assert pressed(page.get("/?make=tags").text) == []


def test_preset_checks_nothing_yet(page: Client) -> None:
    text = press(page, "preset:quick", {**FORM, "prompt": "", "seed": "-5"})

    assert shown(text)["seed"] == "-5"
    assert 'class="form-errors is-empty"' in text


@pytest.mark.parametrize("kind", ON_PICTURES)
def test_uploaded_picture_is_kept(page: Client, user: User, kind: str) -> None:
    text = press(page, "preset:quick", {**SENT[kind], "image": png()}, kind=kind)

    assert shown(text)["start"] == Content.objects.get(owner=user).cid


@pytest.mark.parametrize("button", ["", "nonsense", "preset:", "preset:short", "example:99", "example:x", "example:²"])
def test_button_that_there_is_not_changes_nothing(page: Client, button: str) -> None:
    held = shown(press(page, button, FORM))

    assert {name: held[name] for name in FORM} == FORM


def test_filled_form_is_sent_like_any_other(page: Client, served: None) -> None:
    held = shown(press(page, "preset:landscape", FORM))

    post(page, data=held)

    params = Job.objects.get().params
    assert (params["width"], params["height"]) == (768, 512)


def test_by_htmx_only_the_form_is_answered_in_its_own_place(page: Client) -> None:
    answer = post(page, data={**FORM, "fill": "preset:quick"}, htmx=True)

    assert "<html" not in answer.text
    assert 'id="composer"' in answer.text
    assert answer.headers["HX-Retarget"] == "#composer"
    assert answer.headers["HX-Reswap"] == "outerHTML"


# ---- Surprises and examples -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", SURPRISED)
def test_surprise_writes_a_prompt_and_a_seed_and_leads_back(page: Client, kind: str) -> None:
    main = MAIN.get(kind, "prompt")
    written = {**SENT[kind], main: 'what I "wrote",\nin two lines', "seed": "7"}

    first = press(page, "surprise", written, kind=kind)
    second = press(page, "surprise", shown(first), kind=kind)
    back = press(page, "back", shown(second), kind=kind)

    texts = [shown(text)[main] for text in (first, second)]
    assert written[main] not in texts
    assert texts[0] != texts[1]
    assert re.search(r'value="back">', second)
    assert re.search(r'value="back" hidden>', back)
    assert shown(back)[main].replace("\r\n", "\n") == written[main]
    if kind != "tags":
        assert len({shown(text)["seed"] for text in (first, second)} | {"7"}) == 3
        assert shown(back)["seed"] == "7"


def test_every_text_that_was_written_comes_back_the_last_one_first(page: Client) -> None:
    held = {**FORM, "prompt": "first", "seed": ""}
    for text in ("second", "third"):
        held = {**shown(press(page, "surprise", held)), "prompt": text, "seed": ""}
    held = shown(press(page, "example:1", held))
    assert held["prompt"] == EXAMPLES[JobKind.IMAGE][1]

    found = []
    for _ in range(4):
        held = shown(press(page, "back", held))
        found.append(held["prompt"])

    assert found == ["third", "second", "first", "first"]


def test_example_that_the_page_wrote_is_nothing_to_come_back_to(page: Client) -> None:
    held = shown(page.get("/").text)
    assert held["prompt"] == EXAMPLES[JobKind.IMAGE][0]

    assert re.search(r'value="back" hidden>', press(page, "surprise", held))


@pytest.mark.parametrize(
    "written", ["x", "{}", "[1]", '["ab"]', '[["\\ud800", ""]]', "[" * 5000, '[["a"]]', "null", "7"]
)
def test_nonsense_in_the_hidden_fields_is_nothing(page: Client, written: str) -> None:
    for button in ("back", "surprise"):
        press(page, button, {**FORM, "written": written, "put": written})


def test_code_in_what_was_written_stays_text(page: Client) -> None:
    payload = '"><script>window.hit = 1</script>'

    text = press(page, "surprise", {**FORM, "prompt": payload})

    assert inline_code(text) == []
    assert payload in json.loads(shown(text)["written"])[0]


def test_analysis_has_no_surprises(page: Client) -> None:
    assert 'value="surprise"' not in page.get("/?make=analysis").text
    assert shown(press(page, "surprise", SENT["analysis"], kind="analysis"))["labels"] == SENT["analysis"]["labels"]
    assert page.get("/studio/surprise?make=analysis").status_code == 404


def test_surprise_for_the_script(page: Client, user: User) -> None:
    PersonalModelFactory(owner=user, alias="my-face", instance_token="sks person")

    plain = page.get("/studio/surprise", {"make": "music", "unlike": "x"}).json()
    personal = page.get("/studio/surprise", {"make": "image", "model": "my-face"}).json()
    unknown = page.get("/studio/surprise", {"make": "image", "model": "no-such-model"})

    assert set(plain) == {"text", "seed"}
    assert 0 <= plain["seed"] < 2**31
    assert "sks person" in personal["text"]
    assert unknown.status_code == 200
    assert Client().get("/studio/surprise").status_code == 302


@pytest.mark.parametrize("kind", KINDS)
def test_filling_asks_few_queries(page: Client, django_assert_max_num_queries: Any, kind: str) -> None:
    with django_assert_max_num_queries(MOST_QUERIES):
        press(page, "surprise", SENT[kind], kind=kind)
