"""Pages of help for everybody, and of the doctor for staff."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from operations import guides
from operations.doctor_process import findings
from operations.findings import Verdict


@require_safe
def guides_page(request: HttpRequest) -> HttpResponse:
    """`/docs`: which guides there are."""
    return render(request, "guides/index.html", {"guides": guides.guides(staff=_is_staff(request))})


@require_safe
def guide_page(request: HttpRequest, name: str) -> HttpResponse:
    """`/docs/<name>`: one guide."""
    guide = guides.find_guide(name, staff=_is_staff(request))
    if guide is None:
        raise Http404
    return render(request, "guides/guide.html", {"guide": guide, "guides": guides.guides(staff=_is_staff(request))})


@require_safe
@never_cache
def doctor_page(request: HttpRequest) -> HttpResponse:
    """`/staff/doctor`: what `manage.py doctor` finds. For staff; for others there is no such page.

    Looking takes seconds, so the page itself comes at once, and asks for `?look=1`.
    """
    if not _is_staff(request):
        raise Http404
    if not request.GET.get("look"):
        return render(request, "guides/doctor.html")
    found = findings()
    context = {
        "findings": sorted(found, key=lambda finding: _ORDER.index(finding.verdict)),
        "broken": sum(finding.verdict is Verdict.FAIL for finding in found),
        "warnings": sum(finding.verdict is Verdict.WARN for finding in found),
    }
    return render(request, "guides/doctor.html", context)


_ORDER = (Verdict.FAIL, Verdict.WARN, Verdict.OK, Verdict.OFF)


def _is_staff(request: HttpRequest) -> bool:
    return request.user.is_active and request.user.is_staff
