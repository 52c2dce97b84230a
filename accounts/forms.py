"""Forms of the account pages: allauth's, with labels instead of placeholders, and the set-up page's."""

from typing import Any

from allauth.account import forms as allauth_forms
from django import forms
from django.contrib.auth.forms import BaseUserCreationForm
from django.core.validators import MaxLengthValidator

from accounts.models import Scope, User, default_scopes
from accounts.services import KEY_NAME_LENGTH


class WithoutPlaceholders(forms.Form):
    """A label stays visible while one types; a placeholder that repeats it is noise, twice so for a screen reader."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget.attrs.pop("placeholder", None)


class WithStorableAddress(forms.Form):
    """An e-mail address has at most as many characters as its column: databases differ in what they do with more."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        longest = User._meta.get_field("email").max_length
        field: Any = self.fields["email"]
        field.max_length = longest
        field.widget.attrs["maxlength"] = longest
        field.validators.append(MaxLengthValidator(longest))


WANTED_OF_NEW_ONES = "At least 8 characters, not digits alone; no common password, and none like your name or address."


class WithNewPassword(WithoutPlaceholders):
    """A password that is chosen, twice; one sentence says what all validators want."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password1"].help_text = WANTED_OF_NEW_ONES
        self.fields["password2"].help_text = ""
        self.fields["password2"].label = f"{self.fields['password1'].label}, again"


class LoginForm(WithoutPlaceholders, allauth_forms.LoginForm):  # type: ignore[misc]
    """Sign in by username or e-mail address."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].label = "Username or e-mail address"
        self.fields["remember"].label = "Stay signed in"


class SignupForm(WithNewPassword, WithStorableAddress, allauth_forms.SignupForm):  # type: ignore[misc]
    """Sign up."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].label = "E-mail address"


class ChangePasswordForm(WithNewPassword, allauth_forms.ChangePasswordForm):  # type: ignore[misc]
    """Change the password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        labels = {"oldpassword": "Current password", "password1": "New password", "password2": "New password, again"}
        for name, label in labels.items():
            self.fields[name].label = label


class ResetPasswordForm(WithoutPlaceholders, allauth_forms.ResetPasswordForm):  # type: ignore[misc]
    """Ask for the mail that sets a new password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].label = "E-mail address"


class ResetPasswordKeyForm(WithNewPassword, allauth_forms.ResetPasswordKeyForm):  # type: ignore[misc]
    """Set a new password by the link of that mail."""


class ReauthenticateForm(WithoutPlaceholders, allauth_forms.ReauthenticateForm):  # type: ignore[misc]
    """Confirm with the password that it is you."""


class AddEmailForm(WithoutPlaceholders, WithStorableAddress, allauth_forms.AddEmailForm):  # type: ignore[misc]
    """Another e-mail address."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].label = "E-mail address"


class ProfileForm(forms.ModelForm):
    """The name of the person behind an account."""

    class Meta:
        model = User
        fields = ["first_name", "last_name"]
        labels = {"first_name": "First name", "last_name": "Last name"}
        widgets = {
            "first_name": forms.TextInput(attrs={"autocomplete": "given-name"}),
            "last_name": forms.TextInput(attrs={"autocomplete": "family-name"}),
        }


class CloseAccountForm(ReauthenticateForm):
    """The password, and for the last administrator the sentence that says what that means."""

    leave = forms.BooleanField(
        label=(
            "I am the last administrator. Without me nobody administers this Atelier, until it is started again and "
            "somebody opens the link that it prints."
        ),
        error_messages={
            "required": (
                "You are the last administrator: make another account an administrator first, or tick that nobody "
                "will be one."
            )
        },
    )

    def __init__(self, *args: Any, is_last_administrator: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"].label = "Your password"
        # It belongs to signing in.
        self.fields["password"].help_text = ""
        if not is_last_administrator:
            del self.fields["leave"]


class FirstAdministratorForm(WithNewPassword, BaseUserCreationForm):
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
