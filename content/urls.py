"""Paths of the content app: the gateway, and what lies under `/api/v1/`."""

from django.urls import path

from content import views

urlpatterns = [path("ipfs/<path:cid>", views.ipfs, name="ipfs")]

api_urlpatterns = [
    path("contents", views.Contents.as_view(), name="contents"),
    path("contents/<str:cid>", views.ContentDetail.as_view(), name="content"),
    path("contents/<str:cid>/raw", views.ContentRaw.as_view(), name="content-raw"),
]
