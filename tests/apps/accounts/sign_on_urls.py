"""The addresses of a memweb that has a provider of single sign-on."""

from __future__ import annotations

from django.urls import include, path

from memweb import urls

handler500 = urls.handler500
urlpatterns = [
    *urls.urlpatterns,
    path("sign-in/with/", include("apps.accounts.sign_on_urls")),
]
