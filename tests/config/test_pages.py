"""Every page: none is forgotten, and each asks the database little, however much there is."""

import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.support.every_page import client_of, is_left_out, pages, routes
from tests.support.filled import Filled, make_people
from tests.support.pages import MOST_QUERIES
from tests.support.site_page import SitePage, Viewer

FEW, MANY = 5, 60

pytestmark = pytest.mark.django_db


@pytest.fixture
def there(settings: Any) -> Filled:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    filled = make_people()
    filled.fill(FEW)
    return filled


def count_queries(client: Client, page: SitePage) -> int:
    """How many queries the page takes, the one that an address may lead on to with it."""
    with CaptureQueriesContext(connection) as asked:
        answer = client.get(page.path, follow=True)
    assert answer.status_code == page.status, page
    if page.route:
        assert answer.resolver_match.view_name == page.route
    return len(asked)


def test_list_names_every_page(there: Filled) -> None:
    listed = {page.route for page in pages(there)} - {""}
    visited_all_the_same = {route for route in listed if is_left_out(route)}

    assert {route for route in routes() - listed if not is_left_out(route)} == set()
    assert listed <= routes()
    assert visited_all_the_same >= {f"admin:accounts_user_{name}" for name in ("add", "history", "delete")}
    assert all(re.fullmatch(r"admin:\w+_(add|delete|history)", route) for route in visited_all_the_same)


@pytest.mark.timeout(1200)
def test_page_asks_few_queries_and_as_many_for_many_rows(there: Filled) -> None:
    listed = pages(there)
    clients = {viewer: client_of(viewer, there) for viewer in Viewer}

    def count() -> dict[SitePage, int]:
        # What a process reads once, and what is noted at the first view, is not counted.
        for page in listed:
            count_queries(clients[page.viewer], page)
        return {page: count_queries(clients[page.viewer], page) for page in listed}

    few = count()
    there.fill(MANY)
    many = count()

    assert {page.path: number for page, number in many.items() if number > MOST_QUERIES} == {}
    assert {page.path: (few[page], number) for page, number in many.items() if number != few[page]} == {}
