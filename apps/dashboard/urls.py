from __future__ import annotations

from django.urls import path

from apps.dashboard import views

app_name = "dashboard"
urlpatterns = [
    path("new/", views.space_new, name="space-new"),
    path("s/<slug:slug>/", views.space, name="space"),
    path("s/<slug:slug>/settings/", views.settings, name="settings"),
    path("s/<slug:slug>/settings/grant/", views.grant, name="grant"),
    path("s/<slug:slug>/settings/revoke/", views.revoke, name="revoke"),
]
