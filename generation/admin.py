"""Jobs, what they made, and webhooks. Rows are looked at; actions call the services."""

from datetime import datetime
from uuid import UUID

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from unfold.admin import ModelAdmin, TabularInline

from common.pagination import LongList
from generation import services
from generation.admin_parts import ReadOnly, each
from generation.models import Job, JobOutput, WebhookDelivery
from generation.webhooks import services as webhook_services

# Django finds this module by its name, and by it the other.
from generation.weights import admin as weights_admin  # noqa: F401
from generation.worker_board import worker_board


class JobOutputInline(ReadOnly, TabularInline):
    model = JobOutput
    fields = ("index", "content")
    extra = 0
    can_delete = False


@admin.register(Job)
class JobAdmin(ReadOnly, LongList, ModelAdmin):
    list_display = (
        "short_id",
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
    # It may hold a token of its receiver.
    exclude = ("webhook",)
    inlines = (JobOutputInline,)
    actions = ("cancel", "requeue")

    def get_urls(self) -> list[URLPattern]:
        board = path("workers/", self.admin_site.admin_view(self._workers), name="generation_workers")
        return [board, *super().get_urls()]

    def _workers(self, request: HttpRequest) -> HttpResponse:
        return worker_board(request, self.admin_site.each_context(request))

    @admin.display(description="id", ordering="id")
    def short_id(self, job: Job) -> str:
        return _short(job.id)

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


def _short(name: UUID) -> str:
    """As much of an id as tells rows apart: all of it takes four lines."""
    return f"{str(name)[:8]}…"


def _seconds(until: datetime | None, since: datetime | None) -> str:
    return f"{(until - since).total_seconds():.1f}" if until and since else "–"


@admin.register(JobOutput)
class JobOutputAdmin(ReadOnly, LongList, ModelAdmin):
    list_display = ("id", "job", "index", "content")
    list_select_related = ("job", "content")
    search_fields = ("id", "job__id", "content__cid")


@admin.register(WebhookDelivery)
class WebhookDeliveryAdmin(ReadOnly, LongList, ModelAdmin):
    """What went out, what waits, and what was given up; not where to, for the same reason."""

    list_display = ("short_id", "short_job", "event", "status", "attempts", "last_status", "last_error", "next_try_at")
    list_filter = ("status", "event")
    list_select_related = ("job",)
    search_fields = ("id", "job__id", "job__owner__username")
    ordering = ("-created_at", "-id")
    exclude = ("url", "claim_token")
    actions = ("replay",)

    @admin.display(description="id", ordering="id")
    def short_id(self, delivery: WebhookDelivery) -> str:
        return _short(delivery.id)

    @admin.display(description="job", ordering="job")
    def short_job(self, delivery: WebhookDelivery) -> str:
        return _short(delivery.job_id)

    def has_replay_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("generation.change_webhookdelivery"))

    @admin.action(description="Send the selected messages again", permissions=["replay"])
    def replay(self, request: HttpRequest, queryset: QuerySet[WebhookDelivery]) -> None:
        each(request, queryset, lambda delivery: webhook_services.replay(delivery=delivery), done="Sent again")
