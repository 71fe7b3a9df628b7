"""Facts that are due: a reviewer says whether each is still true, one card after the other."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.utils.dateparse import parse_datetime
from django.utils.safestring import mark_safe
from django.utils.timezone import is_aware
from django.views.decorators.http import require_POST, require_safe

from apps.accounts.access import SpaceRequest, space_view
from apps.accounts.selectors import DECIDE
from apps.asking import due_selectors as selectors
from apps.asking.forms import CorrectionForm
from apps.asking.models import LastWord
from apps.asking.services import (
    DueRefused,
    due_hold_release,
    due_hold_take,
    due_put_off,
    due_retract,
    due_still_true,
    due_take_back,
    fact_correct,
)
from apps.asking.triple_selectors import triples_of, uses_of
from apps.memory.controller import MemoryRefusal
from apps.memory.controller.wording import statement_of
from apps.memory.models import FactSchedule, Triple
from apps.memory.selectors import due_counted
from apps.memory.services import LATER_DAYS

REASON = "not true any more"
MOST_TRIES = 20  # to get a card before others take it


@require_safe
@space_view(DECIDE)
def due(request: SpaceRequest) -> HttpResponse:
    """The fact that is due longest of those that nobody else has open; ``fact`` names one of them,
    ``edit`` opens its correction."""
    row = _wanted(request)
    # Never of another fact than the one that was pressed, which may have been decided meanwhile.
    form = CorrectionForm() if row and "edit" in request.GET else None
    return _page(request, row or _next(request), form=form)


def _wanted(request: SpaceRequest) -> FactSchedule | None:
    wanted = request.GET.get("fact", "")
    if not wanted.isdecimal() or len(wanted) > 18:
        return None
    return selectors.due_facts(request.space).filter(triple=int(wanted)).first()


def _next(request: SpaceRequest) -> FactSchedule | None:
    """Return the next fact that nobody else has open, held for who asks."""
    for _ in range(MOST_TRIES):  # another one may take the same at this moment
        rows = selectors.due_facts(request.space)
        row = selectors.nobody_else_looks_at(rows, request.user).first()
        if row is None or due_hold_take(triple=row.triple, holder=request.user):
            return row
    return None


def _held(request: SpaceRequest, triple: Triple) -> dict[str, Any]:
    """Hold the card of a fact that is about to be shown; ``held_by`` is who else has it open."""
    hold = due_hold_take(triple=triple, holder=request.user)
    return {
        "hold": hold,
        "held_by": None if hold else selectors.due_holder(triple.pk, request.user),
        "renew_seconds": settings.HOLD_SECONDS // 4,
    }


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
        "recent": selectors.said_recently(request.space, request.user),
    }
    if row is not None:
        context |= _held(request, row.triple) | {
            "triple": row.triple,
            "version": selectors.version_of(row),
            "statement": statement_of(row.triple),
            "evidence": selectors.standing_evidence(row.triple),
            "why": selectors.why_due(row),
            "reads": uses_of(row.triple, user=request.user, roles=request.roles),
        }
    return render(request, "asking/due.html", context, status=status)


def _decide(request: SpaceRequest, pk: int, act: Callable[..., None], **given: str) -> HttpResponse:
    row = get_object_or_404(triples_of(request.space), pk=pk)
    try:
        act(triple=row, actor=request.user, version=request.POST.get("version", ""), **given)
    except MemoryRefusal as error:
        messages.error(request, str(error))
    else:
        word = LastWord.objects.get(triple=row)
        said = {"word": word, "triple": row, "space": request.space, "days": LATER_DAYS}
        message = render_to_string("asking/due_toast.html", said, request)
        messages.success(request, mark_safe(message))  # noqa: S308 - a template escaped it
    return redirect("facts:due", request.space.slug)


@require_POST
@space_view(DECIDE)
def still_true(request: SpaceRequest, pk: int) -> HttpResponse:
    """Say that a fact still holds."""
    return _decide(request, pk, due_still_true)


@require_POST
@space_view(DECIDE)
def later(request: SpaceRequest, pk: int) -> HttpResponse:
    """Let a fact come up again some days later."""
    return _decide(request, pk, due_put_off)


@require_POST
@space_view(DECIDE)
def retract(request: SpaceRequest, pk: int) -> HttpResponse:
    """Take a fact out of the memory."""
    return _decide(request, pk, due_retract, reason=REASON)


@require_POST
@space_view(DECIDE)
def undo(request: SpaceRequest, pk: int) -> HttpResponse:
    """Take back what was last said of a fact, and show its card again."""
    row = get_object_or_404(triples_of(request.space), pk=pk)
    try:
        due_take_back(triple=row, actor=request.user)
    except MemoryRefusal as error:
        messages.error(request, str(error))
    else:
        messages.success(request, "Taken back: the fact is as it was.")
    address = redirect("facts:due", request.space.slug)
    address["Location"] += f"?fact={pk}"
    return address


@require_safe
@space_view(DECIDE)
def hold_renew(request: SpaceRequest, pk: int) -> HttpResponse:
    """Renew the hold of the card that is open, which its page asks for by itself; say when it was
    decided or taken over meanwhile."""
    triple = get_object_or_404(triples_of(request.space), pk=pk)
    row = selectors.due_facts(request.space).filter(triple=triple).first()
    shown = request.GET.get("version", "")
    context: dict[str, Any] = {"triple": triple, "version": shown}
    if row is not None and selectors.version_of(row) == shown:
        context |= _held(request, triple)
    return render(request, "asking/due_hold.html", context)


@require_POST
@space_view(DECIDE)
def hold_release(request: SpaceRequest, pk: int) -> HttpResponse:
    """Let go of a card that was left, unless the same person has opened it again since."""
    triple = get_object_or_404(triples_of(request.space), pk=pk)
    try:
        until = parse_datetime(request.POST.get("until", ""))
    except ValueError:
        until = None
    until = until if until is not None and is_aware(until) else None
    due_hold_release(triple=triple, holder=request.user, until=until)
    return HttpResponse(status=204)


@require_POST
@space_view(DECIDE)
def hold_take_over(request: SpaceRequest, pk: int) -> HttpResponse:
    """Take a card from who has it open and show it."""
    triple = get_object_or_404(triples_of(request.space), pk=pk)
    due_hold_take(triple=triple, holder=request.user, over=True)
    address = redirect("facts:due", request.space.slug)
    address["Location"] += f"?fact={pk}"
    return address


@require_POST
@space_view(DECIDE)
def edit(request: SpaceRequest, pk: int) -> HttpResponse:
    """Propose what holds in place of a fact; it waits for a decision as every proposal does."""
    row = get_object_or_404(triples_of(request.space), pk=pk)
    form = CorrectionForm(request.POST)
    if form.is_valid():
        try:
            version = request.POST.get("version", "")
            fact_correct(triple=row, actor=request.user, version=version, **form.cleaned_data)
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
