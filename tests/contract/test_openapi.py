"""Whatever comes, allowed by the OpenAPI document or forbidden: no failure of ours, and no undeclared status."""

from collections.abc import Iterator
from typing import Any

import hypothesis
import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck, given
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import content_type_conformance, status_code_conformance

from accounts.models import Scope, User
from config.wsgi import application
from tests.support.clients import key_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("served")]

# Of each operation; there are more than fifty.
EXAMPLES = 100
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance]


@pytest.fixture
def _one_connection(db: None) -> Iterator[None]:
    """The application's own handler closes connections around each request; the test's transaction needs this one."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def key(user: User) -> str:
    return key_of(user, *Scope)


def operations() -> dict[str, Any]:
    """Every operation of the document by its method and path."""
    found = {}
    for result in DOCUMENT.get_all_operations():
        assert isinstance(result, Ok), result
        found[result.ok().label] = result.ok()
    return found


DOCUMENT = schemathesis.openapi.from_wsgi("/api/schema", application)
OPERATIONS = operations()


@pytest.mark.parametrize("label", sorted(OPERATIONS))
@pytest.mark.usefixtures("_one_connection")
def test_answers_are_declared(label: str, key: str, settings: Any) -> None:
    # Nobody works on the jobs: their requests are answered at once.
    settings.DOCUMENTED_WAIT_SECONDS = 0

    operation = OPERATIONS[label]
    requests = operation.as_strategy() | operation.as_strategy(generation_mode=schemathesis.GenerationMode.NEGATIVE)

    @given(case=requests)
    @hypothesis.settings(
        max_examples=EXAMPLES, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
    )
    def check(case: schemathesis.Case) -> None:
        case.call_and_validate(headers={"Authorization": f"Bearer {key}"}, checks=CHECKS)

    check()
