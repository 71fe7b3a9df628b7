"""The pages of a space's explicit memory, below ``/s/<slug>/settings/explicit/``."""

from __future__ import annotations

from django.urls import path

from apps.explicit import views

app_name = "explicit"
urlpatterns = [
    path("", views.overview, name="overview"),
    path("on/", views.switch_on, name="switch-on"),
    path("off/", views.switch_off, name="switch-off"),
    path("build/", views.build, name="build"),
    path("build/<int:pk>/cancel/", views.build_end, name="build-cancel"),
    path("<int:pk>/", views.memory, name="memory"),
]
