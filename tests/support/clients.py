"""HTTP clients of tests: one with a key, and a shorthand for JSON bodies."""

from typing import Any

from django.test import AsyncClient, Client

from accounts.models import Scope, User
from accounts.services import create_api_key


def key_of(user: User, *scopes: Scope) -> str:
    """The text of a new key of `user`, by default with the scopes `read` and `generate`."""
    _, text = create_api_key(owner=user, name="test", scopes=list(scopes) or None)
    return text


class KeyClient(Client):
    """Django's test client with the key of a user."""

    def __init__(self, user: User, *scopes: Scope) -> None:
        self.key = key_of(user, *scopes)
        super().__init__(headers={"Authorization": f"Bearer {self.key}"}, raise_request_exception=False)


class AsyncKeyClient(AsyncClient):
    """The same for asynchronous tests; make it in synchronous code."""

    def __init__(self, user: User, *scopes: Scope) -> None:
        self.key = key_of(user, *scopes)
        # Its `headers=` would be named as in WSGI, and never be seen.
        super().__init__(raise_request_exception=False, authorization=f"Bearer {self.key}")


def post_json(client: Client, path: str, body: Any, **headers: str) -> Any:
    """`POST` with a JSON body; header names with underscores."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    response: Any = client.post(path, body, content_type="application/json", headers=named)
    return response
