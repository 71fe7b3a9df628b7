"""Every address of memweb. Pages of a space live under ``/s/<slug>/``."""

from __future__ import annotations

from django.conf import settings
from django.contrib import admin
from django.urls import include, path

handler400 = "memweb.problems.not_in_order"
handler404 = "memweb.problems.not_there"
handler500 = "memweb.busy.failed"

urlpatterns = [
    path("", include("apps.common.urls")),
    path("", include("apps.accounts.urls")),  # before the admin site, whose door it replaces
    path("admin/", admin.site.urls),
    path("", include("apps.provenance.people_urls")),
    path("", include("apps.dashboard.urls")),
    path("s/<slug:slug>/settings/explicit/", include("apps.explicit.urls")),
    path("s/<slug:slug>/settings/webhooks/", include("apps.webhooks.urls")),
    path("s/<slug:slug>/sources/", include("apps.curation.document_urls")),
    path("s/<slug:slug>/memory/relations/packs/", include("apps.curation.pack_urls")),
    path("s/<slug:slug>/memory/", include("apps.memory.urls")),
    path("s/<slug:slug>/review/", include("apps.curation.urls")),
    path("s/<slug:slug>/facts/", include("apps.asking.triple_urls")),
    path("s/<slug:slug>/ask/", include("apps.asking.urls")),
    path("s/<slug:slug>/audit/", include("apps.provenance.urls")),
    path("s/<slug:slug>/evaluation/", include("apps.evaluation.urls")),
    path("api/v1/", include("apps.api.urls")),
    path("v1/", include("apps.api.openai_urls")),
    path("site-log/", include("apps.provenance.site_urls")),
]
if settings.OIDC_ISSUER:
    urlpatterns.append(path("sign-in/with/", include("apps.accounts.sign_on_urls")))
