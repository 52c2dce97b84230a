"""Paths under `/v1/`."""

from django.urls import path

from generation.openai.files import converted_image
from generation.openai.views import ChatCompletions, Edits, Generations, ModelDetail, Models

urlpatterns = [
    path("images/generations", Generations.as_view(), name="openai-generations"),
    path("images/edits", Edits.as_view(), name="openai-edits"),
    path("images/<uuid:output_id>/<int:quality>.<str:output_format>", converted_image, name="openai-image"),
    path("chat/completions", ChatCompletions.as_view(), name="openai-chat"),
    path("models", Models.as_view(), name="openai-models"),
    # A shared model's name is `owner/alias`; clients send its slash as it is, or as %2F.
    path("models/<path:name>", ModelDetail.as_view(), name="openai-model"),
]
