"""Paths of the content app: files by CID, the documented registry, and what lies under `/api/v1/`."""

from django.urls import path

from content.views import contents, files, gateway, registry, thumbnails

urlpatterns = [
    path("ipfs/<path:cid>", gateway.ipfs, name="ipfs"),
    path("view-image/<path:cid>", files.view_image, name="view-image"),
    path("view-text/<path:cid>", files.view_text, name="view-text"),
    path("content/<str:cid>/thumbnail", thumbnails.thumbnail, name="thumbnail"),
    path("get-content", registry.GetContent.as_view(), name="get-content"),
]

api_urlpatterns = [
    path("contents", contents.Contents.as_view(), name="contents"),
    path("contents/export", contents.ExportContents.as_view(), name="contents-export"),
    path("contents/<str:cid>", contents.ContentDetail.as_view(), name="content"),
    path("contents/<str:cid>/raw", contents.ContentRaw.as_view(), name="content-raw"),
    path("contents/<str:cid>/verify", contents.VerifyContent.as_view(), name="content-verify"),
]
