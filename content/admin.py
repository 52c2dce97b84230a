"""The registry in Django admin: looked at, hidden, published and deleted there, made elsewhere."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin.views.main import ChangeList
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseRedirect
from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils.html import format_html
from unfold.admin import ModelAdmin, TabularInline
from unfold.widgets import UnfoldAdminTextInputWidget

from common.pagination import LongList
from content import services, takedowns, terms
from content.errors import MalformedCid
from content.ipfs import pins
from content.models import Content, Kind, Pin, Tag, Takedown, Visibility
from content.storage import cids
from content.tags import MOST_TAGS, clean_tag


class TagForm(forms.ModelForm):
    """A tag, in the form in which lists look for it."""

    class Meta:
        model = Tag
        fields = ["name"]
        # Within the page of its content there is a heading above a column, but no label.
        widgets = {"name": UnfoldAdminTextInputWidget(attrs={"aria-label": "Tag"})}

    def clean_name(self) -> str:
        return clean_tag(self.cleaned_data["name"])


class TagInline(TabularInline):
    model = Tag
    form = TagForm
    extra = 0
    max_num = MOST_TAGS


@admin.register(Content)
class ContentAdmin(LongList, ModelAdmin):
    """Rows come from jobs and uploads; only who may see them and their tags are changed here."""

    list_display = ["short_cid", "looks", "kind", "owner", "visibility", "size", "pin_state", "created_at"]
    list_filter = ["kind", "visibility", "pin_state", "created_at"]
    list_select_related = ["owner"]
    search_fields = ["cid", "prompt", "owner__username"]
    # What everybody can see comes first, and both parts newest first: the order of an index.
    ordering = ["-visibility", "-created_at", "-id"]
    inlines = [TagInline]
    fields = [
        "cid",
        "looks",
        "owner",
        "kind",
        "media_type",
        "size",
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
    actions = ["unpublish", "take_down", "pin_again"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def get_changelist_instance(self, request: HttpRequest) -> ChangeList:
        changes: ChangeList = super().get_changelist_instance(request)
        rows = list(changes.result_list)
        given = set(
            takedowns.available(Content.objects.filter(pk__in=[row.pk for row in rows])).values_list("pk", flat=True)
        )
        for row in rows:
            row.is_taken_down = row.pk not in given
        changes.result_list = rows
        return changes

    @admin.display(description="CID", ordering="cid")
    def short_cid(self, content: Content) -> str:
        return _ends(content.cid)

    @admin.display(description="size", ordering="size_bytes")
    def size(self, content: Content) -> str:
        return filesizeformat(content.size_bytes)

    @admin.display(description="thumbnail")
    def looks(self, content: Content) -> str:
        """Private content is its owner's alone: administrators do not look at it either."""
        if _is_taken_down(content):
            return "taken down"
        if content.visibility != Visibility.PUBLIC or content.kind == Kind.TEXT:
            return "–"
        return format_html(
            '<img src="{}" alt="" width="64" height="64" loading="lazy" class="rounded-default">',
            reverse("thumbnail", args=[content.cid]),
        )

    @admin.action(description="Make the selected content private", permissions=["change"])
    def unpublish(self, request: HttpRequest, queryset: QuerySet[Content]) -> None:
        public = list(queryset.filter(visibility=Visibility.PUBLIC).select_related("owner"))
        for content in public:
            services.change(content=content, visibility=Visibility.PRIVATE)
        messages.success(request, f"Made private: {len(public)}. Copies that others took stay theirs.")

    @admin.action(description="Take down, with a reason", permissions=["take_down"])
    def take_down(self, request: HttpRequest, queryset: QuerySet[Content]) -> HttpResponseRedirect | None:
        chosen = list(queryset.values_list("cid", flat=True).distinct()[:2])
        if len(chosen) == 1:
            return HttpResponseRedirect(f"{reverse('admin:content_takedown_add')}?cid={chosen[0]}")
        messages.error(request, "Choose one at a time: whoever asks for it is told the reason.")
        return None

    @admin.action(description="Pin public content again on the IPFS node", permissions=["change"])
    def pin_again(self, request: HttpRequest, queryset: QuerySet[Content]) -> None:
        public = queryset.filter(visibility=Visibility.PUBLIC).order_by()
        _say_pinned_again(request, pins.pin_again(cids=set(public.values_list("cid", flat=True))))

    def has_take_down_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("content.add_takedown"))

    def save_model(self, request: HttpRequest, obj: Content, form: Any, change: bool) -> None:
        # The service knows what publishing and its end bring with them; nothing else of the row is changed here.
        if "visibility" in form.changed_data:
            services.change(content=obj, visibility=obj.visibility)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        terms.index(content=form.instance)

    # The library of the owner shrinks with it, as when the owner deletes.
    def delete_model(self, request: HttpRequest, obj: Content) -> None:
        services.delete(content=obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Content]) -> None:
        for content in queryset.select_related("owner"):
            services.delete(content=content)


