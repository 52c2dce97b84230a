"""Every path of Atelier. Those of API.md have no trailing slash."""

from allauth.account.decorators import secure_admin_login
from csp.decorators import csp_replace
from django.contrib import admin
from django.urls import include, path

import accounts.urls
import analysis.urls
import content.urls
import generation.openai.urls
import generation.page_urls
import generation.urls
import operations.urls
from accounts import account_pages
from config import views
from config.policies import ADMIN_POLICY, DOCS_POLICY, under_policy

# Administrators sign in where everybody does, with the same lock-out and second factor.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]
admin_urls = admin.site.urls
under_policy(ADMIN_POLICY, admin_urls[0])

urlpatterns = [
    # Before allauth's own of the same name.
    path("accounts/sessions/", account_pages.Sessions.as_view(), name="usersessions_list"),
    path("accounts/", include("allauth.urls")),
    path("admin/", admin_urls),
    path("metrics", views.metrics, name="metrics"),
    path("api/schema", views.Schema.as_view(), name="schema"),
    path("api/docs", csp_replace(DOCS_POLICY)(views.Docs.as_view(url_name="schema")), name="docs"),
    path(
        "api/v1/",
        include([*accounts.urls.api_urlpatterns, *content.urls.api_urlpatterns, *generation.urls.api_urlpatterns]),
    ),
    path("v1/", include(generation.openai.urls.urlpatterns)),
    *accounts.urls.urlpatterns,
    *content.urls.urlpatterns,
    *generation.urls.urlpatterns,
    *analysis.urls.urlpatterns,
    *operations.urls.urlpatterns,
    *generation.page_urls.urlpatterns,
]

handler400 = views.bad_request
handler403 = views.forbidden
handler404 = views.not_found
handler429 = views.too_many_requests
handler500 = views.server_error
