"""Paths of the analysis app."""

from django.urls import path

from analysis.views import Analyze

urlpatterns = [path("analyze", Analyze.as_view(), name="analyze")]
