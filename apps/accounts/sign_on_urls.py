"""The way to the provider of single sign-on and back: there where OIDC_ISSUER is set."""

from __future__ import annotations

from django.urls import path

from apps.accounts import sign_on_views

app_name = "sign-on"
urlpatterns = [
    path("", sign_on_views.leave, name="leave"),
    path("back/", sign_on_views.back, name="back"),
]
