"""Accounts in Django admin. No page shows a secret; keys are read-only and can be revoked."""

from allauth.account.admin import EmailAddressAdmin as StandardEmailAddressAdmin
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib import admin, messages
from django.contrib.auth.admin import GroupAdmin as StandardGroupAdmin
from django.contrib.auth.admin import UserAdmin as StandardUserAdmin
from django.contrib.auth.models import Group
from django.db.models import QuerySet
from django.http import HttpRequest
from rest_framework_api_key.models import APIKey as LibraryKey
from unfold.admin import ModelAdmin, StackedInline
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from accounts import closing, services
from accounts.errors import LastAdministrator
from accounts.models import ApiKey, Quota, Usage, User

# LibraryKey is the library's own table, which opens nothing here; the others get our look and hide their secrets.
for model in (Group, LibraryKey, EmailAddress, Authenticator, UserSession):
    admin.site.unregister(model)


class AddUserForm(UserCreationForm):
    """The e-mail address is unique, so an account cannot be made without one."""

    class Meta(UserCreationForm.Meta):
        model = User
        fields = ("username", "email")


class QuotaInline(StackedInline):
    model = Quota
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

    list_display = ["name", "owner", "prefix", "scopes", "created", "expiry_date", "last_used_at", "revoked"]
    list_filter = ["revoked", "created"]
    list_select_related = ["owner"]
    search_fields = ["name", "prefix", "owner__username"]
    # hashed_key and id (which contains the hash) are not among them.
    fields = ["name", "owner", "prefix", "scopes", "created", "expiry_date", "last_used_at", "revoked"]
    readonly_fields = fields
    actions = ["revoke"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    @admin.action(description="Revoke the selected keys (cannot be undone)", permissions=["change"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[ApiKey]) -> None:
        keys = list(queryset.filter(revoked=False))
        for key in keys:
            services.revoke_api_key(key=key)
        messages.success(request, f"Revoked: {len(keys)}.")


@admin.register(Quota)
class QuotaAdmin(ModelAdmin):
    list_display = ["user", "active_jobs", "jobs_per_day", "stored_bytes"]
    search_fields = ["user__username"]
    autocomplete_fields = ["user"]
    list_select_related = ["user"]


@admin.register(Usage)
class UsageAdmin(ModelAdmin):
    list_display = ["user", "day", "jobs", "engine_seconds", "stored_bytes"]
    list_filter = ["day"]
    list_select_related = ["user"]
    search_fields = ["user__username"]
    date_hierarchy = "day"

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
