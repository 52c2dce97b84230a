"""What the page of a piece of content shows beyond how it was made, and what can be done there."""

import ast
import json
import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from content.models import Content, Kind, PinState, Takedown
from content.services import register, store
from generation.models import Job
from generation.snippets import snippet_of
from generation.waveform import Waveform
from tests.content.test_thumbnails import path_of, png, wav
from tests.factories.content import ContentFactory, TagFactory
from tests.factories.generation import JobFactory, JobOutputFactory, image_params
from tests.support.pages import MOST_QUERIES, PAYLOADS, UNKNOWN_CID, inline_code

NASTY = [
    *PAYLOADS,
    "it's\n\"\"\" + __import__('os').system('touch hit') #",
    "ein Kreis 🔴 \u202e \x7f\x1b[31m",
    "{x!r} %s \\",
]


@pytest.fixture
def visitor() -> Client:
    return Client(raise_request_exception=False, headers={"Accept": "text/html"})


def made(user: User, **values: Any) -> Content:
    """A picture that a finished job made."""
    content: Content = JobOutputFactory(job__owner=user, job__params=image_params(**values)).content
    return content


# ---- what is shown --------------------------------------------------------------------------------------------------


def test_owner_may_change_it_and_others_may_not(page: Client, visitor: Client, user: User) -> None:
    own, foreign = (ContentFactory(**who, picture=True, public=True) for who in ({"owner": user}, {}))

    assert 'value="private"' in page.get(f"/content/{own.cid}").text
    assert 'value="delete"' in page.get(f"/content/{own.cid}").text
    for client, content in [(page, foreign), (visitor, own)]:
        text = client.get(f"/content/{content.cid}").text
        assert 'name="action"' not in text
    assert "Verify" not in visitor.get(f"/content/{own.cid}").text


def test_tags_lead_to_the_gallery_that_the_viewer_has_of_them(page: Client, visitor: Client, user: User) -> None:
    content = ContentFactory(owner=user, picture=True, public=True)
    TagFactory(content=content, name="red & white/boat")

    assert 'href="/gallery?tag=red%20%26%20white%2Fboat"' in page.get(f"/content/{content.cid}").text
    assert 'href="/gallery/public?tag=red%20%26%20white%2Fboat"' in visitor.get(f"/content/{content.cid}").text


@pytest.mark.parametrize(
    ("state", "words"),
    [(PinState.PINNED, "Pinned on IPFS"), (PinState.PINNING, "On its way to IPFS"), (PinState.FAILED, "Not pinned")],
)
def test_owner_sees_how_far_it_is_pinned(page: Client, visitor: Client, user: User, state: str, words: str) -> None:
    content = ContentFactory(owner=user, public=True, pin_state=state)

    assert words in page.get(f"/content/{content.cid}").text
    assert "IPFS" not in visitor.get(f"/content/{content.cid}").text


def test_parents_and_children_are_shown_to_who_may_see_them(page: Client, visitor: Client, user: User) -> None:
    parent = ContentFactory(owner=user, picture=True, prompt="the start")
    children = [
        register(
            owner=user,
            stored=store(f"child {number}".encode()),
            kind=Kind.IMAGE,
            media_type="image/png",
            prompt=f"child {number}",
            provenance={"parents": [parent.cid]},
            visibility=visibility,
        )
        for number, visibility in enumerate(["private", "public"])
    ]

    own = page.get(f"/content/{parent.cid}").text
    assert "Made from this" in own
    assert all(f'href="/content/{child.cid}"' in own for child in children)
    text = page.get(f"/content/{children[1].cid}").text
    assert f'src="/content/{parent.cid}/thumbnail"' in text
    assert "the start" in text
    # The parent's CID is part of what was published; what it shows is not.
    text = visitor.get(f"/content/{children[1].cid}").text
    assert f'href="/content/{parent.cid}"' in text
    assert "thumbnail" not in text
    assert "the start" not in text
    # And whoever sees the parent alone is not told of private children.
    parent.visibility = "public"
    parent.save()
    text = visitor.get(f"/content/{parent.cid}").text
    assert children[1].cid in text
    assert children[0].cid not in text


def test_sound_has_a_waveform_of_its_samples(page: Client, user: User) -> None:
    # A quiet one has a shape, too.
    data = wav([0] * 100 + [3200] * 100)
    content = ContentFactory(owner=user, data=data, kind=Kind.AUDIO, media_type="audio/wav", duration=0.025)

    text = page.get(f"/content/{content.cid}").text

    path = re.search(r'class="waveform-all" d="([^"]+)"', text)
    assert path is not None
    assert path[1] == Waveform([0.0] * 100 + [1.0] * 100).path
    assert f'src="/ipfs/{content.cid}"' in text
    assert inline_code(text) == []


