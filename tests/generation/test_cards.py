"""What cards say of jobs, and command lines that shells and terminals read."""

import json
import subprocess
from typing import Any

import pytest
from django.test import RequestFactory

from content.models import Content
from generation.cards import Card
from generation.facts import facts_of
from generation.models import Job, Status
from generation.snippets import snippet_of, snippet_of_content
from tests.factories.generation import image_params

NASTY = [
    "it's a circle",
    '"quoted" $(touch hit) `touch hit` ${HOME} \\ $ATELIER_KEY !!',
    "two\nlines\r\nand a tab\t",
    "\x1b[201~rm -rf\x9b31m\x7f",
    "ein roter Kreis 🔴 على خلفية \u202e زرقاء",
    "@/etc/passwd",
    "'; touch hit; '",
]


def arguments_in_a_shell(line: str) -> list[str]:
    """What a program named curl would get."""
    script = "curl() { printf '%s\\0' \"$@\"; }\n" + line
    done = subprocess.run(
        ["/bin/sh", "-u", "-c", script], capture_output=True, check=True, env={"ATELIER_KEY": "the-key"}, cwd="/"
    )
    return done.stdout.decode().split("\0")[:-1]


@pytest.mark.parametrize("prompt", NASTY)
def test_curl_line_gives_the_shell_nothing_but_the_request(prompt: str) -> None:
    line = snippet_of(RequestFactory().get("/"), "image", image_params(prompt=prompt)).curl

    arguments = arguments_in_a_shell(line)

    assert arguments[:2] == ["--fail-with-body", "http://testserver/generate/image"]
    assert arguments[arguments.index("--header") + 1] == "Authorization: Bearer the-key"
    assert json.loads(arguments[arguments.index("--data") + 1])["prompt"] == prompt
    assert arguments[-2:] == ["--output", "picture.png"]
    assert line.isascii()
    assert all(character.isprintable() or character == "\n" for character in line)


def test_curl_line_has_what_makes_the_same_picture() -> None:
    params = image_params(negative_prompt="people", number_of_images=1, labels="x")

    line = snippet_of(RequestFactory().get("/"), "image", params).curl

    body = json.loads(arguments_in_a_shell(line)[7])
    assert body == {
        "prompt": params["prompt"],
        "negative_prompt": "people",
        "width": 256,
        "height": 256,
        "num_inference_steps": 4,
        "guidance_scale": 7.5,
        "seed": 7,
    }


def test_curl_line_of_a_start_picture_names_it_by_its_cid() -> None:
    params = image_params(image="bafkrei", strength=0)

    arguments = arguments_in_a_shell(snippet_of(RequestFactory().get("/"), "image_to_image", params).curl)

    assert arguments[1] == "http://testserver/api/v1/jobs"
    assert "Prefer: wait=60" in arguments
    body = json.loads(arguments[arguments.index("--data") + 1])
    assert body["kind"] == "image_to_image"
    assert body["params"]["image"] == "bafkrei"
    assert body["params"]["strength"] == 0


@pytest.mark.parametrize(("kind", "name"), [("image", "user_id"), ("image_to_image", "model")])
def test_curl_line_names_the_personal_model(kind: str, name: str) -> None:
    line = snippet_of(RequestFactory().get("/"), kind, image_params(image="bafy"), model="ada/face").curl

    arguments = arguments_in_a_shell(line)

    assert json.loads(arguments[arguments.index("--data") + 1])[name] == "ada/face"


def test_snippet_of_content_of_a_personal_model_is_none() -> None:
    provenance = {"parameters": image_params(), "personal_model": "sha256:1", "model": "demo-stable-diffusion"}
    assert snippet_of_content(RequestFactory().get("/"), Content(provenance=provenance)) is None


def test_snippet_of_content_that_was_not_made_here_is_none() -> None:
    assert snippet_of_content(RequestFactory().get("/"), Content(provenance={"source": "upload"})) is None


@pytest.mark.parametrize(
    ("fields", "position", "eta", "words"),
    [
        ({"status": Status.QUEUED}, 3, None, "Waiting · place 3 in the queue"),
        ({"status": Status.QUEUED}, None, None, "Waiting"),
        ({"status": Status.RUNNING}, None, None, "Starting"),
        ({"status": Status.RUNNING, "step": 3, "steps": 30}, None, None, "Step 3 of 30"),
        ({"status": Status.RUNNING, "step": 3, "steps": 30}, None, 4.4, "Step 3 of 30 · about 4 s left"),
        ({"status": Status.RUNNING, "step": 29, "steps": 30}, None, 0.2, "Step 29 of 30 · about 1 s left"),
        ({"status": Status.RUNNING, "step": 1, "steps": 30}, None, 407.0, "Step 1 of 30 · about 7 min left"),
    ],
)
def test_state_says_how_far_a_job_is(
    fields: dict[str, Any], position: int | None, eta: float | None, words: str
) -> None:
    card = Card(job=Job(**fields), position=position, fraction=0.0, eta_seconds=eta)

    assert card.state == words


def test_facts_leave_out_what_is_not_known() -> None:
    content = Content(width=256, height=256, provenance={"seed": 0, "parameters": {"generated_size": [256, 256]}})

    assert facts_of(content) == {"Seed": 0, "Size": "256 × 256"}
