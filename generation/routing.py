"""Websocket paths."""

from django.urls import path

from generation.consumers import JobConsumer, OwnerConsumer

websocket_urlpatterns = [
    # Any text: what is no id of a job is closed like an id of no job.
    path("ws/jobs/<str:job_id>/", JobConsumer.as_asgi()),
    path("ws/me/", OwnerConsumer.as_asgi()),
]