def test_sound_that_cannot_be_read_has_a_player_without_a_waveform(page: Client, user: User) -> None:
    content = ContentFactory(owner=user, data=b"RIFF", kind=Kind.AUDIO, media_type="audio/wav")

    text = page.get(f"/content/{content.cid}").text

    assert "data-player" in text
    assert "data-waveform" not in text


def test_text_is_shown_to_its_beginning_and_leads_to_the_rest(page: Client, user: User) -> None:
    short, long = ContentFactory(owner=user, data=b"short"), ContentFactory(owner=user, data=b"word " * 10_000)

    assert "The whole text" not in page.get(f"/content/{short.cid}").text
    assert "The whole text" in page.get(f"/content/{long.cid}").text
    long.refresh_from_db()
    assert long.excerpt.startswith("word word")


def test_bytes_that_are_gone_leave_a_page(page: Client, user: User) -> None:
    content = ContentFactory(owner=user)
    path_of(content.cid).unlink()

    answer = page.get(f"/content/{content.cid}")

    assert answer.status_code == 200
    assert "cannot be read" in answer.text


@pytest.mark.parametrize(
    "provenance",
    [
        {"parents": "text", "parameters": ["no", "object"], "seed": {"a": 1}, "model": {"b": 2}},
        {"parents": [1, None, {"a": 1}, "", "x" * 500, "../../etc"], "parameters": None},
        {"parents": {"a": 1}, "parameters": {"generated_size": 5, "num_inference_steps": [], "dtype": {}}},
        {"parents": ["a"] * 1000, "parameters": {"generated_size": [1], "num_inference_steps": "x", "labels": 7}},
    ],
)
def test_imported_provenance_may_be_anything(page: Client, user: User, provenance: dict[str, Any]) -> None:
    content = ContentFactory(owner=user, data=png(), picture=True, provenance=provenance, public=True)

    assert page.get(f"/content/{content.cid}").status_code == 200
    assert page.get("/gallery").status_code == 200
    assert page.get(f"/?from={content.cid}").status_code == 200
    asked = page.post("/gallery/selection", {"action": "publish", "cid": content.cid})
    assert asked.status_code == 200
    assert page.post(f"/content/{content.cid}/variation").status_code in (302, 400, 404)


@pytest.mark.parametrize("payload", PAYLOADS)
def test_payloads_on_the_page_are_never_markup(page: Client, user: User, payload: str) -> None:
    content = ContentFactory(
        owner=user,
        picture=True,
        prompt=payload,
        provenance={"model": payload, "parents": [payload], "parameters": {"num_inference_steps": payload}},
    )
    TagFactory(content=content, name=payload[:64])

    assert inline_code(page.get(f"/content/{content.cid}").text) == []


def test_page_costs_the_same_however_many_children(page: Client, user: User) -> None:
    parent = made(user)

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert page.get(f"/content/{parent.cid}").status_code == 200
        return len(captured)

    first = queries()
    for number in range(30):
        register(
            owner=user,
            stored=store(f"child {number}".encode()),
            kind=Kind.IMAGE,
            media_type="image/png",
            provenance={"parents": [parent.cid]},
        )
        TagFactory(content=parent)

    assert queries() <= max(first, MOST_QUERIES)
    assert first <= MOST_QUERIES


# ---- verify ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("htmx", [False, True])
def test_verify_says_whether_the_bytes_are_right(page: Client, user: User, htmx: bool) -> None:
    content = ContentFactory(owner=user, data=b"right " * 400_000)
    address, headers = f"/content/{content.cid}/verification", {"HX-Request": "true"} if htmx else {}

    def verdict() -> str:
        answer = page.post(address, headers=headers)
        return str(answer.text if htmx else page.get(answer["Location"]).text)

    assert "Every byte is what the CID names" in verdict()
    path_of(content.cid).write_bytes(b"rotten")
    text = verdict()
    assert "missing or damaged" in text
    assert "Every byte" not in text


def test_verify_is_for_who_may_see_it(page: Client, visitor: Client) -> None:
    private, public = ContentFactory(), ContentFactory(public=True)

    assert page.post(f"/content/{public.cid}/verification").status_code == 302
    for cid in (private.cid, UNKNOWN_CID, "nonsense"):
        assert page.post(f"/content/{cid}/verification").status_code == 404
    assert visitor.post(f"/content/{public.cid}/verification")["Location"].startswith("/accounts/login/")
    assert page.get(f"/content/{public.cid}/verification").status_code == 405


def test_what_was_taken_down_is_neither_verified_nor_varied(page: Client, user: User) -> None:
    content = made(user)
    Takedown.objects.create(cid=content.cid)

    assert page.post(f"/content/{content.cid}/verification").status_code == 404
    assert page.post(f"/content/{content.cid}/variation").status_code == 404


