"""The account area in a real browser: keys that programs use, second factors, a narrow window, and the way out."""

import base64
import hmac
import json
import re
import struct
import subprocess
import time
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.person import PASSWORD, Person
from tests.support.processes import RunningAtelier

pytestmark = [pytest.mark.browser, pytest.mark.processes]

PAYLOAD = '"><img src=x onerror="window.hit = 1"><script>window.hit = 1</script>'
PAGES = [
    "/account",
    "/account/profile",
    "/account/keys",
    "/account/data",
    "/account/delete",
    "/accounts/email/",
    "/accounts/password/change/",
    "/accounts/2fa/",
    "/accounts/sessions/",
    "/models",
    "/docs",
    "/docs/guide",
    "/docs/api",
    "/docs/registry",
]


def totp(secret: str) -> str:
    """What an authenticator app shows now (RFC 6238: SHA-1, 30 s, 6 digits)."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    digest = hmac.digest(key, struct.pack(">Q", int(time.time()) // 30), "sha1")
    at = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[at : at + 4])[0] & 0x7FFFFFFF) % 1_000_000:06d}"


def fresh_totp(secret: str, used: str) -> str:
    """A code that was not used before: each counts once."""
    while (code := totp(secret)) == used:
        time.sleep(0.5)
    return code


def button(page: Page, name: str) -> None:
    page.get_by_role("main").get_by_role("button", name=name, exact=True).click()


def use_key(page: Page, name: str) -> None:
    """Press a button that allauth's script answers, which begins when the page is all there."""
    expect(page.get_by_role("main").get_by_role("button", name=name, exact=True)).to_be_visible()
    page.wait_for_load_state()
    button(page, name)


def confirm_password(page: Page) -> None:
    expect(page.get_by_role("heading", name="Confirm that it is you")).to_be_visible()
    page.locator("[name=password]").fill(PASSWORD)
    button(page, "Confirm")


def sign_out(page: Page) -> None:
    page.locator(".menu > summary").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("link", name="Create an account")).to_be_visible()


def curl(url: str, key: str) -> str:
    """The body that curl prints, or the status of a refusal."""
    command = ["curl", "-sS", "-w", "\n%{http_code}", "-H", f"Authorization: Bearer {key}", url]
    body, _, status = subprocess.run(command, capture_output=True, text=True, timeout=60).stdout.rpartition("\n")
    return body if status == "200" else status


def test_key_of_the_page_works_in_curl_until_it_is_revoked(person: Person, atelier: RunningAtelier) -> None:
    page = person.page
    page.locator(".menu > summary").click()
    page.get_by_role("link", name="API keys").click()
    expect(page.get_by_text("You have no keys.")).to_be_visible()

    page.get_by_label("What is it for?").fill(PAYLOAD[:50])
    button(page, "Make key")
    key = page.get_by_role("status").locator("code").inner_text()

    me = f"{atelier.base_url}/api/v1/me"
    assert json.loads(curl(me, key))["username"] == person.name
    page.goto("/account/keys")
    expect(page.locator("body")).not_to_contain_text(key)
    expect(page.locator(".rows strong")).to_have_text(PAYLOAD[:50])
    assert page.evaluate("window.hit") is None
    page.locator(".rows").get_by_role("button", name="Revoke").click()
    expect(page.get_by_text("is revoked.")).to_be_visible()
    assert curl(me, key) == "401"


def test_sign_in_asks_for_the_app_s_code_or_a_recovery_code(person: Person) -> None:
    page = person.page
    page.goto("/accounts/2fa/")
    page.get_by_role("link", name="Set up an app").click()
    confirm_password(page)
    expect(page.locator("img.qr")).to_be_visible()
    secret = page.locator(".secret").inner_text()
    used = totp(secret)
    page.locator("[name=code]").fill(used)
    button(page, "Turn on")

    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    codes = page.locator(".codes li").all_inner_texts()
    assert len(codes) == 10
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").click()
    assert download.value.path().read_text().split() == codes

    sign_out(page)
    person.sign_in()
    expect(page.get_by_role("heading", name="One step more")).to_be_visible()
    page.locator("[name=code]").fill("000000" if totp(secret) != "000000" else "000001")
    button(page, "Sign in")
    expect(page.locator(".field-errors")).to_be_visible()
    page.locator("[name=code]").fill(fresh_totp(secret, used))
    button(page, "Sign in")
    expect(page.get_by_role("heading", name="New picture")).to_be_visible()

    sign_out(page)
    person.sign_in()
    page.locator("[name=code]").fill(codes[0])
    button(page, "Sign in")
    expect(page.get_by_role("heading", name="New picture")).to_be_visible()
    page.goto("/accounts/2fa/")
    expect(page.get_by_text("9 codes left.")).to_be_visible()


