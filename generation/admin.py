"""Jobs, what they made, and checkpoints. Services change jobs: here they are looked at."""

from django.contrib import admin
from django.http import HttpRequest
from unfold.admin import ModelAdmin, TabularInline

from generation.models import Checkpoint, Job, JobOutput


class ReadOnly:
    """Rows that the admin shows and does not write."""

    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


class JobOutputInline(ReadOnly, TabularInline):
    model = JobOutput
    fields = ("index", "content")
    extra = 0
    can_delete = False


@admin.register(Job)
class JobAdmin(ReadOnly, ModelAdmin):
    list_display = ("id", "owner", "kind", "status", "checkpoint", "queue", "attempt", "created_at", "engine_seconds")
    list_filter = ("status", "kind", "queue", "checkpoint")
    list_select_related = ("owner", "checkpoint")
    search_fields = ("id", "owner__username", "worker")
    ordering = ("-created_at", "-id")
    date_hierarchy = "created_at"
    show_full_result_count = False
    inlines = (JobOutputInline,)


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
