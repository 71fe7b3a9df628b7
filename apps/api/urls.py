"""Every address of the API. Those of a space live under ``spaces/<slug>/``."""

from __future__ import annotations

from django.urls import path, re_path

from apps.api.base import Missing
from apps.api.resources import me, spaces

app_name = "api"
urlpatterns = [
    path("me", me.Me.as_view(), name="me"),
    path("spaces", spaces.Spaces.as_view(), name="spaces"),
    path("spaces/<slug:slug>", spaces.OneSpace.as_view(), name="space"),
    path("spaces/<slug:slug>/figures", spaces.Figures.as_view(), name="figures"),
    path("spaces/<slug:slug>/members", spaces.Members.as_view(), name="members"),
    path(
        "spaces/<slug:slug>/members/<str:username>/<str:role>",
        spaces.Membership.as_view(),
        name="membership",
    ),
    re_path(r"^.*$", Missing.as_view(), name="missing"),
]
