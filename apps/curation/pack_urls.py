from __future__ import annotations

from django.urls import path

from apps.curation import pack_views

app_name = "packs"
urlpatterns = [
    path("", pack_views.pack_list, name="list"),
    path("<slug:name>/on/", pack_views.pack_on, name="on"),
    path("<slug:name>/off/", pack_views.pack_off, name="off"),
]
