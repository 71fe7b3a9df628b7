from __future__ import annotations

from django.urls import path

from apps.provenance.views import site, verifications

app_name = "site"
urlpatterns = [
    path("", site.site_log, name="log"),
    path("events/<int:pk>/", site.site_event, name="event"),
    path("verifications/", verifications.site_verification_list, name="verification-list"),
    path("verifications/<int:pk>/", verifications.site_verification, name="verification"),
]
