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
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import User
from common.errors import AtelierError, NotFound
from content.models import Kind
from content.selectors import visible_content, visible_to
from content.services import store_upload
from generation import services
from generation.cards import Tray, card_of, curl_of_content, facts_of, tray_of
from generation.checkpoints import made_by_demo_model
from generation.errors import IdempotencyConflict, JobFinished
from generation.forms import EXAMPLE_PROMPT, MORE_EXAMPLES, StudioForm
from generation.models import Job
from generation.pictures import picture_of, with_picture
from generation.selectors import job_of

P = ParamSpec("P")
PAGE_SIZE = 12
LARGEST_PAGE = 60
PUBLIC_PICTURES = 6
# Parameters of an earlier job that the form takes over.
_TAKEN_OVER = (
    *("prompt", "negative_prompt", "num_inference_steps", "guidance_scale"),
    *("width", "height", "seed", "number_of_images"),
)


# Failures of the form that htmx is told to show (`htmx-config` in generation/base.html); every other one becomes a 400.
_SHOWN_AS_THEY_ARE = (409, 429, 503)


def signed_in(
    view: Callable[Concatenate[HttpRequest, User, P], HttpResponse],
) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    """The view with the signed-in user as its second argument; others are sent to the sign-in page."""

    @never_cache
    @wraps(view)
    def answer(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if isinstance(request.user, User):
            return view(request, request.user, *args, **kwargs)
        if _by_htmx(request):
            return HttpResponse(status=HTTPStatus.UNAUTHORIZED, headers={"HX-Redirect": reverse("account_login")})
        return redirect_to_login(reverse("studio"))

    return answer


@require_http_methods(["GET", "HEAD", "POST"])
def front(request: HttpRequest) -> HttpResponse:
    """`/`: the studio, whose form comes back here, or a welcome for those who are not signed in."""
    if request.method == "POST":
        return _make(request)
    return _studio(request) if request.user.is_authenticated else _welcome(request)


@never_cache
def _welcome(request: HttpRequest) -> HttpResponse:
    pictures = visible_to(None).filter(kind=Kind.IMAGE)[:PUBLIC_PICTURES]
    return render(request, "generation/welcome.html", {"pictures": pictures, "demo": _demo_models()})


@signed_in
def _studio(request: HttpRequest, user: User) -> HttpResponse:
    """The form and the newest jobs; `?before=<job>` shows older ones, `?again=<job>` takes its parameters over."""
    tray = tray_of(request, user, size=PAGE_SIZE, before=_own_job(user, request.GET.get("before")))
    form = StudioForm(initial=_first_values(request, user, tray))
    return _studio_page(request, user, form, tray=tray)


@signed_in
def _make(request: HttpRequest, user: User) -> HttpResponse:
    """Submit the form: the new job's card for htmx, the studio for a plain form."""
    form = StudioForm(request.POST, request.FILES)
    status = HTTPStatus.BAD_REQUEST.value
    if form.is_valid():
        try:
            job = _submit(user, form)
        except AtelierError as error:
            form.add_error(None, _sentence(error))
            # A start picture that does not exist is a wrong value here: it is the form that was found.
            status = error.status if error.status in _SHOWN_AS_THEY_ARE else HTTPStatus.BAD_REQUEST
        else:
            if _by_htmx(request):
                context = {"card": card_of(request, job), "key": uuid.uuid4()}
                return render(request, "generation/made.html", context)
            return redirect(f"{reverse('studio')}#job-{job.id}")
    if _by_htmx(request):
        return render(request, "generation/form_errors.html", {"form": form}, status=status)
    return _studio_page(request, user, form, status=status)


@require_safe
@signed_in
def tray(request: HttpRequest, user: User) -> HttpResponse:
    """The list alone: the newest `?size=` jobs, or those older than `?before=`."""
    size = request.GET.get("size", "")
    shown = min(max(int(size), PAGE_SIZE), LARGEST_PAGE) if size.isdecimal() and len(size) < 4 else PAGE_SIZE
    before = _own_job(user, request.GET.get("before"))
    part = tray_of(request, user, size=shown, before=before)
    return render(request, "generation/tray_items.html" if before else "generation/tray.html", {"tray": part})


@require_safe
@signed_in
def job_card(request: HttpRequest, user: User, job_id: UUID) -> HttpResponse:
    """One job's card as it is now."""
    return _card_or_studio(request, _job_or_404(user, job_id))


@require_POST
@signed_in
def cancel_job(request: HttpRequest, user: User, job_id: UUID) -> HttpResponse:
    """End a job; one that ended meanwhile just shows how."""
    job = _job_or_404(user, job_id)
    with suppress(JobFinished):  # The card says how it ended.
        services.cancel(job=job)
    return _card_or_studio(request, job)


@require_POST
@signed_in
def repeat_job(request: HttpRequest, user: User, job_id: UUID) -> HttpResponse:
    """Submit a job's request once more, as a new job: quotas count it like any other."""
    job = _job_or_404(user, job_id)
    try:
        again = services.submit(
            owner=user, kind=job.kind, params=job.params, model=job.checkpoint.slug, visibility=job.visibility
        )
    except AtelierError as error:
        return _card_or_studio(request, job, notice=error.message)
    if _by_htmx(request):
        return render(request, "generation/made.html", {"card": card_of(request, again)})
    return redirect(f"{reverse('studio')}#job-{again.id}")


@require_safe
@never_cache
def content_page(request: HttpRequest, cid: str) -> HttpResponse:
    """A piece of content: the viewer's own, or a public one. Everything else does not exist."""
    viewer = request.user if isinstance(request.user, User) else None
    try:
        content = visible_content(cid=cid, viewer=viewer)
    except NotFound as error:
        raise Http404 from error
    context = {
        "content": content,
        "own": content.owner == viewer,
        "facts": facts_of(content),
        "parents": content.provenance.get("parents") or [],
        "curl": curl_of_content(request, content),
        "truncated": content.provenance.get("parameters", {}).get("prompt_truncated", False),
        "demo": made_by_demo_model(content),
    }
    return render(request, "generation/content.html", context)


def _studio_page(
    request: HttpRequest, user: User, form: StudioForm, *, tray: Tray | None = None, status: int = 200
) -> HttpResponse:
    context = {
        "form": form,
        "tray": tray or tray_of(request, user, size=PAGE_SIZE),
        "key": uuid.uuid4(),
        "examples": [EXAMPLE_PROMPT, *MORE_EXAMPLES],
        "demo": _demo_models(),
        "more_open": _more_is_used(form),
    }
    return render(request, "generation/studio.html", context, status=status)


def _demo_models() -> bool:
    return bool(settings.MODEL_PROFILE == "demo")


def _submit(user: User, form: StudioForm) -> Job:
    """The one job that the valid form asks for. Raises what the services raise."""
    params = form.params()
    start = form.start_picture
    if start is not None:
        if isinstance(start, str):
            picture = picture_of(owner=user, reference=start)
        else:
            picture = store_upload(owner=user, data=start.read())
        params = with_picture(params, picture)
    request: dict[str, Any] = {
        "owner": user,
        "kind": form.kind,
        "params": params,
        "visibility": "public" if form.cleaned_data["public"] else "private",
    }
    key = form.cleaned_data["key"]
    try:
        return services.submit(**request, idempotency_key=f"page:{key}" if key else None)
    except IdempotencyConflict:
        # The same page was sent again with other values: somebody went back to it.
        return services.submit(**request)


def _first_values(request: HttpRequest, user: User, tray: Tray) -> dict[str, Any]:
    """What the form shows at first: an earlier job, a prompt of the address, or an example for newcomers."""
    again = _own_job(user, request.GET.get("again"))
    if again is not None:
        values = {name: again.params[name] for name in _TAKEN_OVER if name in again.params}
        if again.params.get("image"):
            values |= {"start": again.params["image"], "strength": again.params.get("strength")}
        return {**values, "public": again.visibility == "public"}
    values = {name: request.GET[name] for name in ("prompt", "start") if request.GET.get(name)}
    if not values and not tray.cards:
        values["prompt"] = EXAMPLE_PROMPT
    return values


def _more_is_used(form: StudioForm) -> bool:
    """Whether the folded part holds something that must be seen: an error, or a value that was set."""
    if form.is_bound:
        return any(name != "prompt" for name in form.errors)
    return "again" in form.initial or any(form.initial.get(name) for name in ("start", "negative_prompt"))


def _card_or_studio(request: HttpRequest, job: Job, *, notice: str = "") -> HttpResponse:
    if _by_htmx(request):
        return render(request, "generation/card.html", {"card": card_of(request, job, notice=notice)})
    if notice:
        messages.error(request, notice)
    return redirect(f"{reverse('studio')}#job-{job.id}")


def _job_or_404(user: User, job_id: UUID) -> Job:
    try:
        return job_of(owner=user, job_id=job_id)
    except NotFound as error:
        raise Http404 from error


def _own_job(user: User, text: str | None) -> Job | None:
    """The user's job that a parameter of the address names; None where it names none."""
    try:
        return job_of(owner=user, job_id=UUID(text)) if text else None
    except (NotFound, ValueError):
        return None


def _sentence(error: AtelierError) -> str:
    """The error's sentence in the page's words: the API's names its fields."""
    if error.code == NotFound.code:
        return "There is no picture with this CID that you may see."
    return error.message.replace("'image'", "The start picture")


def _by_htmx(request: HttpRequest) -> bool:
    return request.headers.get("HX-Request") == "true"