def test_security_key_of_the_browser_signs_in(
    open_context: Callable[..., BrowserContext], person: Person, atelier: RunningAtelier
) -> None:
    # Browsers know security keys of names alone, not of numbers.
    page = open_context(base_url=f"http://localhost:{atelier.port}").new_page()
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "usb", "hasUserVerification": True, "isUserVerified": True}
    session.send("WebAuthn.addVirtualAuthenticator", {"options": {**options, "automaticPresenceSimulation": True}})
    there = Person(page, person.name)
    there.sign_in()
    expect(page.get_by_role("heading", name="New picture")).to_be_visible()

    page.goto("/accounts/2fa/")
    page.get_by_role("link", name="Add a key").click()
    confirm_password(page)
    page.locator("[name=name]").fill(PAYLOAD)
    use_key(page, "Add")
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    page.goto("/accounts/2fa/webauthn/")
    expect(page.locator(".rows strong")).to_have_text(PAYLOAD)
    assert page.evaluate("window.hit") is None

    sign_out(page)
    there.sign_in()
    use_key(page, "Use a security key")
    expect(page.get_by_role("heading", name="New picture")).to_be_visible()


def test_number_for_a_name_is_explained_where_security_keys_are_impossible(person: Person) -> None:
    page = person.page
    page.goto("/accounts/2fa/webauthn/add/")
    confirm_password(page)

    use_key(page, "Add")

    expect(page.get_by_role("alert")).to_contain_text("only under a name, not under a number")


def test_other_sessions_are_signed_out(person: Person, open_context: Callable[..., BrowserContext]) -> None:
    other = Person(open_context().new_page(), person.name)
    other.sign_in()
    expect(other.page.get_by_role("heading", name="New picture")).to_be_visible()

    person.page.goto("/accounts/sessions/")
    expect(person.page.locator(".rows li")).to_have_count(2)
    button(person.page, "Sign out the others")

    expect(person.page.locator(".rows li")).to_have_count(1)
    other.page.reload()
    expect(other.page.get_by_role("link", name="Create an account")).to_be_visible()


def test_account_with_running_work_is_deleted(
    person: Person, open_context: Callable[..., BrowserContext], atelier: RunningAtelier
) -> None:
    page = person.page
    key = person.create_key()
    card = person.ask("a red circle", num_inference_steps="150")
    expect(card).to_have_attribute("data-status", re.compile("queued|running"))

    page.goto("/account/delete")
    page.locator("[name=password]").fill("not my password")
    button(page, "Delete my account")
    expect(page.locator(".field-errors")).to_be_visible()
    page.locator("[name=password]").fill(PASSWORD)
    button(page, "Delete my account")

    expect(page.get_by_text("Your account is deleted, with everything that was in it.")).to_be_visible()
    expect(page.get_by_role("link", name="Create an account")).to_be_visible()
    assert curl(f"{atelier.base_url}/api/v1/me", key) == "401"
    again = Person(open_context().new_page(), person.name)
    again.sign_in()
    expect(again.page.locator(".form-errors")).to_be_visible()
    # The worker goes on with others' work, and the name is free.
    again.sign_up()
    expect(again.page.locator("li.job")).to_have_count(0)
    finished = again.ask("a blue square", num_inference_steps="1")
    expect(finished).to_have_attribute("data-status", "succeeded")


def test_pages_fit_a_narrow_window_and_the_keyboard(sign_up: Callable[..., Person]) -> None:
    page = sign_up(viewport={"width": 360, "height": 740}).page

    for path in PAGES:
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, path
        page.keyboard.press("Tab")
        expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    page.goto("/docs/api")
    block = page.locator(".code-block").first
    block.focus()
    assert block.evaluate("box => getComputedStyle(box).outlineStyle") != "none"


def test_help_and_account_work_without_javascript(sign_up: Callable[..., Person]) -> None:
    page = sign_up(java_script_enabled=False).page
    page.get_by_role("link", name="Help").click()
    page.get_by_role("main").get_by_role("link", name="Guide", exact=True).click()
    page.locator(".contents > summary").click()
    page.locator(".contents").get_by_role("link", name="The CID", exact=True).click()
    expect(page).to_have_url(re.compile("#the-cid$"))

    page.goto("/account/profile")
    page.get_by_label("First name").fill("Ada")
    button(page, "Save")
    expect(page.get_by_label("First name")).to_have_value("Ada")
