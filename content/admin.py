"""The registry in Django admin: looked at, hidden, published and deleted there, made elsewhere."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.admin import ModelAdmin, TabularInline

from content import services
from content.models import Content, Tag


class TagInline(TabularInline):
    model = Tag
    extra = 0


@admin.register(Content)
class ContentAdmin(ModelAdmin):
    """Rows come from jobs and uploads; only who may see them and their tags are changed here."""

    list_display = ["cid", "kind", "owner", "visibility", "size_bytes", "pin_state", "created_at"]
    list_filter = ["kind", "visibility", "pin_state", "created_at"]
    list_select_related = ["owner"]
    search_fields = ["cid", "prompt", "owner__username"]
    date_hierarchy = "created_at"
    inlines = [TagInline]
    fields = [
        "cid",
        "owner",
        "kind",
        "media_type",
        "size_bytes",
        "width",
        "height",
        "duration",
        "prompt",
        "provenance",
        "visibility",
        "pin_state",
        "created_at",
    ]
    readonly_fields = [name for name in fields if name != "visibility"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    # The library of the owner shrinks with it, as when the owner deletes.
    def delete_model(self, request: HttpRequest, obj: Content) -> None:
        services.delete(content=obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Content]) -> None:
        for content in queryset.select_related("owner"):
            services.delete(content=content)


@admin.register(Tag)
class TagAdmin(ModelAdmin):
    list_display = ["name", "content"]
    list_select_related = ["content"]
    search_fields = ["name"]
    autocomplete_fields = ["content"]
