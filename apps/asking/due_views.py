"""Facts that are due: a reviewer says whether each is still true, one card after the other."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from apps.accounts.access import SpaceRequest, space_view
from apps.accounts.selectors import DECIDE
from apps.asking import due_selectors as selectors
from apps.asking.forms import CorrectionForm
from apps.asking.services import DueRefused, fact_correct
from apps.asking.triple_selectors import triples_of, uses_of
from apps.memory.controller import MemoryRefusal
from apps.memory.controller.wording import statement_of
from apps.memory.models import FactSchedule, Triple
from apps.memory.selectors import due_counted
from apps.memory.services import LATER_DAYS, fact_put_off, fact_still_true, triple_retract

REASON = "not true any more"


@require_safe
@space_view(DECIDE)
def due(request: SpaceRequest) -> HttpResponse:
    """The fact that is due longest; ``fact`` names one of them, ``edit`` opens its correction."""
    rows = selectors.due_facts(request.space)
    wanted = request.GET.get("fact", "")
    row = (
        rows.filter(triple=int(wanted)).first() if wanted.isdecimal() and len(wanted) < 19 else None
    )
    # Never of another fact than the one that was pressed, which may have been decided meanwhile.
    form = CorrectionForm() if row and "edit" in request.GET else None
    return _page(request, row or rows.first(), form=form)


def _page(
    request: SpaceRequest,
    row: FactSchedule | None,
    *,
    form: CorrectionForm | None = None,
    status: int = 200,
) -> HttpResponse:
    context: dict[str, Any] = {
        "nav": "review",
        "left": due_counted(request.space),
        "row": row,
        "form": form,
        "later_days": LATER_DAYS,
    }
    if row is not None:
        context |= {
            "triple": row.triple,
            "statement": statement_of(row.triple),
            "evidence": selectors.standing_evidence(row.triple),
            "why": selectors.why_due(row),
            "reads": uses_of(row.triple, user=request.user, roles=request.roles),
        }
    return render(request, "asking/due.html", context, status=status)


def _decide(
    request: SpaceRequest, pk: int, act: Callable[[Triple], None], said: str
) -> HttpResponse:
    row = get_object_or_404(triples_of(request.space), pk=pk)
    try:
        act(row)
    except MemoryRefusal as error:
        messages.error(request, str(error))
    else:
        messages.success(request, said)
    return redirect("facts:due", request.space.slug)


@require_POST
@space_view(DECIDE)
def still_true(request: SpaceRequest, pk: int) -> HttpResponse:
    """Say that a fact still holds."""
    return _decide(
        request, pk, lambda row: fact_still_true(triple=row, actor=request.user),
        "Noted. It comes up again later than last time.",
    )  # fmt: skip


@require_POST
@space_view(DECIDE)
def later(request: SpaceRequest, pk: int) -> HttpResponse:
    """Let a fact come up again some days later."""
    return _decide(
        request, pk, lambda row: fact_put_off(triple=row, actor=request.user),
        f"Put off for {LATER_DAYS} days.",
    )  # fmt: skip


@require_POST
@space_view(DECIDE)
def retract(request: SpaceRequest, pk: int) -> HttpResponse:
    """Take a fact out of the memory."""

    def act(row: Triple) -> None:
        triple_retract(triple=row, actor=request.user, reason=REASON)

    return _decide(request, pk, act, "The fact was taken out of the memory.")


@require_POST
@space_view(DECIDE)
def edit(request: SpaceRequest, pk: int) -> HttpResponse:
    """Propose what holds in place of a fact; it waits for a decision as every proposal does."""
    row = get_object_or_404(triples_of(request.space), pk=pk)
    form = CorrectionForm(request.POST)
    if form.is_valid():
        try:
            fact_correct(triple=row, actor=request.user, **form.cleaned_data)
        except (DueRefused, MemoryRefusal) as error:
            form.add_error("object", str(error))
    if form.errors:
        shown = selectors.due_facts(request.space).filter(triple=row).first()
        if shown is None:
            said = [str(one) for problems in form.errors.values() for one in problems]
            messages.error(request, " ".join(said))
            return redirect("facts:due", request.space.slug)
        return _page(request, shown, form=form, status=422)
    messages.success(request, "Proposed. It waits for review, and the fact stands until then.")
    return redirect("facts:due", request.space.slug)
