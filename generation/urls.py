"""Paths of the generation app: the documented endpoints, and what lies under `/api/v1/`."""

from django.urls import path

from generation.views.documented import Generate, GenerateFromImage, GenerateFromPrompt, GenerateImage
from generation.views.events import JobEvents
from generation.views.jobs import CancelJob, JobDetail, Jobs
from generation.views.outputs import generated_image
from generation.views.tickets import Tickets
from generation.views.workers import Cache, Health

urlpatterns = [
    path("generate", Generate.as_view(), name="generate"),
    path("generate/image", GenerateImage.as_view(), name="generate-image"),
    path("generate/image/prompt", GenerateFromPrompt.as_view(), name="generate-from-prompt"),
    path("generate/image/image", GenerateFromImage.as_view(), name="generate-from-image"),
    path("health", Health.as_view(), name="health"),
    path("cache", Cache.as_view(), name="cache"),
    path("output/generated_image/<uuid:output_id>.png", generated_image, name="generated-image"),
    path("images/<uuid:output_id>.png", generated_image, name="image"),
]

api_urlpatterns = [
    path("jobs", Jobs.as_view(), name="jobs"),
    path("jobs/<uuid:job_id>", JobDetail.as_view(), name="job"),
    path("jobs/<uuid:job_id>/cancel", CancelJob.as_view(), name="job-cancel"),
    path("jobs/<uuid:job_id>/events", JobEvents.as_view(), name="job-events"),
    path("tickets", Tickets.as_view(), name="tickets"),
]
