from __future__ import annotations

from django.urls import path

from apps.dashboard import head_views, people_views, views

app_name = "dashboard"
urlpatterns = [
    path("new/", views.space_new, name="space-new"),
    path("s/<slug:slug>/", views.space, name="space"),
    path("s/<slug:slug>/settings/", views.settings, name="settings"),
    path("s/<slug:slug>/settings/heads/", head_views.heads, name="heads"),
    path("s/<slug:slug>/settings/grant/", people_views.grant, name="grant"),
    path("s/<slug:slug>/settings/revoke/", people_views.revoke, name="revoke"),
    path("s/<slug:slug>/settings/invite/", people_views.invite, name="invite"),
    path(
        "s/<slug:slug>/settings/invitations/<int:pk>/end/", people_views.uninvite, name="uninvite"
    ),
    path("invitation/<str:token>/", people_views.invitation, name="invitation"),
]
