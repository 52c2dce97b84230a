"""Paths of the accounts app; allauth's own are under `/accounts/`."""

from django.urls import path

from accounts import views

urlpatterns = [path("setup/<str:token>", views.SetUp.as_view(), name="setup")]

api_urlpatterns = [
    path("keys", views.Keys.as_view(), name="keys"),
    path("keys/<uuid:key_id>", views.Key.as_view(), name="key"),
    path("me", views.Me.as_view(), name="me"),
]
