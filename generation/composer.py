"""What stands in the studio's form at first, and the job that it asks for when it comes back."""

import json
import uuid
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from django.core.files.uploadedfile import UploadedFile
from django.forms import ValidationError
from django.http import HttpRequest, QueryDict

from accounts.models import User
from common.errors import AtelierError, InvalidInput, NotFound
from content.errors import TakenDown
from content.models import Content, Kind
from content.parents import parents_of
from content.selectors import visible_content
from content.services import store_upload
from generation import services
from generation.errors import IdempotencyConflict, ModelNotFound
from generation.form_base import Choices, ComposerForm
from generation.form_fields import NO_SUCH_PICTURE
from generation.forms import FORMS, form_class
from generation.models import CAPABILITY_OF_KIND, Job, JobKind, ModelState, PersonalModel
from generation.personal.errors import ModelNotReady
from generation.personal.selectors import listed_checkpoints, name_for, visible_to
from generation.pictures import mask_of, picture_of, with_picture
from generation.prompts import EXAMPLES
from generation.selectors import job_of
from generation.serializers.images import LONGEST_PROMPT
from generation.turns import apart, written_stops

# More personal models than a list can show are named in requests of programs only.
MOST_LISTED_MODELS = 200
# An address must not tick a box that shows things to everybody, and cannot hold a file or a page's key.
_NEVER_OF_ADDRESS = ("public", "key", "image", "written", "put")
_KIND_OF_CONTENT = {Kind.IMAGE.value: JobKind.IMAGE, Kind.AUDIO.value: JobKind.MUSIC, Kind.TEXT.value: JobKind.TEXT}

Values = dict[str, Any]


def opened_form(user: User, query: QueryDict, *, known_kinds: Collection[str]) -> ComposerForm:
    """The form that an address asks for: `make` names the kind, other parameters its fields.

    `again` takes the settings of a job over, `from` those that made a piece of content; `start` is the CID of a
    picture to begin with. What is wrong or not the user's to see is left out. Of a kind that is not among
    `known_kinds`, which the user has made before, the form holds an example.
    """
    taken_over = _of_job(user, query.get("again")) or _of_content(user, query.get("from"))
    if taken_over is not None:
        kind, given = taken_over
    else:
        kind = query.get("make") or (JobKind.IMAGE_TO_IMAGE.value if "start" in query else JobKind.IMAGE.value)
        given = {name: value for name, value in query.items() if name not in _NEVER_OF_ADDRESS}
    form = empty_form(user, kind)
    values = _valid_values(user, form, given)
    form.is_fresh = not values
    if not values and form.kind not in known_kinds:
        example = EXAMPLES[form.kind][0]
        values = {form.main: example, "put": json.dumps([[example, ""]])}
    form.initial = values
    return form


def empty_form(user: User, kind: str | None) -> ComposerForm:
    """The form of a kind with the defaults."""
    wanted = form_class(kind)
    return wanted(models=model_choices(user, wanted.kind))


def sent_form(request: HttpRequest, user: User) -> ComposerForm:
    """The form as it came back; its field `make` says which one it is."""
    wanted = form_class(request.POST.get("make"))
    return wanted(request.POST, request.FILES, models=model_choices(user, wanted.kind))


def model_choices(user: User, kind: JobKind) -> Choices:
    """The models for a kind: checkpoints, the default first, then the user's own and shared ones. Two queries."""
    capability = CAPABILITY_OF_KIND[kind]
    checkpoints = [checkpoint for checkpoint in listed_checkpoints() if checkpoint.capability == capability]
    checkpoints.sort(key=lambda checkpoint: (checkpoint.default_for is None, checkpoint.slug))
    choices: Choices = [(checkpoint.slug, checkpoint.slug) for checkpoint in checkpoints]
    ready = visible_to(user).filter(state=ModelState.READY, checkpoint__capability=capability)
    personal = list(ready.order_by("-created_at", "-pk")[:MOST_LISTED_MODELS])
    own = [(model.alias, _label(model, user)) for model in personal if model.owner_id == user.pk]
    shared = [(name_for(model, user), _label(model, user)) for model in personal if model.owner_id != user.pk]
    return choices + [(name, group) for name, group in (("Your models", own), ("Shared models", shared)) if group]


def variation(user: User, cid: str) -> ComposerForm | None:
    """The filled-in form that makes a piece of content once more with another seed; None where nothing says how.

    Whatever the first one was, the new one is private.
    """
    taken_over = _of_content(user, cid)
    if taken_over is None:
        return None
    kind, given = taken_over
    fresh = empty_form(user, kind)
    values = _valid_values(user, fresh, {**given, "seed": None, "public": None})
    defaults = {name: field.initial for name, field in fresh.fields.items() if field.initial is not None}
    data = {**defaults, **values, "key": str(uuid.uuid4())}
    return form_class(kind)(data, {}, models=model_choices(user, fresh.kind))


def submit(user: User, form: ComposerForm) -> Job:
    """The one job that the valid form asks for. Raises what the services raise, and `RefusedField`."""
    picture = _picture(user, form)
    params = form.params(picture.cid if picture else "")
    if picture is not None:
        params = with_picture(form.kind, params, picture)
        if "mask" in params:
            with _refused_by("mask"):
                params["mask"] = mask_of(owner=user, reference=params["mask"], picture=picture).cid
    request: dict[str, Any] = {
        "owner": user,
        "kind": form.kind,
        "params": params,
        "model": form.cleaned_data["model"] or None,
        "visibility": "public" if form.cleaned_data.get("public") else "private",
    }
    key = form.cleaned_data["key"]
    try:
        try:
            return services.submit(**request, idempotency_key=f"page:{key}" if key else None)
        except IdempotencyConflict:
            # The same page was sent again with other values: somebody went back to it.
            return services.submit(**request)
    except (ModelNotFound, ModelNotReady) as error:
        raise RefusedField("model", error.message) from error


