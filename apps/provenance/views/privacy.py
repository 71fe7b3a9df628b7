"""What was erased of a space, when, by whom and why; how long questions are kept; erasing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe
from django_htmx.http import HttpResponseClientRefresh

from apps.accounts.access import SpaceRequest, space_view
from apps.accounts.models import Space
from apps.accounts.selectors import ADMINISTER, AUDIT
from apps.audit.models import Event
from apps.audit.selectors import events_of
from apps.common.worker_status import worker_alive
from apps.provenance.models import Erasing
from apps.provenance.privacy_forms import DocumentErasureForm, DocumentNumberForm
from apps.provenance.services.also_kept import counted_above
from apps.provenance.services.document_erasure import DocumentErasure, document_erase
from apps.provenance.services.erasing import ErasureRefused
from apps.provenance.services.erasings import (
    ERASINGS,
    erasing_open,
    erasing_request,
    is_large,
)
from apps.provenance.services.retention import questions_over
from apps.sources.models import Document

PAGE_SIZE = 30
PARTS_AT_ONCE = 10
EXAMPLES = 5


@dataclass(frozen=True)
class Told:
    """An erasure as the log tells of it: ``payload`` in its event or, where that was erased with
    the name of who acted, in a later one."""

    event: Event
    payload: dict[str, Any]
    changes: int
    events: int
    retracted: int


@require_safe
@space_view(AUDIT)
def privacy(request: SpaceRequest) -> HttpResponse:
    """List what was erased; an owner goes on from here to erase a document."""
    asked = "document" in request.GET and bool(request.roles & ADMINISTER)
    form = DocumentNumberForm(request.GET if asked else None, space=request.space)
    if asked and form.is_valid():
        wanted = form.cleaned_data["document"]
        return redirect("provenance:document-erase", request.space.slug, wanted.pk)
    found = _erasures(request.space)
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "nav": "audit",
        "page": page,
        "told": _told(list(page.object_list)),
        "form": form,
        "questions_over": questions_over(request.space).count(),
    }
    return render(request, "provenance/privacy.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@space_view(ADMINISTER)
def document_erasure(request: SpaceRequest, pk: int) -> HttpResponse:
    """Show what erasing a document takes, and erase it."""
    document = get_object_or_404(request.space.documents.defer("text"), pk=pk)
    if (under_way := erasing_open(document)) is not None:
        return _under_way(request, document, under_way)
    if request.htmx and not request.htmx.history_restore_request:
        return HttpResponseClientRefresh()
    if document.erased_at is not None:
        messages.info(request, "This document is erased already.")
        return redirect("sources:document", request.space.slug, pk)
    form = DocumentErasureForm(request.POST or None)
    whole = DocumentErasure(document)
    if request.method == "POST" and form.is_valid():
        try:
            if is_large(whole):
                erasing_request(document=document, actor=request.user, **form.cleaned_data)
                return redirect(request.path)
            erased = document_erase(document=document, actor=request.user, **form.cleaned_data)
        except ErasureRefused as error:
            form.add_error(None, str(error))
        else:
            gone = len(erased.retracted)
            also = f" {gone} fact{'' if gone == 1 else 's'} left the memory." if gone else ""
            messages.success(request, f"The document is erased.{also}")
            return redirect("sources:document", request.space.slug, pk)
    alone = whole.facts_alone.select_related("subject", "relation", "object").order_by("pk")
    context = {
        "nav": "audit",
        "document": document,
        "form": form,
        "numbers": whole.numbers(),
        "also": counted_above(whole.gone()),
        "alone": list(alone[:EXAMPLES]),
        "last": document.erasings.first(),
        "is_large": is_large(whole),
    }
    status = 422 if form.errors else 200
    return render(request, "provenance/document_erasure.html", context, status=status)


def _under_way(request: SpaceRequest, document: Document, row: Erasing) -> HttpResponse:
    template = "provenance/document_erasing.html"
    if request.htmx and not request.htmx.history_restore_request:
        template += "#state"
    alive = worker_alive(ERASINGS.queue) if row.state == Erasing.State.QUEUED else True
    context = {"nav": "audit", "document": document, "erasing": row, "worker_alive": alive}
    return render(request, template, context)


def _erasures(space: Space) -> QuerySet[Event]:
    """Return the events that tell of erasures, of each that is told in several the first."""
    own = Event.objects.filter(space=space, action="privacy.erased")
    before = own.filter(transaction=OuterRef("transaction"), pk__lt=OuterRef("pk")).order_by()
    return events_of(space).filter(~Exists(before), action="privacy.erased")


def _told(found: list[Event]) -> list[Told]:
    return [_all_told(event) for event in found]


def _all_told(first: Event) -> Told:
    """Return what an erasure tells in all of its events."""
    together = Event.objects.filter(
        space=first.space_id, transaction=first.transaction, action="privacy.erased"
    )
    payload: dict[str, Any] = first.payload
    changes = events = retracted = 0
    if first.erased is not None:
        payload = _told_later(first)
        retracted = len(payload.get("retracted", []))
    for told in together.values_list("payload", flat=True).iterator(PARTS_AT_ONCE):
        changes += _number(told.get("changes", []))
        events += _number(told.get("events", []))
        retracted += len(told.get("retracted", []))
    return Told(first, payload, changes, events, retracted)


def _told_later(event: Event) -> dict[str, Any]:
    """Return what a later erasure tells of one whose event it erased."""
    telling = Event.objects.filter(
        action="privacy.erased", space=event.space_id,
        payload__contains={"earlier": [{"event": event.pk}]},
    )  # fmt: skip
    told: list[dict[str, Any]] = [one for later in telling for one in later.payload["earlier"]]
    return next((one for one in told if one["event"] == event.pk), {})


def _number(found: list[list[int]]) -> int:
    return sum(last - first + 1 for first, last in found)
