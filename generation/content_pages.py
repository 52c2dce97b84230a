"""The page of one piece of content and what can be done there, and the page of one analysis."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.models import User
from common.errors import NotFound
from content import services
from content.errors import TakenDown
from content.models import Content, Kind, Pin, PinState
from content.parents import children_of, parents_of
from content.previews import beginning_of, keep_excerpt, waveform_of
from content.selectors import visible_content, visible_to
from generation import composer
from generation.analysis_view import labels_of, segments_of
from generation.cards import EXTENSIONS, card_of
from generation.checkpoints import made_by_demo_model
from generation.composer import empty_form, seen_picture
from generation.facts import facts_of, parameters_of
from generation.gallery.selection import LONGEST_SHOWN_TEXT
from generation.models import JobKind
from generation.pages import by_htmx, job_or_404, signed_in, submitted
from generation.snippets import snippet_of_content
from generation.waveform import Waveform

WAVEFORM_BARS = 200
MOST_RELATIVES = 12


@require_safe
@never_cache
def content_page(request: HttpRequest, cid: str) -> HttpResponse:
    """A piece of content: the viewer's own, or a public one. Everything else does not exist."""
    viewer = request.user if isinstance(request.user, User) else None
    try:
        content = _visible_or_404(cid, viewer)
    except TakenDown as error:
        return render(request, "error.html", {"answer": error}, status=error.status)
    text = beginning_of(content=content, size_bytes=LONGEST_SHOWN_TEXT)
    if text:
        keep_excerpt(content=content, data=text.encode())
    relatives = _relatives(content, viewer)
    context = {
        "content": content,
        "text": text,
        "text_goes_on": text is not None and content.size_bytes > LONGEST_SHOWN_TEXT,
        "waveform": _waveform(content),
        "extension": EXTENSIONS[content.kind],
        "own": content.owner == viewer,
        "pin_error": _pin_error(content) if content.owner == viewer else "",
        "tags": sorted(tag.name for tag in content.tags.all()),
        "facts": facts_of(content),
        **relatives,
        "before": _before(content, relatives["parents"]),
        "snippet": snippet_of_content(request, content),
        "has_settings": bool(parameters_of(content)),
        "truncated": parameters_of(content).get("prompt_truncated", False),
        "demo": made_by_demo_model(content),
    }
    return render(request, "generation/content.html", context)


@require_POST
@signed_in
def verify_content(request: HttpRequest, user: User, cid: str) -> HttpResponse:
    """Read every block of a piece anew and say whether it is what its CID names."""
    try:
        content = _visible_or_404(cid, user)
    except TakenDown as error:
        raise Http404 from error
    verdict = services.verify_everywhere(content=content)
    if by_htmx(request):
        return render(request, "generation/verification.html", {"found": verdict.here, "node": verdict.node})
    here = verdict.here
    if here.intact:
        messages.success(request, f"Every byte is what the CID names: blocks read and hashed: {here.blocks}.")
    else:
        messages.error(request, f"{len(here.faults)} of {here.blocks} blocks are missing or damaged.")
    return redirect("content-page", content.cid)


@require_POST
@signed_in
def vary_content(request: HttpRequest, user: User, cid: str) -> HttpResponse:
    """Make a piece once more with another seed: the studio with the new job, or what it refused."""
    form = composer.variation(user, cid)
    if form is None:
        raise Http404
    return submitted(request, user, form)


def _visible_or_404(cid: str, viewer: User | None) -> Content:
    """Raises `Http404`, and `TakenDown`."""
    try:
        return visible_content(cid=cid, viewer=viewer)
    except NotFound as error:
        raise Http404 from error


def _pin_error(content: Content) -> str:
    """Why the IPFS node does not have it, where it failed to take it."""
    if content.pin_state != PinState.FAILED:
        return ""
    pin = Pin.objects.filter(cid=content.cid).first()
    return pin.error if pin else ""


def _relatives(content: Content, viewer: User | None) -> dict[str, Any]:
    """What it was made from, as far as the viewer may see it, and what was made from it."""
    names = parents_of(content.provenance)
    seen = list(visible_to(viewer).filter(cid__in=names)[: 2 * MOST_RELATIVES]) if names else []
    rows = {parent.cid: parent for parent in seen}
    children = children_of(content, viewer)[: MOST_RELATIVES + 1]
    # Two people may have made the same from it.
    others = {child.cid: child for child in children if child.cid != content.cid}
    return {
        "parents": [rows[name] for name in names if name in rows],
        "hidden_parents": [name for name in names if name not in rows],
        "children": list(others.values())[:MOST_RELATIVES],
        "more_children": len(others) > MOST_RELATIVES,
    }


def _before(content: Content, parents: list[Content]) -> Content | None:
    """The picture that a picture was made from, where the viewer may see it: the first parent, not its mask."""
    names = parents_of(content.provenance)
    if content.kind != Kind.IMAGE or not names:
        return None
    return next((parent for parent in parents if parent.cid == names[0] and parent.kind == Kind.IMAGE), None)


def _waveform(content: Content) -> Waveform | None:
    """The bars of a sound; None for anything else, and where its bytes cannot be read."""
    if content.kind != Kind.AUDIO:
        return None
    bars = waveform_of(content=content, bars=WAVEFORM_BARS)
    return Waveform(bars) if bars else None


@require_safe
@signed_in
def analysis_page(request: HttpRequest, user: User, job_id: UUID) -> HttpResponse:
    """What an analysis of the user's own found, over its picture; until it has ended, how far it is."""
    job = job_or_404(user, job_id)
    if job.kind != JobKind.ANALYSIS:
        raise Http404
    picture = seen_picture(user, job.params.get("image"))
    form = empty_form(user, job.kind)
    form.initial = {"labels": ", ".join(job.params.get("labels") or [])}
    context = {
        "job": job,
        "card": card_of(request, job),
        "picture": picture,
        "segments": segments_of(job) if picture else [],
        "labels": labels_of(job),
        "form": form,
    }
    return render(request, "generation/analysis.html", context)
