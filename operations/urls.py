from django.urls import path

from operations import pages, views

urlpatterns = [
    path("health/ready", views.ready, name="health-ready"),
    path("docs", pages.guides_page, name="guides"),
    path("docs/<str:name>", pages.guide_page, name="guide"),
    path("staff/doctor", pages.doctor_page, name="doctor"),
]
