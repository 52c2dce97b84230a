"""What the list shows of jobs of every kind."""

import re
from typing import Any

import pytest
from django.test import Client
from django.utils.html import escape

from accounts.models import User
from content.models import Content
from generation.models import Job
from tests.factories.generation import JobFactory, JobOutputFactory, image_params
from tests.support.pages import MOST_QUERIES, PAYLOADS, inline_code
from tests.support.results import analysis_of, sound_of, tags_of, texts_of


def test_sound_has_a_player_and_what_made_it(page: Client, user: User) -> None:
    content = sound_of(user)

    text = page.get("/").text

    assert re.search(rf'<audio [^>]*controls [^>]*src="/ipfs/{content.cid}"', text)
    assert 'download="atelier-7.wav"' in text
    assert '<dt>Length</dt><dd dir="auto">2 s</dd>' in text
    assert f'href="/content/{content.cid}"' in text
    assert "&quot;kind&quot;: &quot;music&quot;" in text
    assert "&quot;description&quot;: &quot;church bells&quot;" in text


def test_each_text_of_a_job_is_shown_as_text(page: Client, user: User) -> None:
    texts_of(user, "The first one.", "Another <b>one</b>.")

    text = page.get("/").text

    assert ">The first one.</p>" in text
    assert ">Another &lt;b&gt;one&lt;/b&gt;.</p>" in text
    assert 'download="atelier-8.txt"' in text
    # The text is in the row: the registry's file is not read for a list.
    assert text.count('class="job-text"') == 2


def test_text_that_was_deleted_is_not_shown_any_more(page: Client, user: User) -> None:
    job = texts_of(user, "The first one.")
    Content.objects.filter(job_outputs__job=job).delete()

    text = page.get("/").text

    assert "The first one." not in text
    assert "What this job made was deleted." in text


def test_tags_are_words(page: Client, user: User) -> None:
    tags_of(user, "ocean", "sunset", image="the ocean", sound="waves")

    text = page.get("/").text

    assert "the ocean · waves" in text
    assert re.findall(r'<li dir="auto">([^<]+)</li>', text) == ["ocean", "sunset"]


def test_tags_that_were_not_found_say_what_to_do(page: Client, user: User) -> None:
    tags_of(user)

    assert "The model found no tags." in page.get("/").text


def test_analysis_leads_to_its_page_and_shows_its_labels(page: Client, user: User) -> None:
    job = analysis_of(user, ["star", "circle"], {"star": 0.004, "circle": 0.9})

    text = page.get("/").text

    assert f'href="/studio/jobs/{job.id}/analysis"' in text
    assert "Analysis for star, circle" in text
    assert re.findall(r'<dt dir="auto">([^<]+)</dt>', text) == ["circle", "star"]
    assert '<meter min="0" max="1" value="0.9"' in text
    assert "<span>&lt; 1 %</span>" in text


def test_picture_with_labels_shows_them(page: Client, user: User) -> None:
    result = {"labels": {"concepts": ["circle"], "confidence_scores": {"circle": 0.75}}}
    JobOutputFactory(job=JobFactory(owner=user, succeeded=True, result=result))

    assert '<meter min="0" max="1" value="0.75"' in page.get("/").text


def test_warning_of_a_result_is_shown(page: Client, user: User) -> None:
    result = {"warnings": ["The prompt was longer than the model can read."]}
    JobOutputFactory(job=JobFactory(owner=user, succeeded=True, result=result))

    assert "The prompt was longer than the model can read." in page.get("/").text


@pytest.mark.parametrize(
    ("kind", "params", "title"),
    [
        ("music", {"description": "church bells", "duration": 2.0, "seed": 1}, "church bells"),
        ("text", {"prompt": "a lighthouse", "max_tokens": 5, "seed": 1}, "a lighthouse"),
        ("tags", {"image_prompt": "", "sound_description": "waves"}, "waves"),
        ("analysis", {"image": "bafy", "labels": [], "max_masks": 5}, "Analysis"),
    ],
)
def test_active_job_of_each_kind_tells_how_far_it_is(
    page: Client, user: User, kind: str, params: dict[str, Any], title: str
) -> None:
    JobFactory(owner=user, kind=kind, params=params)
    JobFactory(owner=user, kind=kind, params=params, running=True, step=1, steps=4)
    JobFactory(owner=user, kind=kind, params=params, failed=True, error_message="It was too much.")

    text = page.get(f"/?make={kind}").text

    assert text.count(f'<h3 class="job-prompt" dir="auto">{title}</h3>') == 3
    assert "Waiting · place 1 in the queue" in text
    assert "Step 1 of 4" in text
    assert "It was too much." in text
    assert text.count(">Cancel</button>") == 2
    assert "job-frame" not in text


@pytest.mark.parametrize("payload", PAYLOADS)
def test_words_of_people_and_models_are_inert_wherever_they_are_shown(page: Client, user: User, payload: str) -> None:
    params = image_params(prompt=payload, negative_prompt=payload)
    output = JobOutputFactory(job__owner=user, job__params=params)
    JobFactory(owner=user, params=params)
    JobFactory(owner=user, params=params, failed=True, error_message=payload)
    sound = sound_of(user, payload)
    text_job = texts_of(user, payload, prompt=payload)
    tags = tags_of(user, payload, image=payload, sound=payload)
    analysis = analysis_of(user, [payload], {payload: 0.5})

    paths = [
        *("/", f"/content/{output.content.cid}", f"/content/{sound.cid}", f"/studio/jobs/{analysis.id}/analysis"),
        *(f"/?again={job.id}" for job in (output.job, text_job, tags, analysis)),
        *(f"/?from={cid}" for cid in (output.content.cid, sound.cid)),
    ]
    for path in paths:
        text = page.get(path).text
        assert escape(payload) in text, path
        assert inline_code(text) == []
        assert payload not in text or "<" not in payload


def test_list_of_every_kind_asks_as_many_queries_for_many_jobs(
    page: Client, user: User, django_assert_max_num_queries: Any
) -> None:
    def make_each() -> None:
        sound_of(user)
        texts_of(user, f"text {Job.objects.count()}")
        tags_of(user, "ocean")
        analysis_of(user, ["star"], {"star": 0.5})
        JobFactory(owner=user)

    def queries() -> int:
        with django_assert_max_num_queries(MOST_QUERIES) as asked:
            assert page.get("/").status_code == 200
        return len(asked)

    make_each()
    few = queries()
    make_each()

    assert queries() == few
