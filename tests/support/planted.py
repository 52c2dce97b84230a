"""Markup that runs a script, in every text that a database holds: pages must show it and browsers must not run it.

Each column (of JSON: each path in it) has a number, which the script would report and by which a page's text tells
which column it shows.
"""

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from axes.models import AccessAttempt
from django.apps import apps
from django.db import models
from django.urls import reverse

from accounts.models import User
from content.models import Content
from generation.models import Job
from tests.factories.content import TagFactory
from tests.factories.generation import JobFactory, PersonalModelFactory
from tests.support.results import texts_of
from tests.support.site_page import Viewer

# Without a slash, which an alias in an address cannot have. Both quotes end an attribute's value.
PLANTED = re.compile(r"""\"'><img src=x onerror=hit\((\d+)\)>""")
_SECRET = "no text: a secret, or a hash of one"
_ADDRESS = "no free text: an address of bytes, checked wherever it comes from"
_OURS = "no free text: written by us or by the operator's settings, and looked up by its exact value"
# Columns that hold no text of people → why.
LEFT_OUT = {
    r"auth\.Permission\..*|contenttypes\..*|generation\.Checkpoint\.(slug|engine)": _OURS,
    r"content\.Content\.media_type|generation\.Job\.(queue|visibility|error_code|batch_key)": _OURS,
    r"content\.\w+\.(cid|thumbnail)|generation\.PersonalModel\.digest|generation\.Job\.request_hash": _ADDRESS,
    r"sessions\..*|account\.EmailConfirmation\..*|generation\.WebhookSecret\..*|accounts\.User\.password": _SECRET,
    r".*\.(prefix|hashed_key|session_key|session_hash)|usersessions\.UserSession\.data": _SECRET,
    r"rest_framework_api_key\..*": "the library's own keys, of which there are none",
    r"content\.Term\..*": "an index of what is planted elsewhere",
    r"admin\.LogEntry\.object_id": "the number of a row",
    r"analysis\.Analysis\.segments": "numbers",
}
# In JSON: what is no free text.
_KEPT_KEYS = {"image", "mask", "role", "counts", "polygons", "type", "credential", "secret", "migrated_codes", "seed"}
# Texts that a check constraint allows in some rows alone, which have one already.
_ONLY_WHERE_FILLED = {"error_message"}


def payload(number: int) -> str:
    return f"\"'><img src=x onerror=hit({number})>"


class Planter:
    """Numbers columns as it meets them."""

    def __init__(self) -> None:
        self.columns: list[str] = []

    def text(self, column: str) -> str:
        if column not in self.columns:
            self.columns.append(column)
        return payload(self.columns.index(column))

    def planted(self, value: Any, column: str) -> Any:
        """The same JSON with every free text replaced."""
        if isinstance(value, str):
            return self.text(column)
        if isinstance(value, list):
            return [self.planted(item, column) for item in value]
        if not isinstance(value, dict):
            return value
        if column.endswith("confidence_scores"):
            # By label, each of which is listed beside it.
            return dict.fromkeys([self.text(column.replace("confidence_scores", "concepts"))], 0.5)
        return {
            key: item if key in _KEPT_KEYS else self.planted(item, f"{column}.{key}") for key, item in value.items()
        }

    def plant(self, model: type[models.Model]) -> None:
        """In every row of `model`."""
        fields = list(_texts_of(model))
        for row in model._default_manager.all() if fields else ():
            changes = {}
            for field in fields:
                column, value = f"{model._meta.label}.{field.name}", getattr(row, field.attname)
                if isinstance(field, models.JSONField):
                    changes[field.name] = self.planted(value, column)
                elif value or field.name not in _ONLY_WHERE_FILLED:
                    # Several columns are unique.
                    changes[field.name] = f"{self.text(column)}{str(row.pk)[:6]}"
            model._default_manager.filter(pk=row.pk).update(**changes)


def _texts_of(model: type[models.Model]) -> Iterator["models.Field[Any, Any]"]:
    for field in model._meta.concrete_fields:
        is_text = isinstance(field, (models.CharField, models.TextField, models.JSONField))
        column = f"{model._meta.label}.{field.name}"
        if is_text and not (field.primary_key or field.choices or any(re.fullmatch(name, column) for name in LEFT_OUT)):
            yield field


def tell_planted() -> str:
    """Plant everywhere, beside what `tests.support.filled` made. As JSON: the columns, and further pages to look at."""
    planter = Planter()
    person = User.objects.get(username="ada")
    _add_rows(person, planter)
    jobs = [str(job.id) for job in _one_job_of_each_kind(person)]
    text = texts_of(person, f"{planter.text('the bytes of a text')} and more").outputs.get().content
    for model in apps.get_models():
        planter.plant(model)
    echo = quote(planter.text("the request"))
    pages = [
        (Viewer.PERSON, reverse("content-page", args=[text.cid])),
        *((Viewer.PERSON, f"/?again={job}") for job in jobs),
        (Viewer.PERSON, f"/?from={text.cid}"),
        (Viewer.PERSON, f"/?make=image&prompt={echo}&negative_prompt={echo}"),
        (Viewer.PERSON, f"/gallery?q={echo}&tag={echo}&model={echo}&seed={echo}&from={echo}&visibility={echo}"),
        (Viewer.PERSON, f"/content/{echo}"),
        (Viewer.NOBODY, f"/gallery/public?q={echo}&tag={echo}"),
        (Viewer.NOBODY, f"/accounts/login/?next={echo}"),
        (Viewer.NOBODY, f"/docs/{echo}"),
        (Viewer.STAFF, f"/admin/accounts/user/?q={echo}"),
        (Viewer.STAFF, f"/admin/content/takedown/add/?cid={echo}"),
        (Viewer.STAFF, reverse("admin:axes_accessattempt_changelist")),
        (Viewer.STAFF, reverse("admin:axes_accessattempt_change", args=[AccessAttempt.objects.earliest("pk").pk])),
        (Viewer.STAFF, reverse("admin:content_content_change", args=[_picture_of(person).pk])),
    ]
    return json.dumps({"columns": planter.columns, "pages": pages})


def _one_job_of_each_kind(person: User) -> list[Job]:
    newest = {job.kind: job for job in Job.objects.filter(owner=person, status="succeeded").order_by("created_at")}
    conversation = {
        "messages": [
            {"role": "user", "content": "Tell me of the sea."},
            {"role": "assistant", "content": "It is wide."},
        ],
        "prompt": "",
        "max_tokens": 32,
        "temperature": 0.5,
        "number_of_texts": 1,
        "stop": ["END"],
        "seed": 7,
    }
    talk = JobFactory(owner=person, kind="text", succeeded=True, params=conversation, result={"text": "", "texts": []})
    return [*newest.values(), talk]


def _picture_of(person: User) -> Content:
    return person.contents.filter(kind="image").earliest("created_at")


def _add_rows(person: User, planter: Planter) -> None:
    """What nothing else has made."""
    PersonalModelFactory(owner=person, failed=True, alias="broken")
    for content in person.contents.all():
        TagFactory(content=content, name="a tag")
    AccessAttempt.objects.create(username="nobody", ip_address="127.0.0.1", failures_since_start=1)
    User.objects.update(preferences={"note": "a text"})
