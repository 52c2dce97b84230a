"""Paths of the accounts app; allauth's own are under `/accounts/`, too."""

from django.urls import path

from accounts import pages, views

urlpatterns = [
    path("setup/<str:token>", pages.SetUp.as_view(), name="setup"),
    path("accounts/keys/", pages.KeysPage.as_view(), name="account_keys"),
    path("accounts/keys/<uuid:key_id>/revoke/", pages.revoke_key, name="account_revoke_key"),
]

api_urlpatterns = [
    path("keys", views.Keys.as_view(), name="keys"),
    path("keys/<uuid:key_id>", views.Key.as_view(), name="key"),
    path("me", views.Me.as_view(), name="me"),
]
