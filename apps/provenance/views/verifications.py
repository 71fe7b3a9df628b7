"""Verifications of a space's log and of the site's: asking for one, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from apps.accounts.access import SpaceRequest, UserRequest, space_view
from apps.accounts.models import Space
from apps.accounts.selectors import AUDIT
from apps.common.jobs import TooManyOpen
from apps.common.worker_status import worker_alive
from apps.provenance.models import Verification
from apps.provenance.services.replay import KINDS
from apps.provenance.services.verifications import VERIFICATIONS, verification_request
from apps.provenance.verification_selectors import (
    verification_trouble,
    verifications_of,
    verifications_shown,
)
from apps.provenance.views.site import staff_view

PAGE_SIZE = 30


@dataclass(frozen=True)
class FoundKind:
    """The findings of one kind: how many there are, and those that are listed."""

    title: str
    count: int
    findings: list[dict[str, Any]]

    @property
    def more(self) -> int:
        return self.count - len(self.findings)


@dataclass(frozen=True)
class Place:
    """Where verifications are shown: in a space, or for those who run the site (no space)."""

    space: Space | None

    @property
    def home(self) -> str:
        """The address of the list."""
        if self.space is None:
            return reverse("site:verification-list")
        return reverse("provenance:verification-list", args=[self.space.slug])

    def page_of(self, verification: Verification) -> str:
        """Return the address of one."""
        return f"{self.home}{verification.pk}/"

    @property
    def rows(self) -> QuerySet[Verification]:
        """Those of the log that is verified here."""
        return verifications_of(self.space)

    @property
    def shown(self) -> QuerySet[Verification]:
        """Those that may be read here: auditors of a space read the site's too."""
        return self.rows if self.space is None else verifications_shown(self.space)


@require_http_methods(["GET", "HEAD", "POST"])
@space_view(AUDIT)
def verification_list(request: SpaceRequest) -> HttpResponse:
    """List the verifications of the space's log; a POST asks for one."""
    trouble = [one for one in verification_trouble(request.space) if one.log.space_id is None]
    return _list(request, Place(request.space), {"nav": "audit", "site_trouble": trouble})


@require_http_methods(["GET", "HEAD", "POST"])
@staff_view
def site_verification_list(request: UserRequest) -> HttpResponse:
    """List the verifications of the site's own log; a POST asks for one."""
    return _list(request, Place(None), {})


@require_safe
@space_view(AUDIT)
def verification(request: SpaceRequest, pk: int) -> HttpResponse:
    """Show how far a verification is, or what it found."""
    return _one(request, Place(request.space), pk, {"nav": "audit"})


@require_safe
@staff_view
def site_verification(request: UserRequest, pk: int) -> HttpResponse:
    """Show how far a verification of the site's own log is, or what it found."""
    return _one(request, Place(None), pk, {})


def _list(request: UserRequest, place: Place, context: dict[str, Any]) -> HttpResponse:
    refused, status = "", 200
    if request.method == "POST":
        try:
            asked = verification_request(space=place.space, actor=request.user)
            return redirect(place.page_of(asked))
        except TooManyOpen as error:
            refused, status = str(error), error.status
    page = Paginator(place.rows, PAGE_SIZE).get_page(request.GET.get("page"))
    shown = [(one, place.page_of(one)) for one in page.object_list]
    context |= {"page": page, "shown": shown, "refused": refused}
    return render(request, "provenance/verification_list.html", context, status=status)


def _one(request: UserRequest, place: Place, pk: int, context: dict[str, Any]) -> HttpResponse:
    found = get_object_or_404(place.shown, pk=pk)
    report = found.report or {}
    context |= {
        "home": place.home,
        "verification": found,
        "kinds": _by_kind(found, hides=place.space is not None and found.log.space_id is None),
        "logs": report.get("logs", ()),
        "notes": report.get("notes", ()),
        "seconds": report.get("seconds"),
        "rows": report.get("rows"),
    }
    if found.is_open:
        context["worker_alive"] = worker_alive(VERIFICATIONS.queue)
    template = "provenance/verification.html"
    if request.htmx and not request.htmx.history_restore_request:
        template += "#result"
    return render(request, template, context)


def _by_kind(verification: Verification, *, hides: bool) -> list[FoundKind]:
    """Return the findings of a verification by kind; ``hides`` leaves names and values out: the
    site's log is about people of all spaces."""
    report: dict[str, Any] = verification.report or {}
    found: dict[str, list[dict[str, Any]]] = {}
    for one in report.get("findings", ()):
        shown = _without_values(one) if hides else one
        found.setdefault(one["kind"], []).append(shown)
    return [
        FoundKind(KINDS.get(kind, kind), count, found.get(kind, []))
        for kind, count in report.get("counts", {}).items()
    ]


def _without_values(finding: dict[str, Any]) -> dict[str, Any]:
    row = "" if finding["row"] is None else f" {finding['row']}"
    field = f", {finding['field']}" if finding["field"] else ""
    sentence = f"{finding['table']}{row}{field}"
    return finding | {"sentence": sentence, "expected": "", "found": "", "name": ""}
