"""Paths of the accounts app. Signing in and credentials are allauth's, under `/accounts/`."""

from django.urls import path

from accounts import account_pages, pages, views

urlpatterns = [
    path("setup/<str:token>", pages.SetUp.as_view(), name="setup"),
    path("account", account_pages.overview, name="account"),
    path("account/profile", account_pages.Profile.as_view(), name="account_profile"),
    path("account/keys", pages.KeysPage.as_view(), name="account_keys"),
    path("account/keys/<uuid:key_id>/revoke", pages.revoke_key, name="account_revoke_key"),
    path("account/data", account_pages.data_page, name="account_data"),
    path("account/data/account.json", account_pages.export, name="account_export"),
    path("account/delete", account_pages.CloseAccount.as_view(), name="account_close"),
]

api_urlpatterns = [
    path("keys", views.Keys.as_view(), name="keys"),
    path("keys/<uuid:key_id>", views.Key.as_view(), name="key"),
    path("me", views.Me.as_view(), name="me"),
]
