"""Forms of the account pages: allauth's, with labels instead of placeholders, and the set-up page's."""

from typing import Any

from allauth.account import forms as allauth_forms
from django import forms
from django.contrib.auth.forms import BaseUserCreationForm

from accounts.models import Scope, User, default_scopes
from accounts.services import KEY_NAME_LENGTH


class WithoutPlaceholders(forms.Form):
    """A label stays visible while one types; a placeholder that repeats it is noise, twice so for a screen reader."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget.attrs.pop("placeholder", None)


class LoginForm(WithoutPlaceholders, allauth_forms.LoginForm):  # type: ignore[misc]
    """Sign in by username or e-mail address."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].label = "Username or e-mail address"
        self.fields["remember"].label = "Stay signed in"


class SignupForm(WithoutPlaceholders, allauth_forms.SignupForm):  # type: ignore[misc]
    """Sign up."""


class ChangePasswordForm(WithoutPlaceholders, allauth_forms.ChangePasswordForm):  # type: ignore[misc]
    """Change the password."""


class ResetPasswordForm(WithoutPlaceholders, allauth_forms.ResetPasswordForm):  # type: ignore[misc]
    """Ask for the mail that sets a new password."""


class ResetPasswordKeyForm(WithoutPlaceholders, allauth_forms.ResetPasswordKeyForm):  # type: ignore[misc]
    """Set a new password by the link of that mail."""


class FirstAdministratorForm(BaseUserCreationForm):
    """Username, e-mail address and password, checked as for every account."""

    email = forms.EmailField(label="E-mail address", widget=forms.EmailInput(attrs={"autocomplete": "email"}))

    class Meta(BaseUserCreationForm.Meta):
        model = User
        fields = ("username", "email")


class ApiKeyForm(forms.Form):
    """A new API key."""

    SCOPE_LABELS = [
        (Scope.READ.value, "read: look at jobs, content and models"),
        (Scope.GENERATE.value, "generate: make, change and delete"),
        (Scope.MANAGE.value, "manage: handle keys, models and caches"),
    ]

    name = forms.CharField(max_length=KEY_NAME_LENGTH, label="What is it for?")
    scopes = forms.MultipleChoiceField(
        choices=SCOPE_LABELS, initial=default_scopes, widget=forms.CheckboxSelectMultiple, label="What may it do?"
    )
    days = forms.ChoiceField(
        choices=[("30", "in 30 days"), ("365", "in a year"), ("", "never")],
        required=False,
        initial="365",
        label="When does it expire?",
    )