class RefusedField(AtelierError):
    """The sentence belongs to one field of the form."""

    code = "refused_field"
    message = "This value cannot be used."

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field


def keep_upload(user: User, form: ComposerForm) -> None:
    """Store the file of a form that is shown again, and name it by its CID: a browser does not send it twice."""
    file = form.files.get("image")
    if not form.has_picture or file is None or form.data.get("start") or "image" in form.errors:
        return
    try:
        file.seek(0)
        cid = store_upload(owner=user, data=file.read()).cid
    except AtelierError:
        return  # The person chooses again.
    form.data = {**{name: form.data.get(name) for name in form.data}, "start": cid}


def own_job(user: User, text: str | None) -> Job | None:
    """The user's job that a parameter of the address names; None where it names none."""
    try:
        return job_of(owner=user, job_id=UUID(text)) if text else None
    except (NotFound, ValueError):
        return None


def seen_picture(user: User, cid: str | None) -> Content | None:
    """The picture of that CID, where the user may see one."""
    try:
        content = visible_content(cid=cid or "", viewer=user)
    except (NotFound, TakenDown):
        return None
    return content if content.kind == Kind.IMAGE else None


def _picture(user: User, form: ComposerForm) -> Content | None:
    if not form.has_picture:
        return None
    file: UploadedFile | None = form.cleaned_data["image"]
    with _refused_by("image" if file else "start"):
        if file is None:
            return picture_of(owner=user, reference=form.cleaned_data["start"])
        file.seek(0)
        return store_upload(owner=user, data=file.read())


@contextmanager
def _refused_by(field: str) -> Iterator[None]:
    """What is refused of a picture is refused by its field, in the form's words."""
    try:
        yield
    except NotFound as error:
        raise RefusedField(field, NO_SUCH_PICTURE) from error
    except TakenDown as error:
        raise RefusedField(field, error.message) from error
    except InvalidInput as error:
        sentence = error.message.replace("'mask'", "The mask").replace("'image'", "the picture")
        raise RefusedField(field, sentence[:1].upper() + sentence[1:]) from error


def _label(model: PersonalModel, user: User) -> str:
    name = name_for(model, user)
    return f"{name} (write “{model.instance_token}”)" if model.instance_token else name


def _of_job(user: User, text: str | None) -> tuple[str, Values] | None:
    """Kind and settings of an own job."""
    job = own_job(user, text)
    return None if job is None else (job.kind, _settings(job))


def _settings(job: Job) -> Values:
    params = dict(job.params)
    if params.get("messages"):
        params["turns"], params["prompt"] = apart(params["messages"], longest=LONGEST_PROMPT)
    return {
        **params,
        "start": params.get("image"),
        "labels": ", ".join(params.get("labels") or []),
        "stop": written_stops(params.get("stop") or []),
        "model": job.model_name or job.checkpoint.slug,
        "public": job.visibility == "public",
    }


def _of_content(user: User, cid: str | None) -> tuple[str, Values] | None:
    """Kind and settings of the request that made a piece of content; None where none is known."""
    if not cid:
        return None
    try:
        content = visible_content(cid=cid, viewer=user)
    except (NotFound, TakenDown):
        return None
    provenance: Mapping[str, Any] = content.provenance
    seed = provenance.get("seed")
    if content.owner_id == user.pk:
        # An own job knows more: its personal model, and what was asked for rather than what came of it.
        job = Job.objects.select_related("checkpoint").filter(owner=user, outputs__content=content).first()
        if job is not None:
            alone = {name: 1 for name in ("number_of_images", "number_of_texts") if name in job.params}
            return job.kind, {**_settings(job), **alone, "seed": seed}
    made_with = provenance.get("parameters")
    if not isinstance(made_with, dict) or not made_with:
        return None
    parents = parents_of(provenance)
    kind = _KIND_OF_CONTENT[content.kind]
    if kind == JobKind.IMAGE and parents:
        kind = JobKind.IMAGE_TO_IMAGE
    values = {**made_with, "seed": seed, "model": provenance.get("model"), "description": content.prompt}
    values |= {"prompt": content.prompt, "width": content.width, "height": content.height}
    # The picture, then the mask, which its owner may keep private.
    start, mask = (*parents, None, None)[:2]
    return kind.value, {**values, "start": start, "mask": mask if seen_picture(user, mask) else None}


def _valid_values(user: User, form: ComposerForm, given: Mapping[str, Any]) -> Values:
    """Those of `given` that are fields of the form and that it would take, cleaned."""
    values = {}
    for name, field in form.fields.items():
        value = given.get(name)
        if name in ("key", "image") or value in (None, ""):
            continue
        try:
            values[name] = field.clean(value)
        except ValidationError:
            continue
    if "start" in values and seen_picture(user, values["start"]) is None:
        del values["start"]
    if "model" in values and values["model"] not in _names(form):
        del values["model"]
    return values


def _names(form: ComposerForm) -> set[str]:
    """What the model picker offers."""
    picker: Any = form.fields["model"].widget
    groups = [[(value, label)] if isinstance(label, str) else label for value, label in picker.choices]
    return {value for group in groups for value, _ in group}


def tabs(form: ComposerForm) -> list[tuple[str, str, bool]]:
    """(kind, name, whether it is the form's) of each tab."""
    return [(kind, each.tab, kind == form.kind) for kind, each in FORMS.items()]
