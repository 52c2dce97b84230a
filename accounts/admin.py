"""Accounts in Django admin. No page shows a secret; keys are read-only and can be revoked."""

from collections.abc import Iterable
from typing import Any

from allauth.account.admin import EmailAddressAdmin as StandardEmailAddressAdmin
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth.admin import GroupAdmin as StandardGroupAdmin
from django.contrib.auth.admin import UserAdmin as StandardUserAdmin
from django.contrib.auth.models import Group
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.defaultfilters import filesizeformat
from rest_framework_api_key.models import APIKey as LibraryKey
from unfold.admin import ModelAdmin, StackedInline
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from accounts import closing, services
from accounts.errors import LastAdministrator
from accounts.models import ApiKey, Quota, Usage, User
from accounts.selectors import limits_of
from common.pagination import LongList

# LibraryKey is the library's own table, which opens nothing here; the others get our look and hide their secrets.
for model in (Group, LibraryKey, EmailAddress, Authenticator, UserSession):
    admin.site.unregister(model)


class AddUserForm(UserCreationForm):
    """The e-mail address is unique, so an account cannot be made without one."""

    class Meta(UserCreationForm.Meta):
        model = User
        fields = ("username", "email")


class QuotaForm(forms.ModelForm):
    """Limits of one user; what is left empty is as the settings say, and the form says how much that is."""

    class Meta:
        model = Quota
        fields = ["active_jobs", "jobs_per_day", "stored_bytes"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        stored = filesizeformat(settings.QUOTA_STORED_BYTES)
        for name, text in (
            ("active_jobs", f"Queued and running at once. Empty: {settings.QUOTA_ACTIVE_JOBS}."),
            ("jobs_per_day", f"From midnight to midnight, UTC. Empty: {settings.QUOTA_JOBS_PER_DAY}."),
            ("stored_bytes", f"In bytes; 1073741824 are 1 GB. Empty: {stored}."),
        ):
            if name in self.fields:
                self.fields[name].help_text = text


class QuotaInline(StackedInline):
    model = Quota
    form = QuotaForm
    extra = 0
    can_delete = True


@admin.register(User)
class UserAdmin(StandardUserAdmin, ModelAdmin):
    form = UserChangeForm
    add_form = AddUserForm
    change_password_form = AdminPasswordChangeForm
    inlines = [QuotaInline]
    list_display = ["username", "email", "is_active", "is_staff", "date_joined", "last_login"]
    readonly_fields = ["public_id", "last_login", "date_joined"]
    fieldsets = [
        (None, {"fields": ["username", "password"]}),
        ("Person", {"fields": ["first_name", "last_name", "email", "public_id"]}),
        ("Permissions", {"fields": ["is_active", "is_staff", "is_superuser", "groups", "user_permissions"]}),
        ("Dates", {"fields": ["last_login", "date_joined"]}),
        ("Preferences", {"fields": ["preferences"]}),
    ]
    add_fieldsets = [(None, {"classes": ["wide"], "fields": ["username", "email", "password1", "password2"]})]

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        allowed: bool = super().has_delete_permission(request, obj)
        return allowed and not (obj is not None and closing.is_last_administrator(obj))

    def get_deleted_objects(
        self, objs: Iterable[User], request: HttpRequest
    ) -> tuple[list[str], dict[str, int], set[str], list[str]]:
        """The accounts alone: with each goes everything of its own, which may be thousands of rows to list."""
        names = [str(user) for user in objs]
        return names, {"users, with everything of theirs": len(names)}, set(), []

    def delete_model(self, request: HttpRequest, obj: User) -> None:
        closing.close_account(user=obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        for user in queryset:
            try:
                closing.close_account(user=user)
            except LastAdministrator as error:
                messages.error(request, f"{user.username} stays. {error.message}")


@admin.register(Group)
class GroupAdmin(StandardGroupAdmin, ModelAdmin):
    pass


@admin.register(ApiKey)
class ApiKeyAdmin(ModelAdmin):
    """Keys are made by their owners or `manage.py apikey`; here they are looked at and revoked."""

    list_display = ["name", "owner", "prefix", "may", "created", "expiry_date", "last_used_at", "revoked"]
    list_filter = ["revoked", "created"]
    list_select_related = ["owner"]
    search_fields = ["name", "prefix", "owner__username"]
    # hashed_key and id (which contains the hash) are not among them.
    fields = ["name", "owner", "prefix", "scopes", "created", "expiry_date", "last_used_at", "revoked"]
    readonly_fields = fields
    actions = ["revoke"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    @admin.display(description="scopes")
    def may(self, key: ApiKey) -> str:
        return ", ".join(key.scopes)

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None) -> Any:
        # There is nothing to save.
        without = {"show_save": False, "show_save_and_continue": False, **(extra_context or {})}
        return super().change_view(request, object_id, form_url, without)

    @admin.action(description="Revoke the selected keys (cannot be undone)", permissions=["change"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[ApiKey]) -> None:
        keys = list(queryset.filter(revoked=False))
        for key in keys:
            services.revoke_api_key(key=key)
        messages.success(request, f"Revoked: {len(keys)}.")


@admin.register(Quota)
class QuotaAdmin(ModelAdmin):
    """Rows come with a user's first job, or on the user's page; what is empty in them is as the settings say."""

    form = QuotaForm
    list_display = ["user", "most_active_jobs", "most_jobs_per_day", "most_stored"]
    search_fields = ["user__username"]
    fields = ["user", "active_jobs", "jobs_per_day", "stored_bytes"]
    readonly_fields = ["user"]
    list_select_related = ["user"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    @admin.display(description="jobs at once", ordering="active_jobs")
    def most_active_jobs(self, quota: Quota) -> str:
        return _limit(quota.active_jobs, limits_of(quota)["active_jobs"])

    @admin.display(description="jobs a day", ordering="jobs_per_day")
    def most_jobs_per_day(self, quota: Quota) -> str:
        return _limit(quota.jobs_per_day, limits_of(quota)["jobs_per_day"])

    @admin.display(description="stored", ordering="stored_bytes")
    def most_stored(self, quota: Quota) -> str:
        return _limit(quota.stored_bytes, filesizeformat(limits_of(quota)["stored_bytes"]))


def _limit(own: int | None, in_force: int | str) -> str:
    return f"{in_force} (by the settings)" if own is None else str(in_force)


@admin.register(Usage)
class UsageAdmin(LongList, ModelAdmin):
    list_display = ["user", "day", "jobs", "engine", "stored"]
    list_filter = ["day"]
    list_select_related = ["user"]
    search_fields = ["user__username"]

    @admin.display(description="engine, s", ordering="engine_seconds")
    def engine(self, usage: Usage) -> str:
        return f"{usage.engine_seconds:.1f}"

    @admin.display(description="stored", ordering="stored_bytes")
    def stored(self, usage: Usage) -> str:
        """What came that day, without what went."""
        return filesizeformat(usage.stored_bytes)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Usage | None = None) -> bool:
        return False


@admin.register(EmailAddress)
class EmailAddressAdmin(StandardEmailAddressAdmin, ModelAdmin):
    pass


@admin.register(Authenticator)
class AuthenticatorAdmin(ModelAdmin):
    """Second factors: an administrator removes one whose device was lost. `data` holds the secret."""

    list_display = ["user", "type", "created_at", "last_used_at"]
    list_filter = ["type"]
    list_select_related = ["user"]
    search_fields = ["user__username"]
    fields = ["user", "type", "created_at", "last_used_at"]
    readonly_fields = fields

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Authenticator | None = None) -> bool:
        return False


@admin.register(UserSession)
class UserSessionAdmin(ModelAdmin):
    """Where people are signed in. Deleting the account, or changing its password, ends its sessions."""

    list_display = ["user", "created_at", "ip", "user_agent"]
    list_select_related = ["user"]
    search_fields = ["user__username", "ip"]
    fields = ["user", "created_at", "ip", "user_agent"]
    readonly_fields = fields

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: UserSession | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: UserSession | None = None) -> bool:
        return False
