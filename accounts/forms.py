"""The form of the set-up page."""

from django import forms
from django.contrib.auth.forms import BaseUserCreationForm

from accounts.models import User


class FirstAdministratorForm(BaseUserCreationForm):
    """Username, e-mail address and password, checked as for every account."""

    email = forms.EmailField(label="E-mail address", widget=forms.EmailInput(attrs={"autocomplete": "email"}))

    class Meta(BaseUserCreationForm.Meta):
        model = User
        fields = ("username", "email")
