"""The page of an analysis."""

import re
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from analysis.models import Analysis
from generation.models import Checkpoint, Job
from tests.factories.accounts import UserFactory
from tests.factories.content import ContentFactory
from tests.factories.generation import JobFactory
from tests.support.pages import MOST_QUERIES, inline_code, post, without_token

SQUARE = [[0, 0], [2, 0], [2, 2], [0, 2]]
SPECK = [[3, 2], [4, 2], [4, 3]]


def analysed(user: User, *, segments: int = 1, polygons: Any = None, **changes: Any) -> Job:
    """A finished analysis of a picture of 4 × 3 pixels."""
    picture = ContentFactory(owner=user, picture=True, prompt="a red circle")
    job = JobFactory(
        owner=user,
        kind="analysis",
        checkpoint=Checkpoint.objects.get(default_for="segments"),
        params={"image": picture.cid, "labels": ["star", "circle"], "max_masks": 7},
        result={"labels": {"concepts": ["circle"], "confidence_scores": {"star": 0.2, "circle": 0.8}}},
        **(changes or {"succeeded": True}),
    )
    if not changes:
        segment = {"counts": [0, 4, 8], "polygons": polygons or [SQUARE], "box": [0, 0, 2, 2], "area": 6}
        found = [{**segment, "predicted_iou": 0.9, "stability": 0.9} for _ in range(segments)]
        Analysis.objects.create(job=job, content=picture, width=4, height=3, segments=found)
    return job


def test_page_draws_each_segment_over_the_picture(page: Client, user: User) -> None:
    job = analysed(user, segments=2, polygons=[SQUARE, SPECK])

    answer = page.get(f"/studio/jobs/{job.id}/analysis")

    text = answer.text
    assert answer.status_code == 200
    assert f'src="/ipfs/{job.params["image"]}" width="4" height="3" alt="a red circle"' in text
    assert 'viewBox="0 0 4 3"' in text
    assert text.count('d="M0 0 L2 0 L2 2 L0 2 Z M3 2 L4 2 L4 3 Z"') == 2
    assert "Segment 2, 50 % of the picture" in text
    # Keyboard, pointer and no script at all: each is a link to itself.
    assert re.findall(r'id="segment-(\d)" href="#segment-(\d)"', text) == [("1", "1"), ("2", "2")]
    assert inline_code(text) == []
    assert "style=" not in text
    ids = re.findall(r'\sid="([^"]+)"', text)
    assert len(ids) == len(set(ids))


def test_page_shows_the_labels_likeliest_first(page: Client, user: User) -> None:
    text = page.get(f"/studio/jobs/{analysed(user).id}/analysis").text

    assert re.findall(r'<dt dir="auto">([^<]+)</dt>', text) == ["circle", "star"]
    assert "<span>80 %</span>" in text


def test_page_asks_for_other_labels_and_leads_to_the_new_analysis(page: Client, user: User, served: None) -> None:
    job = analysed(user)
    text = page.get(f"/studio/jobs/{job.id}/analysis").text
    form = text[text.index("Other labels") :]
    sent = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form))

    answer = post(page, data={**sent, "labels": "ocean"})

    new = Job.objects.exclude(id=job.id).get()
    assert answer.headers["Location"] == f"/studio/jobs/{new.id}/analysis"
    assert new.params == {"image": job.params["image"], "labels": ["ocean"], "max_masks": 7}
    assert 'value="star, circle"' in form


def test_page_of_an_analysis_without_segments_says_so(page: Client, user: User) -> None:
    text = page.get(f"/studio/jobs/{analysed(user, segments=0).id}/analysis").text

    assert "The model found no segments." in text
    assert 'id="opacity"' not in text


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ({"running": True, "step": 1, "steps": 4}, "Step 1 of 4"),
        ({"failed": True, "error_message": "The device ran out of memory."}, "The device ran out of memory."),
    ],
)
def test_page_of_an_analysis_that_has_not_succeeded_says_how_it_is(
    page: Client, user: User, state: dict[str, Any], words: str
) -> None:
    text = page.get(f"/studio/jobs/{analysed(user, **state).id}/analysis").text

    assert words in text
    assert "<svg" not in text.replace('<svg class="job-frame"', "")


def test_page_of_an_analysis_whose_picture_was_deleted_keeps_the_labels(page: Client, user: User) -> None:
    job = analysed(user)
    Analysis.objects.get(job=job).content.delete()

    text = page.get(f"/studio/jobs/{job.id}/analysis").text

    assert "The picture was deleted, and with it the segments." in text
    assert "circle" in text


def test_page_of_anothers_analysis_is_not_found_like_that_of_another_kind(page: Client, user: User) -> None:
    foreign, other_kind = analysed(UserFactory()), JobFactory(owner=user)

    answers = [page.get(f"/studio/jobs/{job.id}/analysis") for job in (foreign, other_kind)]

    assert [answer.status_code for answer in answers] == [404, 404]
    assert without_token(answers[0].text) == without_token(answers[1].text)


def test_page_asks_as_many_queries_for_many_segments(
    page: Client, user: User, django_assert_max_num_queries: Any
) -> None:
    def queries(job: Job) -> int:
        with django_assert_max_num_queries(MOST_QUERIES) as asked:
            assert page.get(f"/studio/jobs/{job.id}/analysis").status_code == 200
        return len(asked)

    assert queries(analysed(user)) == queries(analysed(user, segments=20))
