"""How the OpenAPI document describes our ways to authenticate.

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
