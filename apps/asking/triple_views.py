"""The page of a fact. It stands here because it shows what the answers made of it."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from apps.accounts.access import SpaceRequest, space_view
from apps.accounts.selectors import ADMINISTER, DECIDE, READ
from apps.asking.forms import RetractForm
from apps.asking.services import due_retract
from apps.asking.traces import words_of
from apps.asking.triple_selectors import (
    ShownEvidence,
    decisions_on,
    events_on,
    evidence_of,
    replaced_by,
    triples_of,
    uses_of,
)
from apps.memory.controller import MemoryRefusal
from apps.memory.controller.wording import statement_of
from apps.memory.models import Triple
from apps.memory.selectors import schedule_of

RETRACT = DECIDE | ADMINISTER


@require_safe
@space_view(READ)
def triple(request: SpaceRequest, pk: int) -> HttpResponse:
    """A fact with its evidence, decisions, the answers that used it and its events."""
    return _page(request, get_object_or_404(triples_of(request.space), pk=pk), RetractForm())


@require_POST
@space_view(RETRACT)
def retract(request: SpaceRequest, pk: int) -> HttpResponse:
    """Take a fact out of the memory, with a reason."""
    row = get_object_or_404(triples_of(request.space), pk=pk)
    form = RetractForm(request.POST)
    if not form.is_valid():
        return _page(request, row, form)
    try:
        due_retract(triple=row, actor=request.user, reason=form.cleaned_data["reason"])
    except MemoryRefusal as error:
        messages.error(request, str(error))
    else:
        messages.success(request, "The fact was taken out of the memory.")
    return redirect("facts:triple", request.space.slug, row.pk)


def _erased(evidence: list[ShownEvidence]) -> str:
    """Return whether "all" or "some" of the standing evidence was erased, or nothing."""
    gone = [bool(piece.quote.erased) for piece in evidence if piece.row.retracted_at is None]
    return "all" if gone and all(gone) else "some" if any(gone) else ""


def _page(request: SpaceRequest, row: Triple, form: RetractForm) -> HttpResponse:
    evidence = evidence_of(row)
    context = {
        "nav": "memory",
        "triple": row,
        "statement": statement_of(row),
        "evidence": evidence,
        "rests_on_erased": _erased(evidence),
        "words": words_of([row.pk]).get(row.pk, []),
        "decisions": decisions_on(row),
        "replaces": replaced_by(row),
        "uses": uses_of(row, user=request.user, roles=request.roles),
        "events": events_on(row, roles=request.roles),
        "schedule": schedule_of(row),
        "form": form,
        "may_retract": bool(request.roles & RETRACT) and row.status != Triple.Status.RETRACTED,
    }
    return render(request, "memory/triple.html", context, status=422 if form.errors else 200)
