"""The request that makes something, as programs send it: a command line for curl, and lines of Python.

A prompt may be anything, and somebody else's: both are printable ASCII whatever it holds, so that a terminal has
nothing to act on, and neither a shell nor Python finds anything in it to run.
"""

import json
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from content.models import Content, Kind
from content.parents import parents_of
from generation.facts import parameters_of
from generation.models import JobKind
from generation.serializers.jobs import PARAMS_OF_KIND

_NAMES_OF_IMAGE = ("prompt", "negative_prompt", "width", "height", "num_inference_steps", "guidance_scale", "seed")


@dataclass(frozen=True)
class Snippet:
    """`POST` of `body` to `url`; `waits` asks for the finished job, `file` is what the answer is saved as."""

    url: str
    body: dict[str, Any]
    waits: bool
    file: str

    @property
    def curl(self) -> str:
        """A command for a POSIX shell, with the key in `$ATELIER_KEY`."""
        headers = ["Authorization: Bearer $ATELIER_KEY", "Content-Type: application/json"]
        headers += ["Prefer: wait=60"] if self.waits else []
        lines = [f"curl --fail-with-body {shlex.quote(self.url)}"]
        lines += [f'  --header "{header}"' for header in headers]
        lines.append(f"  --data {shlex.quote(json.dumps(self.body))}")
        lines += [f"  --output {self.file}"] if self.file else []
        return " \\\n".join(lines)

    @property
    def python(self) -> str:
        """A program that needs nothing but Python, with the key in the environment's `ATELIER_KEY`."""
        headers = ['"Authorization": f"Bearer {os.environ[\'ATELIER_KEY\']}"', '"Content-Type": "application/json"']
        headers += ['"Prefer": "wait=60"'] if self.waits else []
        body = "".join(f"    {name!a}: {value!a},\n" for name, value in self.body.items())
        save = (
            f'with urllib.request.urlopen(request) as answer, open("{self.file}", "wb") as file:\n'
            "    file.write(answer.read())\n"
            if self.file
            else "with urllib.request.urlopen(request) as answer:\n    print(json.dumps(json.load(answer), indent=2))\n"
        )
        return (
            "import json\nimport os\nimport urllib.request\n\n"
            f"body = {{\n{body}}}\n"
            "request = urllib.request.Request(\n"
            f"    {self.url!a},\n"
            "    data=json.dumps(body).encode(),\n"
            f"    headers={{{', '.join(headers)}}},\n"
            f")\n{save}"
        )


def snippet_of_content(request: HttpRequest, content: Content) -> Snippet | None:
    """What makes a piece again, from what its provenance says; None where it was not made here.

    None also for a personal model's: its name is its owner's affair.
    """
    made_with = parameters_of(content)
    if not made_with or "personal_model" in content.provenance:
        return None
    if content.kind == Kind.AUDIO:
        return snippet_of(request, JobKind.MUSIC, {**made_with, "description": content.prompt})
    if content.kind == Kind.TEXT:
        return snippet_of(request, JobKind.TEXT, {**made_with, "prompt": content.prompt})
    if "num_inference_steps" not in made_with:
        return None
    params = {**made_with, "width": content.width, "height": content.height, "number_of_images": 1}
    parents = parents_of(content.provenance)
    # The picture, then the mask.
    params.update(zip(("image", "mask"), parents, strict=False))
    return snippet_of(request, JobKind.IMAGE_TO_IMAGE if parents else JobKind.IMAGE, params)


def snippet_of(request: HttpRequest, kind: str, params: dict[str, Any], *, model: str = "") -> Snippet:
    """The request of a job with validated parameters; `model` names a personal one."""
    if kind == JobKind.IMAGE:
        body = _without_empty({**params, "user_id": model}, [*_NAMES_OF_IMAGE, "user_id"])
        url = request.build_absolute_uri(reverse("generate-image"))
        return Snippet(url, body, waits=False, file="picture.png")
    # Only the job list takes pictures of the registry, and every parameter there is.
    body = {"kind": str(kind), "params": _without_empty(_as_sent(params), list(PARAMS_OF_KIND[kind]().fields))}
    if model:
        body["model"] = model
    return Snippet(request.build_absolute_uri(reverse("jobs")), body, waits=True, file="")


def _as_sent(params: dict[str, Any]) -> dict[str, Any]:
    """Validated parameters in the form in which a request has them."""
    labels = params.get("labels")
    sent = {**params, "labels": ", ".join(labels)} if isinstance(labels, list) else dict(params)
    if sent.get("messages"):
        # It was taken out of them.
        del sent["prompt"]
    return sent


def _without_empty(params: dict[str, Any], names: Sequence[str]) -> dict[str, Any]:
    return {name: params[name] for name in names if params.get(name) not in (None, "")}
