"""The models page: which checkpoints there are and where they are loaded, and the models of one's own."""

from contextlib import suppress
from http import HTTPStatus
from typing import Any

import redis
from django import forms
from django.conf import settings
from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from accounts.models import User
from common.errors import AtelierError
from generation.checkpoints import engine_entry
from generation.errors import ModelNotFound
from generation.models import Capability, Checkpoint, ModelState, PersonalModel
from generation.pages import signed_in
from generation.personal import selectors, services
from generation.personal.aliases import LONGEST_ALIAS
from generation.personal.errors import AliasTaken
from generation.personal.presentation import checkpoint_body, model_body
from generation.presence import WorkerInfo, live_workers
from generation.serializers.models import LONGEST_TOKEN
from generation.weights.catalogue import DEMO_FAMILY, readable_size

# More shared models than one looks through; the API has pages.
_SHARED_SHOWN = 100


class LoraForm(forms.Form):
    """A LoRA from a file. The services know the bounds; this form shows them."""

    alias = forms.CharField(
        label="Alias",
        max_length=LONGEST_ALIAS,
        help_text="How you call it: small letters, digits, hyphens and underscores, such as my-dog.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}),
    )
    file = forms.FileField(
        label="File",
        allow_empty_file=True,
        widget=forms.FileInput(attrs={"accept": ".safetensors"}),
    )
    checkpoint = forms.ChoiceField(label="For which checkpoint")
    instance_token = forms.CharField(
        label="Instance token",
        required=False,
        max_length=LONGEST_TOKEN,
        help_text="The words that call it in a prompt, such as sks dog.",
    )
    shared = forms.BooleanField(label="Shared: everybody here may use it", required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        takers = [each for each in _image_checkpoints() if not engine_entry(each).is_remote]
        field: Any = self.fields["checkpoint"]
        field.choices = [(each.slug, each.slug) for each in takers]
        field.initial = next((each.slug for each in takers if each.default_for), None)
        size = readable_size(settings.LORA_BYTES)
        self.fields["file"].help_text = f"A LoRA in safetensors, at most {size}. Other formats can run code."

    def show(self, error: AtelierError) -> None:
        """The sentence of a refusal, beside the field that it is about."""
        errors = getattr(error, "errors", {})
        if isinstance(error, AliasTaken):
            errors = {"alias": [error.message]}
        for name, sentences in errors.items():
            for sentence in sentences:
                field: Any = self.fields.get(name)
                self.add_error(
                    name if field else None, sentence.replace(f"'{name}'", str(field.label if field else name))
                )
        if not errors:
            self.add_error(None, error.message)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def models_page(request: HttpRequest, user: User) -> HttpResponse:
    """`/models`; its form adds a LoRA."""
    if request.method != "POST":
        return _page(request, user, LoraForm())
    form = LoraForm(request.POST, request.FILES)
    status: int = HTTPStatus.BAD_REQUEST
    if form.is_valid():
        asked = dict(form.cleaned_data)
        try:
            model = services.add_upload(owner=user, pieces=asked.pop("file").chunks(), **asked)
        except AtelierError as error:
            form.show(error)
            status = error.status
        else:
            messages.success(request, f"The model “{model.alias}” is ready.")
            return redirect("models-page")
    return _page(request, user, form, status=status)


@require_POST
@signed_in
def share_model(request: HttpRequest, user: User, alias: str) -> HttpResponse:
    """Let everybody use a model of one's own, or nobody else (`shared` is empty)."""
    model = _own_or_404(user, alias)
    shared = bool(request.POST.get("shared"))
    with suppress(ModelNotFound):  # Deleted meanwhile: the page shows it.
        services.change(model=model, shared=shared)
        sentence = f"Everybody here can use “{model.alias}” now." if shared else f"“{model.alias}” is yours alone now."
        messages.success(request, sentence)
    return redirect("models-page")


@require_POST
@signed_in
def delete_model(request: HttpRequest, user: User, alias: str) -> HttpResponse:
    """Delete a model of one's own."""
    model = _own_or_404(user, alias)
    with suppress(ModelNotFound):
        services.delete(model=model)
    messages.success(request, f"The model “{alias}” is deleted.")
    return redirect("models-page")


def _own_or_404(user: User, alias: str) -> PersonalModel:
    model = PersonalModel.objects.select_related("owner").filter(owner=user, alias=alias).first()
    if model is None:
        raise Http404
    return model


def _page(request: HttpRequest, user: User, form: LoraForm, *, status: int = 200) -> HttpResponse:
    visible = selectors.visible_to(user).order_by("-created_at", "-id")
    context = {
        "form": form,
        "checkpoints": _checkpoints(request),
        "own": _rows(request, user, visible.filter(owner=user)),
        "shared": _rows(request, user, visible.exclude(owner=user)[:_SHARED_SHOWN]),
        "states": ModelState,
        "demo": settings.MODEL_PROFILE == "demo",
    }
    return render(request, "generation/models.html", context, status=status)


def _rows(request: HttpRequest, user: User, models: QuerySet[PersonalModel]) -> list[dict[str, Any]]:
    return [
        {
            **model_body(model, user, request.build_absolute_uri),
            "alias": model.alias,
            "created_at": model.created_at,
            "size": readable_size(model.size_bytes),
        }
        for model in models
    ]


def _checkpoints(request: HttpRequest) -> list[dict[str, Any]]:
    workers = _workers()
    return [_row(request, checkpoint, workers) for checkpoint in selectors.listed_checkpoints()]


def _row(request: HttpRequest, checkpoint: Checkpoint, workers: list[WorkerInfo] | None) -> dict[str, Any]:
    hosts = sorted({worker.host for worker in workers or [] if checkpoint.slug in worker.models})
    return {
        **checkpoint_body(checkpoint, request.build_absolute_uri),
        "makes": Capability(checkpoint.capability).label,
        "demo": checkpoint.family == DEMO_FAMILY,
        "remote": engine_entry(checkpoint).is_remote,
        "hosts": hosts,
        "unknown": workers is None,
    }


def _workers() -> list[WorkerInfo] | None:
    """Who is there; None where nobody can tell."""
    try:
        return live_workers()
    except redis.RedisError:
        return None


def _image_checkpoints() -> list[Checkpoint]:
    return [each for each in selectors.listed_checkpoints() if each.capability == Capability.IMAGE]
