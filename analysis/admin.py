"""Analyses in the admin pages: to look at, not to change."""

from django.contrib import admin
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from analysis.models import Analysis


@admin.register(Analysis)
class AnalysisAdmin(ModelAdmin):
    list_display = ("job", "content", "width", "height", "created_at")
    list_select_related = ("job", "content")
    fields = readonly_fields = ("job", "content", "width", "height", "segments", "created_at")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Analysis | None = None) -> bool:
        return False
