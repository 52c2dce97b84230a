"""What a request may do: sessions everything, keys what their scopes say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rest_framework.exceptions import PermissionDenied
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from accounts.models import ApiKey, Scope

if TYPE_CHECKING:
    # DRF imports this module while it imports its views.
    from rest_framework.views import APIView


def required_scope(view: APIView, method: str) -> Scope:
    """The scope that `method` needs: the view's `required_scopes[method]`, else `read` or `generate`."""
    scopes: dict[str, Scope] = getattr(view, "required_scopes", {})
    default = Scope.READ if method in SAFE_METHODS else Scope.GENERATE
    return Scope(scopes.get("GET" if method == "HEAD" else method, default))


class IsAuthenticatedWithScope(BasePermission):
    """Signed in, or with a key that has the scope of the view and method. OPTIONS needs no more than `read`."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        if not request.user.is_authenticated:
            return False
        scope = required_scope(view, request.method or "GET")
        if isinstance(request.auth, ApiKey) and scope not in request.auth.scopes:
            raise PermissionDenied(f"This needs a key with the scope '{scope}'.", code="scope_missing")
        return True
