"""The page of a piece of content."""

import re
from typing import Any

from django.test import Client

from accounts.models import User
from content.models import Kind
from tests.factories.content import ContentFactory
from tests.factories.generation import JobFactory, JobOutputFactory, image_params
from tests.support.pages import UNKNOWN_CID, inline_code, without_token


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


def test_picture_made_from_another_is_shown_before_and_after(page: Client, user: User) -> None:
    before = ContentFactory(owner=user, picture=True, prompt="the sea")
    params = image_params(image=before.cid, strength=0.5)
    content = JobOutputFactory(job__owner=user, job__kind="image_to_image", job__params=params).content

    text = page.get(f"/content/{content.cid}").text

    assert text.count("data-compare") == 1
    assert re.search(
        rf'<img class="compare-before" src="/ipfs/{before.cid}" width="4" height="3" alt="Before: the sea"', text
    )
    assert re.search(rf'<img class="compare-after" src="/ipfs/{content.cid}"', text)
    assert re.search(r'<input class="compare-slider needs-script" type="range"[^>]* aria-label="', text)
    assert "compare.js" in text
    assert inline_code(text) == []
    assert "data-compare" not in page.get(f"/content/{before.cid}").text


def test_before_is_shown_to_those_alone_who_may_see_it(page: Client, user: User) -> None:
    private = ContentFactory(picture=True, prompt="a secret")
    mask = ContentFactory(owner=user, picture=True)
    text = ContentFactory(owner=user)
    for parents in ([private.cid, mask.cid], [text.cid], [UNKNOWN_CID], ["nonsense"]):
        content = ContentFactory(picture=True, public=True, provenance={"parents": parents})

        for client in (page, Client()):
            answer = client.get(f"/content/{content.cid}").text
            assert "data-compare" not in answer
            assert "a secret" not in answer


def test_content_page_of_a_text_shows_it_and_runs_nothing(page: Client, user: User) -> None:
    content = ContentFactory(owner=user, data=b"Two lines\n<script>window.hit = 1</script>")

    text = page.get(f"/content/{content.cid}").text

    assert "Two lines<br>&lt;script&gt;" in text
    assert '.txt"' in text


def test_content_page_of_a_sound_plays_it(page: Client, user: User) -> None:
    content = ContentFactory(owner=user, kind=Kind.AUDIO, media_type="audio/wav", duration=2.0)

    text = page.get(f"/content/{content.cid}").text

    assert f'<audio class="content-sound" controls preload="metadata" src="/ipfs/{content.cid}">' in text
    assert '.wav"' in text


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
    # The page to sign in leads back to what was asked for.
    assert len({re.sub(r"\?next=[^\"]*", "", answer.text) for answer in answers[4:]}) == 1
