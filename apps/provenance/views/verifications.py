"""Verifications of a space's log: asking for one, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from apps.accounts.access import SpaceRequest, space_view
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


@require_http_methods(["GET", "HEAD", "POST"])
@space_view(AUDIT)
def verification_list(request: SpaceRequest) -> HttpResponse:
    """List the verifications of the space's log; a POST asks for one."""
    refused, status = "", 200
    if request.method == "POST":
        try:
            asked = verification_request(space=request.space, actor=request.user)
            return redirect("provenance:verification", request.space.slug, asked.pk)
        except TooManyOpen as error:
            refused, status = str(error), error.status
    page = Paginator(verifications_of(request.space), PAGE_SIZE).get_page(request.GET.get("page"))
    trouble = [one for one in verification_trouble(request.space) if one.log.space_id is None]
    context = {"nav": "audit", "page": page, "refused": refused, "site_trouble": trouble}
    return render(request, "provenance/verification_list.html", context, status=status)


@require_safe
@space_view(AUDIT)
def verification(request: SpaceRequest, pk: int) -> HttpResponse:
    """Show how far a verification is, or what it found."""
    found = get_object_or_404(verifications_shown(request.space), pk=pk)
    report = found.report or {}
    context = {
        "nav": "audit",
        "verification": found,
        "kinds": _by_kind(found),
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


def _by_kind(verification: Verification) -> list[FoundKind]:
    """Return the findings of a verification by kind. Of the site's log, which is about people of
    all spaces, names and values are left out."""
    report: dict[str, Any] = verification.report or {}
    of_site = verification.log.space_id is None
    found: dict[str, list[dict[str, Any]]] = {}
    for one in report.get("findings", ()):
        shown = _without_values(one) if of_site else one
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
