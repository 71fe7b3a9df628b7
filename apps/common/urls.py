from __future__ import annotations

from django.urls import path

from apps.common import views

app_name = "common"
urlpatterns = [
    path("theme/", views.theme, name="theme"),
    path("health/", views.health, name="health"),
]
