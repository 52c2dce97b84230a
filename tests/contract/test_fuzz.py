"""Whatever JSON comes, `POST /generate` and `POST /api/v1/jobs` answer with a documented status."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from generation.models import Job
from tests.support.clients import KeyClient

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("served")]

SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(min_value=-(10**400), max_value=10**400),
    st.floats(),
    st.text(max_size=50),
    st.text(st.characters(categories=["Cs", "Cc", "Lu"]), max_size=10),
    st.sampled_from([1, 30, 256, 512, 1024, 7.5, "default", "image", "private"]),
)
ANYTHING = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
GENERATE_FIELDS = [
    "prompt",
    "labels",
    "samples",
    "num_inference_steps",
    "cfg",
    "guidance_scale",
    "height",
    "width",
    "seed",
    "user_id",
    "negative_prompt",
]
JOB_FIELDS = ["kind", "params", "model", "visibility", "priority", "webhook"]


def bodies(fields: list[str]) -> st.SearchStrategy[Any]:
    known = st.dictionaries(st.sampled_from(fields), ANYTHING)
    with_prompt = known.map(lambda body: {"prompt": "x", "kind": "image", **body})
    return st.one_of(ANYTHING, known, with_prompt)


FUZZ = settings(
    max_examples=100,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@FUZZ
@given(body=bodies(GENERATE_FIELDS))
def test_generate_never_fails(client: KeyClient, body: Any) -> None:
    Job.objects.all().delete()

    response = client.post(
        "/generate", json.dumps(body), content_type="application/json", headers={"Prefer": "respond-async"}
    )

    assert response.status_code in (202, 400, 404)
    assert Job.objects.count() == (response.status_code == 202)
    if response.status_code != 202:
        assert list(response.json()) == ["error"]


@FUZZ
@given(
    body=bodies(JOB_FIELDS), params=st.dictionaries(st.sampled_from([*GENERATE_FIELDS, "image", "strength"]), ANYTHING)
)
def test_jobs_never_fail(client: KeyClient, body: Any, params: dict[str, Any]) -> None:
    if isinstance(body, dict):
        body = {"params": params, **body}

    response = client.post("/api/v1/jobs", json.dumps(body), content_type="application/json")

    assert response.status_code in (202, 400, 404)
    if response.status_code != 202:
        assert response["Content-Type"] == "application/problem+json"


@FUZZ
@given(body=st.binary(max_size=200))
def test_bytes_never_fail(client: KeyClient, body: bytes) -> None:
    response = client.generic("POST", "/generate", body, content_type="application/json")

    assert response.status_code == 400


@FUZZ
@given(query=st.binary(max_size=60))
def test_lists_never_fail(client: KeyClient, query: bytes) -> None:
    from urllib.parse import quote_from_bytes

    for name in ("cursor", "status", "format"):
        assert client.get(f"/api/v1/jobs?{name}={quote_from_bytes(query)}").status_code in (200, 400, 404)
