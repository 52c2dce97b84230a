"""Every page that a browser can ask for, and who sees it. `LEFT_OUT` says which routes answer no page, and why."""

import json
import re
import time
from collections.abc import Iterator
from dataclasses import asdict

from allauth.account.forms import default_token_generator
from allauth.account.models import EmailAddress, EmailConfirmationHMAC
from allauth.account.utils import user_pk_to_url_str
from allauth.mfa.models import Authenticator
from django.contrib import admin
from django.db.models import Model
from django.test import Client, RequestFactory
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from accounts.first_admin import setup_link
from accounts.models import User
from common.redis_client import redis_client
from config.views import PROGRAM_PATHS
from generation.models import JobKind
from operations.guides import guides
from tests.support.filled import PASSWORD, Filled, make_people
from tests.support.jobs import announce_worker
from tests.support.site_page import SitePage, Viewer

_PART = "a part of a page that is visited"
_FORM = "takes forms only"
_OTHERS = "another project's page as it comes, in the look of the administration's pages that are visited"
# Patterns of routes' names (`admin:` before those of the administration) → why no page of the list is theirs.
LEFT_OUT = {
    "setup": "there before any administrator is: the tests that want it visit it by itself",
    "metrics|account_export|mfa_download_recovery_codes|thumbnail|studio-surprise": "no page: a file, or for programs",
    "account_revoke_key|gallery-selection|model-(share|delete)|content-(verification|variation)": _FORM,
    "studio-(cancel|repeat)": _FORM,
    "studio-(composer|tray|job)": _PART,
    "account_set_password": "leads to the page that changes it: every account has one",
    "account_confirm_login_code": "codes by mail instead of passwords are not offered",
    "mfa_reauthenticate_webauthn": "leads on from its form's page",
    "admin:(login|logout)": "leads to the pages that everybody has",
    "admin:(search|autocomplete|jsi18n|view_on_site)": _PART,
    "admin:django_rq_.*|admin:axes_.*": _OTHERS,
    "admin:.*_(add|delete)": "those that an administrator may open are visited",
    "admin:.*_history": "one is visited; the others come from the same template",
    "admin:password_change_done": "a sentence on the page that is visited before it",
    r"admin:<path:object_id>/|admin:\(\?P<url>\.\*\)\$": "leads to another page, or nowhere",
}


def routes() -> set[str]:
    """The names of the routes that may answer a page: not those of programs, whose failures are JSON, too."""
    return {name for name, path in _routes(get_resolver()) if name == "docs" or not path.startswith(PROGRAM_PATHS)}


def _routes(resolver: URLResolver, namespace: str = "", before: str = "/") -> Iterator[tuple[str, str]]:
    for pattern in resolver.url_patterns:
        path = before + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            yield namespace + (pattern.name or str(pattern.pattern)), path
        else:
            yield from _routes(pattern, f"{pattern.namespace}:" if pattern.namespace else namespace, path)


def is_left_out(route: str) -> bool:
    return any(re.fullmatch(names, route) for names in LEFT_OUT)


def pages(there: Filled) -> list[SitePage]:
    """Every page, of what is there."""
    return [*_for_nobody(there), *_for_person(there), *_for_careful(there), *_for_staff(there)]


def _page(viewer: Viewer, route: str, *arguments: object, query: str = "", status: int = 200) -> SitePage:
    return SitePage(route, reverse(route, args=arguments) + query, viewer, status)


def _for_nobody(there: Filled) -> Iterator[SitePage]:
    viewer, address = Viewer.NOBODY, EmailAddress.objects.filter(user=there.person).earliest("pk")
    for route in ("studio", "account_login", "account_signup", "account_inactive", "gallery-public", "guides", "docs"):
        yield _page(viewer, route)
    yield _page(viewer, "account_reset_password")
    yield _page(viewer, "account_reset_password_done")
    token = default_token_generator.make_token(there.other)
    yield _page(viewer, "account_reset_password_from_key", user_pk_to_url_str(there.other), token)
    yield _page(viewer, "account_reset_password_from_key_done")
    yield _page(viewer, "account_email_verification_sent")
    yield _page(viewer, "account_confirm_email", EmailConfirmationHMAC(address).key)
    yield _page(viewer, "content-page", there.public_picture.cid)
    yield _page(viewer, "content-page", there.taken_down.cid, status=451)
    yield _page(viewer, "guide", "guide")
    yield SitePage("", "/no-such-page", viewer, status=404)
    yield _page(Viewer.HALF_SIGNED_IN, "mfa_authenticate")