def _ends(cid: str) -> str:
    """A CID's two ends: all of it takes half the page, or more than a phone has."""
    return f"{cid[:10]}…{cid[-6:]}"


def _is_taken_down(content: Content) -> bool:
    """As the list found out for all its rows at once, or asked for this one."""
    known: bool | None = getattr(content, "is_taken_down", None)
    return not takedowns.available(Content.objects.filter(pk=content.pk)).exists() if known is None else known


@admin.register(Tag)
class TagAdmin(LongList, ModelAdmin):
    """The words of all content, added on its page. Lists find content by them, so the terms follow each change."""

    form = TagForm
    list_display = ["name", "content"]
    list_select_related = ["content"]
    search_fields = ["name"]
    fields = ["content", "name"]
    readonly_fields = ["content"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Tag, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        terms.index(content=obj.content)

    def delete_model(self, request: HttpRequest, obj: Tag) -> None:
        content = obj.content
        super().delete_model(request, obj)
        terms.index(content=content)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Tag]) -> None:
        contents = list(Content.objects.filter(tags__in=queryset).distinct())
        super().delete_queryset(request, queryset)
        for content in contents:
            terms.index(content=content)


def _say_pinned_again(request: HttpRequest, number: int) -> None:
    if settings.IPFS_API:
        messages.success(request, f"{number} will be given to the IPFS node again.")
    else:
        messages.error(request, "There is no IPFS node: set IPFS_API.")


@admin.register(Pin)
class PinAdmin(LongList, ModelAdmin):
    """What the IPFS node holds, or is to hold or drop. Rows come and go with public content."""

    list_display = ["short_cid", "state", "attempts", "error", "next_try_at", "created_at"]
    list_filter = ["state", "next_try_at"]
    search_fields = ["cid"]
    fields = ["cid", "state", "attempts", "error", "next_try_at", "created_at"]
    readonly_fields = fields
    actions = ["pin_again"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Pin | None = None) -> bool:
        return False

    @admin.display(description="CID", ordering="cid")
    def short_cid(self, pin: Pin) -> str:
        return _ends(pin.cid)

    @admin.action(description="Pin again", permissions=["change"])
    def pin_again(self, request: HttpRequest, queryset: QuerySet[Pin]) -> None:
        _say_pinned_again(request, pins.ask_anew(queryset.order_by()) if settings.IPFS_API else 0)


class TakedownForm(forms.ModelForm):
    """An entry of the denylist; the CID in any encoding."""

    class Meta:
        model = Takedown
        fields = ["cid", "status", "reason"]

    def clean_cid(self) -> str:
        try:
            return str(cids.parse(self.cleaned_data["cid"].strip()))
        except MalformedCid as error:
            raise forms.ValidationError("This is no CID. Copy it from the address of the content.") from error


@admin.register(Takedown)
class TakedownAdmin(ModelAdmin):
    """The denylist. Bytes and rows stay until they are deleted; removing an entry gives them out again."""

    form = TakedownForm
    list_display = ["short_cid", "status", "reason", "created_at"]
    ordering = ["-created_at", "-id"]
    list_filter = ["status", "created_at"]
    search_fields = ["cid", "reason"]

    @admin.display(description="CID", ordering="cid")
    def short_cid(self, entry: Takedown) -> str:
        return _ends(entry.cid)

    # What is taken down leaves the IPFS node, too.
    def save_model(self, request: HttpRequest, obj: Takedown, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        for cid in {obj.cid, form.initial.get("cid", obj.cid)}:
            pins.follow_denylist(cid=cid)

    def delete_model(self, request: HttpRequest, obj: Takedown) -> None:
        super().delete_model(request, obj)
        pins.follow_denylist(cid=obj.cid)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Takedown]) -> None:
        for entry in queryset:
            self.delete_model(request, entry)
