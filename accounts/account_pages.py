"""The account area: what one uses, who one is, one's data, and the way out. Credentials have allauth's pages."""

from http import HTTPStatus
from typing import Any

import orjson
from allauth.usersessions.views import ListUserSessionsView
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.defaultfilters import filesizeformat, pluralize
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_safe

from accounts import closing, selectors
from accounts.charts import Chart, bar_chart
from accounts.errors import LastAdministrator
from accounts.exporting import account_document
from accounts.forms import CloseAccountForm, ProfileForm
from accounts.models import User
from accounts.selectors import DayOfUse
from accounts.views import caller

CHARTED_DAYS = 30


@require_safe
@never_cache
@login_required
def overview(request: HttpRequest) -> HttpResponse:
    """What the account may use and has used."""
    user = caller(request)
    limits, use = selectors.limits(user=user), selectors.use(user=user)
    days = selectors.use_by_day(user=user, days=CHARTED_DAYS)
    context = {
        "limits": limits,
        "use": use,
        "stored": {"used": _size(use["stored_bytes"]), "allowed": _size(limits["stored_bytes"])},
        "days": list(reversed(days)),
        "charts": _charts(days),
    }
    return render(request, "account/overview.html", context)


def _charts(days: list[DayOfUse]) -> list[Chart]:
    jobs, seconds = sum(day.jobs for day in days), sum(day.engine_seconds for day in days)
    return [
        bar_chart(
            "Jobs a day",
            f"{_jobs(jobs)} in the last {len(days)} days, at most {max(day.jobs for day in days):,} on one day.",
            [(day.day.isoformat(), day.jobs, _jobs(day.jobs)) for day in days],
        ),
        bar_chart(
            "Engine time a day",
            f"{duration(seconds)} in the last {len(days)} days, at most "
            f"{duration(max(day.engine_seconds for day in days))} on one day.",
            [(day.day.isoformat(), day.engine_seconds, duration(day.engine_seconds)) for day in days],
        ),
    ]


def _jobs(count: int) -> str:
    return f"{count:,} job{pluralize(count)}"


def duration(seconds: float) -> str:
    """Seconds as people say them: `31 s`, `4 min 5 s`, `2 h 10 min`."""
    whole = round(seconds)
    if whole < 60:
        return f"{seconds:.1f} s" if 0 < seconds < 10 else f"{whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    return f"{minutes // 60} h {minutes % 60} min"


def _size(count: int) -> str:
    return str(filesizeformat(count))


@method_decorator([never_cache, login_required], name="dispatch")
class Profile(View):
    """The name of the person behind the account."""

    def get(self, request: HttpRequest) -> HttpResponse:
        return self._page(request, ProfileForm(instance=caller(request)))

    def post(self, request: HttpRequest) -> HttpResponse:
        # Another instance than the one that the page's header shows: a refused name must not stand there.
        form = ProfileForm(request.POST, instance=User.objects.get(pk=caller(request).pk))
        if not form.is_valid():
            return self._page(request, form, status=HTTPStatus.BAD_REQUEST)
        form.save()
        messages.success(request, "Your name is saved.")
        return redirect("account_profile")

    @staticmethod
    def _page(request: HttpRequest, form: ProfileForm, *, status: int = 200) -> HttpResponse:
        return render(request, "account/profile.html", {"form": form}, status=status)


@require_safe
@never_cache
@login_required
def data_page(request: HttpRequest) -> HttpResponse:
    """What one can take away, and the way to it."""
    return render(request, "account/data.html")


@require_safe
@never_cache
@login_required
def export(request: HttpRequest) -> HttpResponse:
    """The account as a JSON file."""
    options = orjson.OPT_INDENT_2 | orjson.OPT_UTC_Z
    answer = HttpResponse(orjson.dumps(account_document(caller(request)), option=options), "application/json")
    answer["Content-Disposition"] = 'attachment; filename="atelier-account.json"'
    return answer


class Sessions(ListUserSessionsView):  # type: ignore[misc]
    """Where one is signed in. allauth's own page reads each session by itself."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        sessions = selectors.live_sessions(user=caller(self.request))
        shown = {"sessions": sessions, "session_count": len(sessions)}
        context: dict[str, Any] = super(ListUserSessionsView, self).get_context_data(**kwargs, **shown)
        return context


@method_decorator([never_cache, login_required, sensitive_post_parameters()], name="dispatch")
class CloseAccount(View):
    """Asks for the password, then removes the account with everything in it."""

    def get(self, request: HttpRequest) -> HttpResponse:
        return self._page(request, self._form(request))

    def post(self, request: HttpRequest) -> HttpResponse:
        form = self._form(request, request.POST)
        if not form.is_valid():
            return self._page(request, form, status=HTTPStatus.BAD_REQUEST)
        user = caller(request)
        try:
            closing.close_account(user=user, leave_without_administrator=form.cleaned_data.get("leave", False))
        except LastAdministrator as error:
            # The other administrator went between the page and its form.
            messages.error(request, error.message)
            return redirect("account_close")
        request.session.flush()
        request.user = AnonymousUser()
        messages.success(request, "Your account is deleted, with everything that was in it.")
        return redirect("/")

    @staticmethod
    def _form(request: HttpRequest, data: Any = None) -> CloseAccountForm:
        user = caller(request)
        return CloseAccountForm(data, user=user, is_last_administrator=closing.is_last_administrator(user))

    @staticmethod
    def _page(request: HttpRequest, form: CloseAccountForm, *, status: int = 200) -> HttpResponse:
        return render(request, "account/close.html", {"form": form}, status=status)
