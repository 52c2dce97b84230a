"""Checkpoints and personal models in the admin: who has them loaded, and which is the default."""

from collections.abc import Callable, Iterable
from typing import Any

import redis
from django.contrib import admin, messages
from django.contrib.admin.views.main import ChangeList
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from unfold.admin import ModelAdmin

from common.errors import AtelierError
from generation import defaults, loading
from generation.admin_parts import ReadOnly, each
from generation.models import Capability, Checkpoint, PersonalModel, WeightsKind
from generation.orders import Wish
from generation.personal import services as personal_services
from generation.presence import live_workers
from generation.weights.catalogue import readable_size


@admin.register(Checkpoint)
class CheckpointAdmin(ReadOnly, ModelAdmin):
    """The profile decides what there is (`generation.checkpoints`); which one is the default is also decided here."""

    list_display = ("slug", "capability", "default", "loaded_by", "family", "native_size", "licence")
    list_filter = ("capability", "family")
    search_fields = ("slug", "source")
    ordering = ("capability", "slug")
    actions = ("load", "unload", "make_default", "leave_to_settings")

    def get_changelist_instance(self, request: HttpRequest) -> ChangeList:
        changes: ChangeList = super().get_changelist_instance(request)
        _say_who_holds(changes.result_list, lambda checkpoint: checkpoint.slug)
        return changes

    @admin.display(description="default", ordering="default_for")
    def default(self, checkpoint: Checkpoint) -> str:
        return defaults.basis_of(checkpoint) or "–"

    @admin.display(description="loaded by")
    def loaded_by(self, checkpoint: Checkpoint) -> str:
        return _holders(checkpoint)

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_steer_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("generation.change_checkpoint"))

    @admin.action(description="Load now", permissions=["steer"])
    def load(self, request: HttpRequest, queryset: QuerySet[Checkpoint]) -> None:
        _tell_workers(request, queryset, lambda row: loading.ask(wish=Wish.LOAD, checkpoint=row))

    @admin.action(description="Unload", permissions=["steer"])
    def unload(self, request: HttpRequest, queryset: QuerySet[Checkpoint]) -> None:
        _tell_workers(request, queryset, lambda row: loading.ask(wish=Wish.UNLOAD, checkpoint=row))

    @admin.action(description="Make default", permissions=["steer"])
    def make_default(self, request: HttpRequest, queryset: QuerySet[Checkpoint]) -> None:
        rows = list(queryset)
        if len({row.capability for row in rows}) < len(rows):
            messages.error(request, "Choose one for each capability.")
            return
        each(request, rows, lambda row: defaults.choose_default(checkpoint=row), done="Made the default")

    @admin.action(description="Default as the settings say", permissions=["steer"])
    def leave_to_settings(self, request: HttpRequest, queryset: QuerySet[Checkpoint]) -> None:
        for capability in sorted(set(queryset.order_by().values_list("capability", flat=True))):
            try:
                now = defaults.revoke_default(capability=capability)
                messages.success(request, f"{Capability(capability).label}: {now}, as the settings say.")
            except AtelierError as error:
                messages.error(request, error.message)


def _tell_workers(request: HttpRequest, rows: Iterable[Any], ask: Callable[[Any], str]) -> None:
    """Say for each row what the workers were told, or why they were not; how far they are is on their board."""
    told = False
    for row in rows:
        try:
            messages.success(request, f"{row}: {ask(row)}")
            told = True
        except AtelierError as error:
            messages.error(request, f"{row}: {error.message}")
    if told and request.user.has_perm("generation.view_job"):
        board = reverse("admin:generation_workers")
        messages.info(request, format_html('<a class="underline" href="{}">Workers</a> shows how far they are.', board))


def _say_who_holds(rows: Iterable[Any], name_of: Callable[[Any], str]) -> None:
    """Note for each row which workers have loaded what is called `name_of(row)`; nothing where nobody can tell."""
    try:
        workers = live_workers()
    except redis.RedisError:
        return
    for row in rows:
        row.holders = [worker.name for worker in workers if name_of(row) in worker.models]


def _holders(row: Any) -> str:
    holders: list[str] | None = getattr(row, "holders", None)
    return "not known" if holders is None else ", ".join(holders) or "–"


@admin.register(PersonalModel)
class PersonalModelAdmin(ReadOnly, ModelAdmin):
    """Owners add and change their models by API; here they are looked at, shared and deleted, with their files."""

    list_display = (
        "alias",
        "owner",
        "kind",
        "state",
        "shared",
        "checkpoint",
        "loaded_by",
        "origin",
        "size",
        "created_at",
    )
    list_filter = ("state", "kind", "shared", "checkpoint")
    list_select_related = ("owner", "checkpoint")
    search_fields = ("alias", "owner__username", "source", "digest")
    ordering = ("-created_at", "-id")
    actions = ("share", "unshare", "load", "unload")

    def get_changelist_instance(self, request: HttpRequest) -> ChangeList:
        changes: ChangeList = super().get_changelist_instance(request)
        # Workers name pipelines; a LoRA is held within its checkpoint, and nobody tells which.
        _say_who_holds(changes.result_list, lambda model: model.source)
        return changes

    @admin.display(description="loaded by")
    def loaded_by(self, model: PersonalModel) -> str:
        return _holders(model) if model.kind == WeightsKind.PIPELINE else "–"

    @admin.display(description="source", ordering="source")
    def origin(self, model: PersonalModel) -> str:
        """Of an upload, so much of its hash as tells it from others."""
        return f"{model.source[:16]}…" if model.source.startswith("sha256:") else model.source

    @admin.display(description="size", ordering="size_bytes")
    def size(self, model: PersonalModel) -> str:
        return readable_size(model.size_bytes)

    @admin.action(description="Load now", permissions=["share"])
    def load(self, request: HttpRequest, queryset: QuerySet[PersonalModel]) -> None:
        self._tell(request, queryset, Wish.LOAD)

    @admin.action(description="Unload", permissions=["share"])
    def unload(self, request: HttpRequest, queryset: QuerySet[PersonalModel]) -> None:
        self._tell(request, queryset, Wish.UNLOAD)

    def _tell(self, request: HttpRequest, queryset: QuerySet[PersonalModel], wish: Wish) -> None:
        rows = queryset.select_related("checkpoint")
        _tell_workers(request, rows, lambda row: loading.ask(wish=wish, checkpoint=row.checkpoint, personal=row))

    def has_share_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("generation.change_personalmodel"))

    @admin.action(description="Share the selected models with everybody", permissions=["share"])
    def share(self, request: HttpRequest, queryset: QuerySet[PersonalModel]) -> None:
        self._set_shared(request, queryset, shared=True)

    @admin.action(description="Stop sharing the selected models", permissions=["share"])
    def unshare(self, request: HttpRequest, queryset: QuerySet[PersonalModel]) -> None:
        self._set_shared(request, queryset, shared=False)

    def delete_model(self, request: HttpRequest, obj: PersonalModel) -> None:
        personal_services.delete(model=obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[PersonalModel]) -> None:
        for model in queryset.select_related("owner"):
            personal_services.delete(model=model)

    def _set_shared(self, request: HttpRequest, queryset: QuerySet[PersonalModel], *, shared: bool) -> None:
        rows = queryset.exclude(shared=shared)
        each(request, rows, lambda row: personal_services.change(model=row, shared=shared), done="Changed")
