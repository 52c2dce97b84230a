"""The page of a user's API keys, and the page of the set-up link."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from accounts import first_admin, selectors, services
from accounts.errors import AdministratorExists
from accounts.forms import ApiKeyForm, FirstAdministratorForm
from accounts.models import User
from accounts.views import caller


@method_decorator([never_cache, login_required], name="dispatch")
class KeysPage(View):
    """The keys of the signed-in user: make one (shown once, in the answer to the form), revoke one."""

    def get(self, request: HttpRequest) -> HttpResponse:
        return self._page(request, ApiKeyForm())

    def post(self, request: HttpRequest) -> HttpResponse:
        form = ApiKeyForm(request.POST)
        if not form.is_valid():
            return self._page(request, form, status=400)
        days = form.cleaned_data["days"]
        _, text = services.create_api_key(
            owner=caller(request),
            name=form.cleaned_data["name"],
            scopes=form.cleaned_data["scopes"],
            expires_at=timezone.now() + timedelta(days=int(days)) if days else None,
        )
        return self._page(request, ApiKeyForm(), new_key=text)

    @staticmethod
    def _page(request: HttpRequest, form: ApiKeyForm, *, status: int = 200, **context: str) -> HttpResponse:
        keys = selectors.keys_of(user=caller(request))
        return render(request, "account/keys.html", {"form": form, "keys": keys, **context}, status=status)


@require_POST
@login_required
def revoke_key(request: HttpRequest, key_id: UUID) -> HttpResponse:
    """End one of the signed-in user's keys."""
    key = selectors.keys_of(user=caller(request)).filter(public_id=key_id).first()
    if key is None:
        raise Http404
    services.revoke_api_key(key=key)
    messages.success(request, f"The key “{key.name}” is revoked.")
    return redirect("account_keys")


@method_decorator([never_cache, sensitive_post_parameters()], name="dispatch")
class SetUp(View):
    """The page of the one-time link that `manage.py start` prints: makes the first administrator and signs in."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        if not first_admin.is_alive(kwargs["token"]):
            raise Http404
        return super().dispatch(request, *args, **kwargs)

    def get(self, request: HttpRequest, token: str) -> HttpResponse:
        return render(request, "account/setup.html", {"form": FirstAdministratorForm()})

    def post(self, request: HttpRequest, token: str) -> HttpResponse:
        form = FirstAdministratorForm(request.POST)
        if not form.is_valid():
            return render(request, "account/setup.html", {"form": form})
        try:
            user: User = first_admin.create(
                token=token,
                username=form.cleaned_data["username"],
                email=form.cleaned_data["email"],
                password=form.cleaned_data["password1"],
            )
        except AdministratorExists as error:
            # Two people opened the link: the second one was a moment later.
            raise Http404(error.message) from error
        login(request, user, backend="django.contrib.auth.backends.ModelBackend")
        UserSession.objects.create_from_request(request)
        return redirect("/")
