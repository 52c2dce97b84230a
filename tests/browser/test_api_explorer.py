"""Swagger UI, as a person meets it: in the scheme of the system, with a way back."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, expect

pytestmark = [pytest.mark.browser, pytest.mark.processes]


def test_explorer_follows_the_system_and_leads_back(open_context: Callable[..., BrowserContext]) -> None:
    page = open_context(color_scheme="dark").new_page()
    page.goto("/api/docs")
    expect(page.locator(".opblock").first).to_be_visible()
    root = page.locator("html")
    expect(root).to_have_class("dark-mode")

    page.emulate_media(color_scheme="light")
    expect(root).not_to_have_class("dark-mode")

    page.get_by_role("link", name="All guides").click()
    expect(page).to_have_url(re.compile("/docs$"))
    expect(page.get_by_role("heading", name="Help")).to_be_visible()
