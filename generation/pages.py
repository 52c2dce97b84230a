"""The pages of the studio. They work as plain forms and links; with JavaScript, htmx asks for their parts."""

import uuid
from collections.abc import Callable
from contextlib import suppress
from functools import wraps
from http import HTTPStatus
from typing import Any, Concatenate, ParamSpec
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.http import reswap, retarget

from accounts.models import User
from common.errors import AtelierError, NotFound
from content.lists import Wanted, newest
from content.models import Kind
from generation import composer, services
from generation.cards import Tray, card_of, tray_of
from generation.errors import JobFinished
from generation.filling import filled, proposed
from generation.form_base import ComposerForm
from generation.forms import form_class
from generation.models import Job, JobKind
from generation.prompts import has_surprises
from generation.selectors import job_of

P = ParamSpec("P")
PAGE_SIZE = 12
LARGEST_PAGE = 60
PUBLIC_PICTURES = 6


# Failures of the form that htmx is told to show (`htmx-config` in generation/base.html); every other one becomes a 400.
_SHOWN_AS_THEY_ARE = (409, 429, 503)


def signed_in(
    view: Callable[Concatenate[HttpRequest, User, P], HttpResponseBase],
) -> Callable[Concatenate[HttpRequest, P], HttpResponseBase]:
    """The view with the signed-in user as its second argument; others are sent to the sign-in page."""

    @never_cache
    @wraps(view)
    def answer(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if isinstance(request.user, User):
            return view(request, request.user, *args, **kwargs)
        if by_htmx(request):
            return HttpResponse(status=HTTPStatus.UNAUTHORIZED, headers={"HX-Redirect": reverse("account_login")})
        return redirect_to_login(reverse("studio"))

    return answer


@require_http_methods(["GET", "HEAD", "POST"])
def front(request: HttpRequest) -> HttpResponseBase:
    """`/`: the studio, whose form comes back here, or a welcome for those who are not signed in."""
    if request.method == "POST":
        return _make(request)
    return _studio(request) if request.user.is_authenticated else _welcome(request)


@never_cache
def _welcome(request: HttpRequest) -> HttpResponse:
    pictures = newest(viewer=None, wanted=Wanted(kind=Kind.IMAGE), limit=PUBLIC_PICTURES).rows
    return render(request, "generation/welcome.html", {"pictures": pictures, "demo": _demo_models()})


@signed_in
def _studio(request: HttpRequest, user: User) -> HttpResponse:
    """The form and the newest jobs; `?before=<job>` shows older ones (`composer.opened_form` for the rest)."""
    tray = tray_of(request, user, size=PAGE_SIZE, before=composer.own_job(user, request.GET.get("before")))
    known = {card.job.kind for card in tray.cards}
    return _studio_page(request, user, composer.opened_form(user, request.GET, known_kinds=known), tray=tray)


@require_safe
@signed_in
def compose(request: HttpRequest, user: User) -> HttpResponse:
    """The form alone, of the kind in `?make=`."""
    known = set(Job.objects.filter(owner=user).values_list("kind", flat=True).distinct())
    form = composer.opened_form(user, request.GET, known_kinds=known)
    return render(request, "generation/composer.html", _composer_context(user, form))


@signed_in
def _make(request: HttpRequest, user: User) -> HttpResponse:
    """Submit the form: the new job's card for htmx, the studio for a plain form. `fill` shows it again, filled in."""
    form = composer.sent_form(request, user)
    if "fill" not in request.POST:
        return submitted(request, user, form)
    composer.keep_upload(user, form)
    form = filled(user, form, request.POST["fill"])
    if not by_htmx(request):
        return _studio_page(request, user, form)
    answer = render(request, "generation/composer.html", _composer_context(user, form))
    return retarget(reswap(answer, "outerHTML"), "#composer")


@require_safe
@signed_in
def surprise(request: HttpRequest, user: User) -> HttpResponse:
    """Another prompt than `?unlike=` for the model in `?model=`, and a seed."""
    kind = form_class(request.GET.get("make")).kind
    if not has_surprises(kind):
        raise Http404
    text = proposed(user, kind, model=request.GET.get("model", ""), unlike=request.GET.get("unlike", ""))
    return JsonResponse({"text": text, "seed": services.random_seed()})


def submitted(request: HttpRequest, user: User, form: ComposerForm) -> HttpResponse:
    """Submit a form: the new job's card for htmx, the studio for a plain form, either with what was refused."""
    status = HTTPStatus.BAD_REQUEST.value
    if form.is_valid():
        try:
            job = composer.submit(user, form)
        except composer.RefusedField as error:
            form.add_error(error.field, error.message)
        except AtelierError as error:
            form.add_error(None, error.message)
            status = error.status if error.status in _SHOWN_AS_THEY_ARE else HTTPStatus.BAD_REQUEST
        else:
            return _made(request, form, job)
    if by_htmx(request):
        return render(request, "generation/refused.html", {"form": form}, status=status)
    composer.keep_upload(user, form)
    return _studio_page(request, user, form, status=status)


def _made(request: HttpRequest, form: ComposerForm, job: Job) -> HttpResponse:
    if by_htmx(request):
        return render(
            request, "generation/made.html", {"card": card_of(request, job), "form": form, "key": uuid.uuid4()}
        )
    if request.POST.get("then") == "analysis" and job.kind == JobKind.ANALYSIS:
        return redirect("studio-analysis", job.id)
    return _studio_at(job)


@require_safe
@signed_in
def tray(request: HttpRequest, user: User) -> HttpResponse:
    """The list alone: the newest `?size=` jobs, or those older than `?before=`."""
    size = request.GET.get("size", "")
    shown = min(max(int(size), PAGE_SIZE), LARGEST_PAGE) if size.isdecimal() and len(size) < 4 else PAGE_SIZE
    before = composer.own_job(user, request.GET.get("before"))
    part = tray_of(request, user, size=shown, before=before)
    return render(request, "generation/tray_items.html" if before else "generation/tray.html", {"tray": part})


@require_safe
@signed_in
def job_card(request: HttpRequest, user: User, job_id: UUID) -> HttpResponse:
    """One job's card as it is now."""
    return _card_or_studio(request, job_or_404(user, job_id))


@require_POST
@signed_in
def cancel_job(request: HttpRequest, user: User, job_id: UUID) -> HttpResponse:
    """End a job; one that ended meanwhile just shows how."""
    job = job_or_404(user, job_id)
    with suppress(JobFinished):  # The card says how it ended.
        services.cancel(job=job)
    return _card_or_studio(request, job)


@require_POST
@signed_in
def repeat_job(request: HttpRequest, user: User, job_id: UUID) -> HttpResponse:
    """Submit a job's request once more, as a new job: quotas count it like any other."""
    job = job_or_404(user, job_id)
    try:
        again = services.repeat(job=job)
    except AtelierError as error:
        return _card_or_studio(request, job, notice=error.message)
    if by_htmx(request):
        return render(request, "generation/made.html", {"card": card_of(request, again)})
    return _studio_at(again)


def _studio_page(
    request: HttpRequest, user: User, form: ComposerForm, *, tray: Tray | None = None, status: int = 200
) -> HttpResponse:
    context = {
        **_composer_context(user, form),
        "tray": tray or tray_of(request, user, size=PAGE_SIZE),
        "demo": _demo_models(),
    }
    return render(request, "generation/studio.html", context, status=status)


def _composer_context(user: User, form: ComposerForm) -> dict[str, Any]:
    named: dict[str, Any] = {
        name: composer.seen_picture(user, form[name].value())
        for name in ("start", "mask")
        if name in form.fields and form[name].value()
    }
    return {"form": form, "tabs": composer.tabs(form), "key": uuid.uuid4(), **named}


def _demo_models() -> bool:
    return bool(settings.MODEL_PROFILE == "demo")


def _card_or_studio(request: HttpRequest, job: Job, *, notice: str = "") -> HttpResponse:
    if by_htmx(request):
        return render(request, "generation/card.html", {"card": card_of(request, job, notice=notice)})
    if notice:
        messages.error(request, notice)
    return _studio_at(job)


def _studio_at(job: Job) -> HttpResponse:
    """The studio, with the form of the job's kind, at its card."""
    make = "" if job.kind == JobKind.IMAGE else f"?make={job.kind}"
    return redirect(f"{reverse('studio')}{make}#job-{job.id}")


def job_or_404(user: User, job_id: UUID) -> Job:
    try:
        return job_of(owner=user, job_id=job_id)
    except NotFound as error:
        raise Http404 from error


def by_htmx(request: HttpRequest) -> bool:
    """Whether the script asks for a part of a page."""
    return request.headers.get("HX-Request") == "true"