def _for_person(there: Filled) -> Iterator[SitePage]:
    viewer = Viewer.PERSON
    for kind in JobKind:
        yield _page(viewer, "studio", query=f"?make={kind}")
    for query in ("", "?q=nothing-like-this", "?from=no-date"):
        yield _page(viewer, "gallery", query=query, status=400 if "from" in query else 200)
    yield _page(viewer, "gallery-public")
    for content in (there.picture, there.public_picture, there.sound, there.text):
        yield _page(viewer, "content-page", content.cid)
    yield _page(viewer, "studio-analysis", there.analysis.id)
    yield _page(viewer, "models-page")
    yield _page(viewer, "guides")
    for guide in guides(staff=False):
        yield _page(viewer, "guide", guide.name)
    for route in ("account", "account_profile", "account_keys", "account_data", "account_close"):
        yield _page(viewer, route)
    for route in ("account_email", "account_change_password", "account_reauthenticate", "account_logout"):
        yield _page(viewer, route)
    for route in ("mfa_index", "mfa_activate_totp", "mfa_list_webauthn", "mfa_add_webauthn", "usersessions_list"):
        yield _page(viewer, route)


def _for_careful(there: Filled) -> Iterator[SitePage]:
    viewer = Viewer.CAREFUL
    for route in ("mfa_index", "mfa_list_webauthn", "mfa_reauthenticate", "mfa_deactivate_totp"):
        yield _page(viewer, route)
    yield _page(viewer, "mfa_view_recovery_codes")
    yield _page(viewer, "mfa_generate_recovery_codes")
    key = Authenticator.objects.filter(user=there.careful, type=Authenticator.Type.WEBAUTHN).earliest("pk")
    yield _page(viewer, "mfa_edit_webauthn", key.pk)
    yield _page(viewer, "mfa_remove_webauthn", key.pk)


def _for_staff(there: Filled) -> Iterator[SitePage]:
    viewer = Viewer.STAFF
    # It asks for what it finds by itself.
    yield _page(viewer, "doctor")
    yield _page(viewer, "guide", "operators")
    for route in ("index", "generation_workers", "password_change"):
        yield _page(viewer, f"admin:{route}")
    yield _page(viewer, "admin:app_list", "generation")
    yield _page(viewer, "admin:auth_user_password_change", there.person.pk)
    request = RequestFactory().get("/")
    request.user = there.administrator
    for model, shown in admin.site._registry.items():
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        if is_left_out(f"{name}_changelist"):
            continue
        yield _page(viewer, f"{name}_changelist")
        if (row := _row(model, there)) is not None:
            yield _page(viewer, f"{name}_change", row.pk)
            if shown.has_delete_permission(request, row):
                yield _page(viewer, f"{name}_delete", row.pk)
        if shown.has_add_permission(request):
            yield _page(viewer, f"{name}_add")
    yield _page(viewer, "admin:accounts_user_history", there.person.pk)


def _row(model: type[Model], there: Filled) -> Model | None:
    """The row whose page is visited: the one that shows the most, or the oldest."""
    for known in (there.analysis, there.picture):
        if isinstance(known, model):
            return known
    # By their keys, which may be random, only where they tell no time.
    times = [field.name for field in model._meta.fields if field.name in ("created_at", "created")]
    return model._default_manager.order_by(*times, "pk").first()


def client_of(viewer: Viewer, there: Filled) -> Client:
    """A browser in which the viewer has just signed in, with a password a moment ago."""
    client = Client(raise_request_exception=False, headers={"Accept": "text/html"}, SERVER_NAME="127.0.0.1")
    if viewer is Viewer.HALF_SIGNED_IN:
        client.post(reverse("account_login"), {"login": there.careful.username, "password": PASSWORD})
    elif viewer is not Viewer.NOBODY:
        users = {Viewer.PERSON: there.person, Viewer.CAREFUL: there.careful, Viewer.STAFF: there.administrator}
        _sign_in(client, users[viewer])
    return client


def _sign_in(client: Client, user: User) -> None:
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    session = client.session
    # As allauth notes it: its pages of second factors ask for the password again unless it was given just now.
    noted = {"method": "password", "at": time.time(), "username": user.username, "reauthenticated": True}
    session["account_authentication_methods"] = [noted]
    session["account_authentication_methods_user"] = str(user.pk)
    session.save()


# ---- What `tests.support.filled_atelier` calls in a process of the running Atelier -----------------------------------


def tell_filled(rows: int) -> str:
    """Fill the database; as JSON, all pages and the sessions of those who look at them."""
    there = make_people()
    there.fill(rows)
    announce_worker(models=["demo-stable-diffusion"])
    for key in redis_client().scan_iter(match="atelier:*"):
        # It is there as long as somebody looks.
        redis_client().persist(key)
    cookies = {viewer.value: client_of(viewer, there).cookies.get("sessionid") for viewer in Viewer}
    sessions = {name: cookie.value for name, cookie in cookies.items() if cookie}
    return json.dumps({"pages": [asdict(page) for page in pages(there)], "sessions": sessions})


def tell_setup_link(base_url: str) -> str:
    """The address of the page that makes the first administrator, after taking away all that administrators may."""
    User.objects.filter(is_staff=True).update(is_superuser=False)
    return str(setup_link(base_url))


def restore_administrator() -> str:
    User.objects.filter(is_staff=True).update(is_superuser=True)
    return "done"
