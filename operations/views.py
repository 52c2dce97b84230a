"""What load balancers and operators ask."""

from asgiref.sync import sync_to_async
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from operations.readiness import Part, check_parts


@require_safe
async def ready(request: HttpRequest) -> JsonResponse:
    """GET /health/ready: 200 where a job would be done now, else 503; JSON by part. Open to everybody."""
    parts = [Part("web", True, "answers"), *await sync_to_async(check_parts, thread_sensitive=False)()]
    all_ok = all(part.ok for part in parts)
    body = {
        "status": "ready" if all_ok else "unavailable",
        "parts": {part.name: {"ok": part.ok, "detail": part.detail} for part in parts},
    }
    headers = {"Cache-Control": "no-store"} if all_ok else {"Cache-Control": "no-store", "Retry-After": "5"}
    response = JsonResponse(body, status=200 if all_ok else 503, headers=headers)
    # Asked every second while models load: no error of ours, as Django would log it.
    response._has_been_logged = True  # type: ignore[attr-defined]
    return response
