"""Analyses in the admin pages: to look at, not to change."""

from django.contrib import admin
from unfold.admin import ModelAdmin

from analysis.models import Analysis
from common.pagination import LongList
from generation.admin_parts import ReadOnly


@admin.register(Analysis)
class AnalysisAdmin(ReadOnly, LongList, ModelAdmin):
    list_display = ("job", "content", "width", "height", "created_at")
    list_select_related = ("job", "content")
    fields = readonly_fields = ("job", "content", "width", "height", "segments", "created_at")
