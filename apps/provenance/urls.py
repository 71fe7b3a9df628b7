from __future__ import annotations

from django.urls import path

from apps.provenance.views import timeline

app_name = "provenance"
urlpatterns = [
    path("", timeline.timeline, name="timeline"),
    path("events/<int:pk>/", timeline.event, name="event"),
]
