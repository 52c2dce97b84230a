"""What tests of the pages share: forms as a browser sends them, and a look for what the policy forbids."""

import re
from html.parser import HTMLParser
from io import BytesIO
from typing import Any

from django.test import Client
from PIL import Image

from generation.models import JobKind

FORM = {
    "prompt": "a red circle on a blue background",
    "num_inference_steps": "4",
    "guidance_scale": "7.5",
    "number_of_images": "1",
}
KINDS = [kind.value for kind in JobKind]
ON_PICTURES = ["image_to_image", "analysis"]
# What a browser sends of each form; a picture is added where it needs one.
SENT: dict[str, dict[str, Any]] = {
    "image": FORM,
    "image_to_image": {**FORM, "strength": "0.5"},
    "music": {"description": "church bells", "duration": "4"},
    "text": {"prompt": "a lighthouse", "max_tokens": "32", "temperature": "0.5", "number_of_texts": "2"},
    "tags": {"image_prompt": "the ocean at sunset", "sound_description": ""},
    "analysis": {"labels": "circle, star,circle", "max_masks": "5"},
}
NUMBERS = [
    ("image_to_image", "strength"),
    ("image_to_image", "width"),
    ("image_to_image", "num_inference_steps"),
    ("music", "duration"),
    ("music", "seed"),
    ("text", "max_tokens"),
    ("text", "temperature"),
    ("text", "number_of_texts"),
    ("text", "seed"),
    ("analysis", "max_masks"),
]


MOST_QUERIES = 12
# An id of no job; fixed, because parallel test processes must collect the same names.
NOBODYS = "6b0e3f2a-5a35-4c38-8f7d-0c2b6f4b8a11"
UNKNOWN_CID = "bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy"
PAYLOADS = [
    "<script>window.hit = 1</script>",
    '"><img src=x onerror="window.hit = 1">',
    "{{ 7|add:7 }}{% csrf_token %}",
    "javascript:window.hit=1",
]


def post(client: Client, path: str = "/", data: dict[str, Any] | None = None, *, htmx: bool = False) -> Any:
    """Send a form, by default that of a picture; `htmx` as the script does."""
    return client.post(path, FORM if data is None else data, headers={"HX-Request": "true"} if htmx else {})


def png(width: int = 320, height: int = 256) -> BytesIO:
    """A picture to upload."""
    file = BytesIO()
    Image.new("RGB", (width, height), (200, 30, 30)).save(file, "PNG")
    file.seek(0)
    file.name = "start.png"
    return file


class Inline(HTMLParser):
    """Collects what the policy forbids, as a browser's parser would find it: inline scripts, styles and handlers."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = {name for name, _ in attrs}
        if tag in ("style", "iframe", "object", "embed") or (tag == "script" and "src" not in names):
            self.found.append(tag)
        self.found += [name for name in names if name == "style" or name.startswith(("on", "hx-on"))]
        self.found += [value for _, value in attrs if value and value.lower().startswith("javascript:") and tag == "a"]


def inline_code(text: str) -> list[str]:
    return Inline(text).found


def without_token(text: str) -> str:
    return re.sub(r'name="csrfmiddlewaretoken" value="[^"]+"', "", text)


def value_of(text: str, name: str) -> str | None:
    """What the form's field `name` holds: the text of a text area, the value of an input, the chosen option."""
    area = re.search(rf'<textarea name="{name}"[^>]*>\s*([^<]*)</textarea>', text)
    if area:
        return area[1]
    select = re.search(rf'<select name="{name}".*?</select>', text, re.DOTALL)
    if select:
        chosen = re.search(r'value="([^"]*)" selected', select[0])
        return chosen[1] if chosen else None
    field = re.search(rf'<input[^>]*name="{name}"[^>]*>', text)
    value = re.search(r'value="([^"]*)"', field[0]) if field else None
    return value[1] if value else None
