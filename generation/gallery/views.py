"""The gallery's pages and forms. They work as plain links and forms; with JavaScript, htmx asks for their parts."""

from collections.abc import Callable, Sequence

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.models import User
from common.errors import AtelierError
from content.library.download import archive_response
from content.models import Content
from generation.gallery import selection
from generation.gallery.listing import listing_of
from generation.pages import by_htmx, signed_in
from generation.personal.selectors import listed_checkpoints

# What is said after each action, of one piece and of several.
_DONE = {
    "publish": ("Everybody can see it now.", "{count} pieces are public now."),
    "private": (
        "Only you can see it here now. Copies elsewhere may remain.",
        "{count} pieces are private now. Copies elsewhere may remain.",
    ),
    "delete": ("It is deleted.", "{count} pieces are deleted."),
    "tag": ("Its tags are changed.", "The tags of {count} pieces are changed."),
}
_NOTHING_DONE = "There was nothing to change."


@require_safe
@never_cache
@login_required
def mine(request: HttpRequest) -> HttpResponse:
    """`/gallery`: what the user has."""
    return _gallery(request, public=False)


@require_safe
@never_cache
def public(request: HttpRequest) -> HttpResponse:
    """`/gallery/public`: what everybody may see."""
    return _gallery(request, public=True)


def _gallery(request: HttpRequest, *, public: bool) -> HttpResponse:
    viewer = request.user if isinstance(request.user, User) else None
    listing = listing_of(request, viewer, public=public)
    if by_htmx(request):
        return render(request, "generation/gallery/tiles.html", {"listing": listing})
    context = {"listing": listing, "models": [checkpoint.slug for checkpoint in listed_checkpoints()]}
    return render(request, "generation/gallery/page.html", context, status=400 if listing.errors else 200)


@require_POST
@signed_in
def selected(request: HttpRequest, user: User) -> HttpResponseBase:
    """`/gallery/selection`: what is to be done with the chosen pieces. It asks first; an export asks nothing."""
    action = request.POST.get("action", "")
    try:
        contents = selection.chosen(owner=user, cids=request.POST.getlist("cid"))
        if action == "export":
            names = [content.cid for content in contents]
            return archive_response(request, owner=user, name="atelier-selection.car", only=names)
        if action not in _DONE:
            raise selection.NothingChosen
        if request.POST.get("sure") != "yes":
            return _ask(request, action, contents)
        return _do(request, action, contents)
    except selection.WrongTags as error:
        return _ask(request, action, contents, error=error.message)
    except AtelierError as error:
        return _refused(request, error.message)


def _ask(request: HttpRequest, action: str, contents: Sequence[Content], *, error: str = "") -> HttpResponse:
    """The question before an action: a part of the page for htmx, else a page of its own."""
    context = {
        "action": action,
        "seen": [selection.as_seen(content, with_text=len(contents) == 1) for content in contents],
        "common_tags": sorted({tag.name for content in contents for tag in content.tags.all()}),
        "back": _back(request),
        "error": error,
        "ipfs": bool(settings.IPFS_API),
        "tags": request.POST.get("tags", ""),
    }
    part = by_htmx(request)
    template = "generation/gallery/question.html" if part else "generation/gallery/question_page.html"
    return render(request, template, context, status=400 if error and not part else 200)


def _do(request: HttpRequest, action: str, contents: Sequence[Content]) -> HttpResponse:
    acts: dict[str, Callable[[], int]] = {
        "publish": lambda: selection.publish(contents),
        "private": lambda: selection.make_private(contents),
        "delete": lambda: selection.delete(contents),
        "tag": lambda: selection.retag(
            contents, add=request.POST.get("tags", ""), remove=request.POST.getlist("remove")
        ),
    }
    count = acts[action]()
    one, several = _DONE[action]
    said = (one if count == 1 else several.format(count=count)) if count else _NOTHING_DONE
    messages.success(request, said)
    return redirect(_back(request, gone=contents if action == "delete" else ()))


def _refused(request: HttpRequest, sentence: str) -> HttpResponse:
    if by_htmx(request):
        return render(request, "generation/gallery/refused.html", {"sentence": sentence})
    messages.error(request, sentence)
    return redirect(_back(request))


def _back(request: HttpRequest, *, gone: Sequence[Content] = ()) -> str:
    """Where the form came from, if that is a page of ours that is still there; else the gallery."""
    wanted = request.POST.get("back", "")
    # Without a host only: what begins with two slashes would be another one.
    if not wanted.startswith("/") or not url_has_allowed_host_and_scheme(wanted, allowed_hosts=None):
        return reverse("gallery")
    if any(wanted.startswith(reverse("content-page", args=[content.cid])) for content in gone):
        return reverse("gallery")
    return wanted
