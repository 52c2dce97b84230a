from django.urls import path

from operations import views

urlpatterns = [path("health/ready", views.ready, name="health-ready")]
