"""Every failure becomes the exception of OpenAI's client that its programs expect, and is repeated only if it helps."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import openai
import pytest
from openai import OpenAI
from PIL import Image

from tests.support.image_requests import encoded
from tests.support.loras import lora_bytes
from tests.support.processes import ROOT, RunningAtelier, wait_until

pytestmark = pytest.mark.processes

PROMPT = "a red circle on a blue background"
# Far more than a few seconds on any machine that runs the tests.
LONG: dict[str, Any] = {"prompt": PROMPT, "n": 4, "quality": "high", "size": "256x256"}


class Counted:
    """OpenAI's client with its usual repetitions, and how many requests it really sent."""

    def __init__(self, base_url: str, key: str, **options: Any) -> None:
        self.requests = 0
        self.client = OpenAI(base_url=f"{base_url}/v1", api_key=key, **{"timeout": 300.0, **options})
        self.client._client.event_hooks = {"request": [self._count]}

    def _count(self, request: object) -> None:
        self.requests += 1


@pytest.fixture
def counted(atelier: RunningAtelier, key: str) -> Iterator[Counted]:
    made = Counted(atelier.base_url, key)
    yield made
    made.client.close()


def jobs(atelier: RunningAtelier, key: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = httpx.get(
        f"{atelier.base_url}/api/v1/jobs", headers=atelier.headers(key), timeout=60
    ).json()["results"]
    return found


def running(atelier: RunningAtelier, key: str) -> list[str]:
    return [job["id"] for job in jobs(atelier, key) if job["status"] == "running"]


def cancel(atelier: RunningAtelier, key: str, job_id: str) -> None:
    httpx.post(f"{atelier.base_url}/api/v1/jobs/{job_id}/cancel", headers=atelier.headers(key), timeout=60)


@pytest.mark.parametrize(
    ("asked", "param"),
    [
        ({"prompt": ""}, "prompt"),
        ({"prompt": "x" * 2001}, "prompt"),
        ({"prompt": PROMPT, "n": 11}, "n"),
        ({"prompt": PROMPT, "size": "1792x1024"}, "size"),
        ({"prompt": PROMPT, "background": "transparent"}, "background"),
        ({"prompt": PROMPT, "extra_body": {"unheard_of": 1}}, "unheard_of"),
    ],
    ids=["empty", "long", "n", "size", "background", "unknown"],
)
def test_bad_requests_name_the_field(counted: Counted, asked: dict[str, Any], param: str) -> None:
    with pytest.raises(openai.BadRequestError) as raised:
        counted.client.images.generate(**asked)

    assert raised.value.param == param
    assert raised.value.type == "invalid_request_error"
    assert param in raised.value.message
    assert counted.requests == 1


def test_a_wrong_key(atelier: RunningAtelier) -> None:
    made = Counted(atelier.base_url, "nobody")

    with made.client, pytest.raises(openai.AuthenticationError) as raised:
        made.client.images.generate(prompt=PROMPT)

    assert (raised.value.code, raised.value.type) == ("invalid_api_key", "authentication_error")
    assert made.requests == 1


def test_a_key_that_may_only_read(atelier: RunningAtelier) -> None:
    made = Counted(atelier.base_url, atelier.create_key("ada", "read"))

    with made.client:
        assert made.client.models.list().data
        with pytest.raises(openai.PermissionDeniedError) as raised:
            made.client.images.generate(prompt=PROMPT)

    assert (raised.value.code, made.requests) == ("scope_missing", 2)


def test_a_model_that_is_not_there(counted: Counted) -> None:
    with pytest.raises(openai.NotFoundError) as raised:
        counted.client.images.generate(prompt=PROMPT, model="gpt-image-1")

    assert (raised.value.code, raised.value.param, counted.requests) == ("model_not_found", "model", 1)


def test_a_model_for_something_else(counted: Counted) -> None:
    with pytest.raises(openai.NotFoundError):
        counted.client.images.generate(prompt=PROMPT, model="demo-t5-text")


def test_a_model_of_another_user_is_not_there(atelier: RunningAtelier, counted: Counted) -> None:
    layers = (("unet", "down_blocks.2.attentions.0.transformer_blocks.0.attn2.to_k"),)
    lora = lora_bytes(ROOT / "models" / "demo" / "stable-diffusion", layers=layers, strength=0.01)
    owner = atelier.create_key("lise")
    added = httpx.post(
        f"{atelier.base_url}/api/v1/models",
        headers=atelier.headers(owner),
        data={"alias": "face"},
        files={"file": ("face.safetensors", lora)},
        timeout=60,
    )
    assert added.status_code == 201, added.text
    own = Counted(atelier.base_url, owner)

    with own.client:
        made = own.client.images.generate(prompt=PROMPT, model="face", size="256x256", quality="low")
        assert own.client.models.retrieve("face").owned_by == "lise"
    for name in ("face", "lise/face"):
        with pytest.raises(openai.NotFoundError):
            counted.client.images.generate(prompt=PROMPT, model=name)
        with pytest.raises(openai.NotFoundError):
            counted.client.models.retrieve(name)

    assert made.data
    assert "face" not in [model.id for model in counted.client.models.list()]


def test_quota_is_not_asked_again(atelier: RunningAtelier) -> None:
    key = atelier.create_key("grace")
    code = (
        "from accounts.models import Quota, User; "
        "Quota.objects.update_or_create(user=User.objects.get(username='grace'), defaults={'jobs_per_day': 0})"
    )
    atelier.manage("shell", "--no-imports", "-c", code)
    made = Counted(atelier.base_url, key)

    with made.client, pytest.raises(openai.RateLimitError) as raised:
        made.client.images.generate(prompt=PROMPT)

    assert (raised.value.code, raised.value.type) == ("quota_reached", "rate_limit_error")
    assert raised.value.response.headers["x-should-retry"] == "false"
    assert int(raised.value.response.headers["retry-after"]) > 0
    assert made.requests == 1


def test_a_cancelled_job_is_a_conflict(atelier: RunningAtelier, key: str, counted: Counted) -> None:
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(lambda: counted.client.images.generate(**LONG))
        wait_until(lambda: running(atelier, key), seconds=120, what="the job's start")
        [job_id] = running(atelier, key)
        cancel(atelier, key, job_id)
        with pytest.raises(openai.ConflictError) as raised:
            waiting.result(timeout=120)

    assert raised.value.response.headers["x-should-retry"] == "false"
    assert counted.requests == 1


def test_a_cancelled_job_ends_its_stream_with_an_error(atelier: RunningAtelier, key: str, counted: Counted) -> None:
    stream = counted.client.images.generate(**LONG, stream=True)
    wait_until(lambda: running(atelier, key), seconds=120, what="the job's start")
    [job_id] = running(atelier, key)
    cancel(atelier, key, job_id)

    with pytest.raises(openai.APIError) as raised:
        list(stream)

    assert "cancelled" in raised.value.message


def test_a_mask_without_transparency_is_a_bad_request(counted: Counted) -> None:
    png = encoded(Image.new("RGB", (256, 256), (200, 30, 30)))

    with pytest.raises(openai.BadRequestError) as raised:
        counted.client.images.edit(image=("a.png", png), mask=("b.png", png), prompt=PROMPT)

    assert (raised.value.param, counted.requests) == ("mask", 1)


@pytest.mark.parametrize("stream", [False, True], ids=["answer", "stream"])
def test_a_client_that_goes_away_leaves_its_job(atelier: RunningAtelier, stream: bool) -> None:
    key = atelier.create_key("mary" if stream else "emmy")
    # The first event comes with the job, the answer after its end.
    impatient = Counted(atelier.base_url, key, timeout=240.0 if stream else 2.0, max_retries=0)
    if stream:
        events = impatient.client.images.generate(prompt=PROMPT, quality="high", size="256x256", stream=True)
        events.close()
    else:
        with pytest.raises(openai.APITimeoutError):
            impatient.client.images.generate(**LONG)
    impatient.client.close()

    wait_until(lambda: jobs(atelier, key), seconds=60, what="the job")
    [job] = jobs(atelier, key)
    wait_until(
        lambda: jobs(atelier, key)[0]["status"] == "succeeded", seconds=600, what="the end of the job", every=0.5
    )
    assert jobs(atelier, key)[0]["id"] == job["id"]


@pytest.fixture(scope="module")
def hasty() -> Iterator[RunningAtelier]:
    """An Atelier that lets requests wait for a second only."""
    with RunningAtelier(environment={"DOCUMENTED_WAIT_SECONDS": "1"}) as running:
        yield running


def test_waiting_too_long_is_no_reason_to_ask_again(hasty: RunningAtelier) -> None:
    key = hasty.create_key("ada")
    made = Counted(hasty.base_url, key)

    with made.client, pytest.raises(openai.APIStatusError) as raised:
        made.client.images.generate(**LONG)

    assert (raised.value.code, made.requests) == ("timeout", 1)
    assert raised.value.response.headers["x-should-retry"] == "false"
    [job] = jobs(hasty, key)
    assert job["urls"]["self"] in raised.value.message
    assert job["status"] in ("queued", "running")
    cancel(hasty, key, job["id"])


def test_a_stream_that_lasts_too_long_says_where_to_look(hasty: RunningAtelier) -> None:
    key = hasty.create_key("grace")
    made = Counted(hasty.base_url, key)

    with made.client, pytest.raises(openai.APIError) as raised:
        list(made.client.images.generate(**LONG, stream=True))

    [job] = jobs(hasty, key)
    assert job["urls"]["self"] in raised.value.message
    assert made.requests == 1
    cancel(hasty, key, job["id"])
