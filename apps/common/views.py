"""Pages that belong to no space."""

from __future__ import annotations

from dataclasses import asdict

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from apps.common.health import health as look_at_health

THEMES = ("auto", "light", "dark")
A_YEAR = 365 * 24 * 3600


@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    """Remember the colour scheme in a cookie and go back."""
    choice = request.POST.get("theme", "")
    if choice not in THEMES:
        return HttpResponse("theme must be auto, light or dark", status=400)
    target = request.POST.get("next") or request.headers.get("referer", "")
    if not url_has_allowed_host_and_scheme(target, {request.get_host()}, request.is_secure()):
        target = "/"
    response = HttpResponseRedirect(target)
    response.set_cookie(
        "theme", choice, max_age=A_YEAR, samesite="Lax", httponly=True, secure=settings.HTTPS
    )
    return response


@require_safe
def health(request: HttpRequest) -> JsonResponse:
    """Tell a monitor how memweb is; 503 when the database is away or a disk is full."""
    found = look_at_health()
    return JsonResponse(
        asdict(found) | {"version": settings.VERSION}, status=200 if found.well else 503
    )