# ---- vary -----------------------------------------------------------------------------------------------------------


def test_vary_makes_a_private_job_with_the_same_settings_and_another_seed(
    page: Client, user: User, served: None
) -> None:
    content = made(user, negative_prompt="people", guidance_scale=3.5, seed=7)
    first = Job.objects.get()
    Job.objects.update(visibility="public")

    answer = page.post(f"/content/{content.cid}/variation")

    job = Job.objects.exclude(pk=first.pk).get()
    assert answer["Location"] == f"/#job-{job.id}"
    same = {name: value for name, value in first.params.items() if name != "seed"}
    assert {name: job.params[name] for name in same} == same
    assert job.params["seed"] != 7
    assert job.visibility == "private"
    assert job.owner == user


def test_public_content_of_others_is_varied_by_what_it_says(page: Client, user: User, served: None) -> None:
    content = ContentFactory(
        picture=True,
        public=True,
        prompt="a red circle",
        provenance={
            "model": "demo-stable-diffusion",
            "seed": 5,
            "parameters": {"num_inference_steps": 6, "guidance_scale": 4.0},
        },
        width=256,
        height=320,
    )

    page.post(f"/content/{content.cid}/variation")

    job = Job.objects.get()
    assert (job.owner, job.visibility) == (user, "private")
    assert {name: job.params[name] for name in ("prompt", "num_inference_steps", "width", "height")} == {
        "prompt": "a red circle",
        "num_inference_steps": 6,
        "width": 256,
        "height": 320,
    }


def test_vary_whose_start_picture_is_gone_shows_the_form(page: Client, user: User, served: None) -> None:
    start = ContentFactory(owner=user, picture=True)
    job = JobFactory(
        owner=user, succeeded=True, kind="image_to_image", params=image_params(image=start.cid, strength=0.5)
    )
    content = JobOutputFactory(job=job).content
    start.delete()

    answer = page.post(f"/content/{content.cid}/variation")

    assert answer.status_code == 400
    assert "Choose a picture" in answer.text
    assert Job.objects.count() == 1


def test_vary_is_for_what_was_made_and_may_be_seen(page: Client, visitor: Client, user: User) -> None:
    upload = ContentFactory(owner=user, picture=True, provenance={"source": "upload"})
    private = JobOutputFactory().content

    for cid in (upload.cid, private.cid, UNKNOWN_CID, "nonsense"):
        assert page.post(f"/content/{cid}/variation").status_code == 404
    assert page.get(f"/content/{upload.cid}/variation").status_code == 405
    assert visitor.post(f"/content/{upload.cid}/variation").status_code == 302


def test_forms_of_the_page_need_the_token(user: User) -> None:
    client = Client(enforce_csrf_checks=True, raise_request_exception=False)
    client.force_login(user)
    content = made(user)

    for what in ("verification", "variation"):
        assert client.post(f"/content/{content.cid}/{what}").status_code == 403


# ---- programs -------------------------------------------------------------------------------------------------------


def sent_by_python(program: str) -> tuple[str, dict[str, Any]]:
    """The address and the body that a program of ours would send, without running it."""
    tree = ast.parse(program)
    body = next(node.value for node in ast.walk(tree) if isinstance(node, ast.Assign) and node.targets[0].id == "body")  # type: ignore[attr-defined]
    url = next(node for node in ast.walk(tree) if isinstance(node, ast.Constant) and "http" in str(node.value))
    return str(url.value), ast.literal_eval(body)


@pytest.mark.parametrize("prompt", NASTY)
@pytest.mark.parametrize("kind", ["image", "image_to_image", "text"])
def test_python_sends_what_curl_sends(kind: str, prompt: str) -> None:
    snippet = snippet_of(RequestFactory().get("/"), kind, image_params(prompt=prompt, image="bafy"))

    url, body = sent_by_python(snippet.python)

    assert body == snippet.body
    assert json.dumps(snippet.body) in snippet.curl.replace("'\"'\"'", "'")
    assert prompt in (body.get("prompt"), body.get("params", {}).get("prompt"))
    assert url == ("http://testserver/generate/image" if kind == "image" else "http://testserver/api/v1/jobs")
    assert snippet.python.isascii()
    assert all(character.isprintable() or character == "\n" for character in snippet.python)
    assert "ATELIER_KEY" in snippet.python


def test_page_has_both_programs(page: Client, user: User) -> None:
    text = page.get(f"/content/{made(user).cid}").text

    assert "curl --fail-with-body" in text
    assert "urllib.request" in text
    assert "ATELIER_KEY" in text
