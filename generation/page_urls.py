"""Paths of the pages."""

from django.urls import path

from generation import content_pages, model_pages, pages
from generation.gallery import views as gallery

urlpatterns = [
    path("", pages.front, name="studio"),
    path("studio/composer", pages.compose, name="studio-composer"),
    path("studio/surprise", pages.surprise, name="studio-surprise"),
    path("studio/tray", pages.tray, name="studio-tray"),
    path("studio/jobs/<uuid:job_id>", pages.job_card, name="studio-job"),
    path("studio/jobs/<uuid:job_id>/analysis", content_pages.analysis_page, name="studio-analysis"),
    path("studio/jobs/<uuid:job_id>/cancel", pages.cancel_job, name="studio-cancel"),
    path("studio/jobs/<uuid:job_id>/repeat", pages.repeat_job, name="studio-repeat"),
    path("gallery", gallery.mine, name="gallery"),
    path("gallery/public", gallery.public, name="gallery-public"),
    path("gallery/selection", gallery.selected, name="gallery-selection"),
    path("models", model_pages.models_page, name="models-page"),
    path("models/<str:alias>/share", model_pages.share_model, name="model-share"),
    path("models/<str:alias>/delete", model_pages.delete_model, name="model-delete"),
    path("content/<str:cid>", content_pages.content_page, name="content-page"),
    path("content/<str:cid>/verification", content_pages.verify_content, name="content-verification"),
    path("content/<str:cid>/variation", content_pages.vary_content, name="content-variation"),
]
