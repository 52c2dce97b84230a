"""Paths of the generation app: the documented endpoints, and what lies under `/api/v1/`."""

from django.urls import path

from generation.views.events import JobEvents
from generation.views.images import (
    Generate,
    GenerateFromImage,
    GenerateFromPrompt,
    GenerateImage,
    GenerateImageForRegistry,
)
from generation.views.jobs import CancelJob, JobDetail, Jobs, TagContent
from generation.views.models import ModelDetail, Models, SharedModelDetail
from generation.views.outputs import generated_image, generated_sound, generated_text
from generation.views.sounds import GenerateSound
from generation.views.tickets import Tickets
from generation.views.titan import TitanGenerate
from generation.views.webhooks import JobWebhooks, ReplayWebhook, WebhookSecret
from generation.views.words import GenerateTags, GenerateText
from generation.views.workers import Cache, Health

urlpatterns = [
    path("generate", Generate.as_view(), name="generate"),
    path("generate/image", GenerateImage.as_view(), name="generate-image"),
    path("generate/image/prompt", GenerateFromPrompt.as_view(), name="generate-from-prompt"),
    path("generate/image/image", GenerateFromImage.as_view(), name="generate-from-image"),
    path("generate/sound", GenerateSound.as_view(), name="generate-sound"),
    path("generate/tags", GenerateTags.as_view(), name="generate-tags"),
    path("generate-image", GenerateImageForRegistry.as_view(), name="registry-generate-image"),
    path("generate-text", GenerateText.as_view(), name="registry-generate-text"),
    path("api/demo_backend_v2/generate", TitanGenerate.as_view(), name="titan-generate"),
    path("health", Health.as_view(), name="health"),
    path("cache", Cache.as_view(), name="cache"),
    path("output/generated_image/<uuid:output_id>.png", generated_image, name="generated-image"),
    path("output/generated_sound/<uuid:output_id>.wav", generated_sound, name="generated-sound"),
    path("output/generated_text/<uuid:output_id>.txt", generated_text, name="generated-text"),
    path("images/<uuid:output_id>.png", generated_image, name="image"),
]

api_urlpatterns = [
    path("jobs", Jobs.as_view(), name="jobs"),
    path("jobs/<uuid:job_id>", JobDetail.as_view(), name="job"),
    path("jobs/<uuid:job_id>/cancel", CancelJob.as_view(), name="job-cancel"),
    path("jobs/<uuid:job_id>/events", JobEvents.as_view(), name="job-events"),
    path("jobs/<uuid:job_id>/webhooks", JobWebhooks.as_view(), name="job-webhooks"),
    path("jobs/<uuid:job_id>/webhooks/<uuid:delivery_id>/replay", ReplayWebhook.as_view(), name="job-webhook-replay"),
    path("contents/<str:cid>/tags", TagContent.as_view(), name="content-tags"),
    path("models", Models.as_view(), name="models"),
    path("models/<str:alias>", ModelDetail.as_view(), name="model"),
    path("models/<str:owner>/<str:alias>", SharedModelDetail.as_view(), name="shared-model"),
    path("me/webhook-secret", WebhookSecret.as_view(), name="webhook-secret"),
    path("tickets", Tickets.as_view(), name="tickets"),
]
