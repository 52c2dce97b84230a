"""Paths of the pages."""

from django.urls import path

from generation import pages

urlpatterns = [
    path("", pages.front, name="studio"),
    path("studio/tray", pages.tray, name="studio-tray"),
    path("studio/jobs/<uuid:job_id>", pages.job_card, name="studio-job"),
    path("studio/jobs/<uuid:job_id>/cancel", pages.cancel_job, name="studio-cancel"),
    path("studio/jobs/<uuid:job_id>/repeat", pages.repeat_job, name="studio-repeat"),
    path("content/<str:cid>", pages.content_page, name="content-page"),
]
