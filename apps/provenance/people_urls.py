"""Pages about people, which stand in no space."""

from __future__ import annotations

from django.urls import path

from apps.provenance.views import people

app_name = "people"
urlpatterns = [
    path("account/data/", people.my_data, name="my-data"),
    path("people/", people.people, name="list"),
    path("people/<int:pk>/", people.person, name="person"),
]
