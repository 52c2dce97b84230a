"""How the OpenAPI document describes our ways to authenticate, and its examples of keys and accounts.

Loaded when the app is ready: DRF loads the classes themselves too early.
"""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension


class ApiKeyScheme(OpenApiAuthenticationExtension):
    """The three header forms in the OpenAPI document."""

    target_class = "accounts.authentication.ApiKeyAuthentication"
    name = ["bearerKey", "apiKeyAuthorization", "apiKeyHeader"]

    def get_security_requirement(self, auto_schema: Any) -> list[dict[str, list[Any]]]:
        # A list is "any of them"; one dict would be "all of them".
        return [{name: []} for name in self.name]

    def get_security_definition(self, auto_schema: Any) -> list[dict[str, Any]]:
        return [
            {"type": "http", "scheme": "bearer", "description": "`Authorization: Bearer KEY`"},
            {
                "type": "apiKey",
                "in": "header",
                "name": "Authorization",
                "description": "`Authorization: Api-Key KEY` (write the word and the key)",
            },
            {"type": "apiKey", "in": "header", "name": "X-Api-Key", "description": "`X-Api-Key: KEY`"},
        ]


class SessionScheme(OpenApiAuthenticationExtension):
    """The session cookie in the OpenAPI document."""

    target_class = "accounts.authentication.SessionAuthentication"
    name = "session"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        return {
            "type": "apiKey",
            "in": "cookie",
            "name": "sessionid",
            "description": "A signed-in browser; unsafe methods also need the CSRF token in `X-CSRFToken`.",
        }


KEY_EXAMPLE = {
    "id": "7a1f5d0e-53a8-4d0e-9d5e-0f3c1f6c8b21",
    "name": "laptop",
    "prefix": "q3ZrT8aK",
    "scopes": ["generate", "read"],
    "created_at": "2026-11-21T08:00:00Z",
    "expires_at": None,
    "last_used_at": "2026-11-21T09:12:00Z",
}
NEW_KEY_EXAMPLE = {**KEY_EXAMPLE, "last_used_at": None, "key": "q3ZrT8aK.…"}
ME_EXAMPLE = {
    "id": "0d6f2c1b-2f0f-4c53-8a0c-5f3f0c9f7a10",
    "username": "ada",
    "email": "ada@example.org",
    "is_staff": False,
    "created_at": "2026-11-20T10:00:00Z",
    "quota": {"active_jobs": 10, "jobs_per_day": 1000, "stored_bytes": 10_000_000_000},
    "use": {"jobs_today": 12, "engine_seconds_today": 31.5, "stored_bytes": 614_800},
}
