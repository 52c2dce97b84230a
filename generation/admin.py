"""Jobs, what they made, checkpoints and workers. Rows are looked at; actions call the services."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from unfold.admin import ModelAdmin, TabularInline

from common.errors import AtelierError
from generation import services
from generation.models import Checkpoint, Job, JobOutput, PersonalModel, WebhookDelivery
from generation.personal import services as personal_services
from generation.webhooks import services as webhook_services
from generation.worker_board import worker_board


class ReadOnly:
    """Rows that the admin shows and does not write."""

    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


def each(request: HttpRequest, rows: QuerySet[Any], change: Callable[[Any], object], *, done: str) -> None:
    """Apply `change` to every row and say how many were `done`; each refusal is a message of its own."""
    changed = 0
    for row in rows:
        try:
            change(row)
        except AtelierError as error:
            messages.error(request, f"{row}: {error.message}")
        else:
            changed += 1
    messages.success(request, f"{done}: {changed}.")


class JobOutputInline(ReadOnly, TabularInline):
    model = JobOutput
    fields = ("index", "content")
    extra = 0
    can_delete = False


@admin.register(Job)
class JobAdmin(ReadOnly, ModelAdmin):
    list_display = (
        "id",
        "owner",
        "kind",
        "status",
        "checkpoint",
        "queue",
        "attempt",
        "created_at",
        "waited",
        "took",
        "engine",
    )
    list_filter = ("status", "kind", "queue", "checkpoint", "created_at")
    list_select_related = ("owner", "checkpoint")
    search_fields = ("id", "owner__username", "worker")
    ordering = ("-created_at", "-id")
    date_hierarchy = "created_at"
    # It may hold a token of its receiver.
    exclude = ("webhook",)
    show_full_result_count = False
    inlines = (JobOutputInline,)
    actions = ("cancel", "requeue")

    def get_urls(self) -> list[URLPattern]:
        board = path("workers/", self.admin_site.admin_view(self._workers), name="generation_workers")
        return [board, *super().get_urls()]

    def _workers(self, request: HttpRequest) -> HttpResponse:
        return worker_board(request, self.admin_site.each_context(request))

    @admin.display(description="waited, s")
    def waited(self, job: Job) -> str:
        return _seconds(job.started_at, job.created_at)

    @admin.display(description="took, s")
    def took(self, job: Job) -> str:
        return _seconds(job.finished_at, job.started_at)

    @admin.display(description="engine, s", ordering="engine_seconds")
    def engine(self, job: Job) -> str:
        return f"{job.engine_seconds:.1f}"

    def has_steer_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("generation.change_job"))

    @admin.action(description="Cancel the selected jobs", permissions=["steer"])
    def cancel(self, request: HttpRequest, queryset: QuerySet[Job]) -> None:
        each(request, queryset, lambda job: services.cancel(job=job), done="Cancelled")

    @admin.action(description="Queue the selected jobs again", permissions=["steer"])
    def requeue(self, request: HttpRequest, queryset: QuerySet[Job]) -> None:
        rows = queryset.select_related("owner", "checkpoint")
        each(request, rows, lambda job: services.requeue(job=job), done="Queued again")


def _seconds(until: datetime | None, since: datetime | None) -> str:
    return f"{(until - since).total_seconds():.1f}" if until and since else "–"


@admin.register(JobOutput)
class JobOutputAdmin(ReadOnly, ModelAdmin):
    list_display = ("id", "job", "index", "content")
    list_select_related = ("job", "content")
    search_fields = ("id", "job__id", "content__cid")
    show_full_result_count = False


@admin.register(Checkpoint)
class CheckpointAdmin(ReadOnly, ModelAdmin):
    """The profile decides (`generation.checkpoints`), so these are only shown."""

    list_display = ("slug", "capability", "family", "native_size", "licence", "default_for")
    list_filter = ("capability", "family")
    search_fields = ("slug", "source")

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


@admin.register(PersonalModel)
class PersonalModelAdmin(ReadOnly, ModelAdmin):
    """Owners add and change their models by API; here they are looked at, shared and deleted, with their files."""

    list_display = ("alias", "owner", "kind", "state", "shared", "checkpoint", "source", "size_bytes", "created_at")
    list_filter = ("state", "kind", "shared", "checkpoint")
    list_select_related = ("owner", "checkpoint")
    search_fields = ("alias", "owner__username", "source", "digest")
    ordering = ("-created_at", "-id")
    actions = ("share", "unshare")

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
        models = list(queryset.exclude(shared=shared))
        for model in models:
            personal_services.change(model=model, shared=shared)
        messages.success(request, f"Changed: {len(models)}.")


@admin.register(WebhookDelivery)
class WebhookDeliveryAdmin(ReadOnly, ModelAdmin):
    """What went out, what waits, and what was given up; not where to, for the same reason."""

    list_display = ("id", "job", "event", "status", "attempts", "last_status", "last_error", "next_try_at")
    list_filter = ("status", "event")
    list_select_related = ("job",)
    search_fields = ("id", "job__id", "job__owner__username")
    ordering = ("-created_at", "-id")
    exclude = ("url", "claim_token")
    show_full_result_count = False
    actions = ("replay",)

    def has_replay_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("generation.change_webhookdelivery"))

    @admin.action(description="Send the selected messages again", permissions=["replay"])
    def replay(self, request: HttpRequest, queryset: QuerySet[WebhookDelivery]) -> None:
        each(request, queryset, lambda delivery: webhook_services.replay(delivery=delivery), done="Sent again")
