"""What rests on a source, and withdrawing it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from apps.accounts.access import SpaceRequest, space_view
from apps.accounts.selectors import ADMINISTER, AUDIT
from apps.provenance.forms import SourceForm, WithdrawForm
from apps.provenance.models import Withdrawal
from apps.provenance.selectors.resting import (
    Resting,
    Source,
    answers_on,
    facts_by_number,
    resting_on,
    supports_of,
)
from apps.provenance.services.withdrawing import WithdrawalError, withdraw, withdrawal_undo

EXAMPLES = 5
PAGE_SIZE = 50
NAMED_LEFT = 10


@require_safe
@space_view(AUDIT)
def rests(request: SpaceRequest) -> HttpResponse:
    """What rests on a document, an import, a reviewer or a version of a head: the dry run."""
    form = SourceForm(request.GET, space=request.space)
    is_valid = form.is_valid()
    source = form.cleaned_data.get("source") if is_valid else None
    seen = {"source": source.key, "seen_at": timezone.now().isoformat()} if source else {}
    return _page(request, form, source, WithdrawForm(initial=seen), status=200 if is_valid else 422)


@require_POST
@space_view(ADMINISTER)
def withdraw_source(request: SpaceRequest) -> HttpResponse:
    """Withdraw what only a source supports, as the dry run showed it."""
    form = SourceForm(request.POST, space=request.space)
    reason = WithdrawForm(request.POST)
    source = form.cleaned_data.get("source") if form.is_valid() else None
    if source is None or not reason.is_valid():
        return _page(request, form, source, reason, status=422)
    try:
        done = withdraw(source=source, actor=request.user, **reason.cleaned_data)
    except WithdrawalError as error:
        messages.error(request, str(error))
        return redirect(f"{request.path.removesuffix('withdraw/')}?source={source.key}")
    row = done.withdrawal
    pieces = f"{row.evidence:,} piece{'' if row.evidence == 1 else 's'} of evidence"
    messages.success(request, f"Withdrawn: {_counted(row.facts, 'fact')} and {pieces}.")
    _tell_left(request, done.left, "Somebody decided on them meanwhile.")
    return redirect("provenance:withdrawal", request.space.slug, row.pk)


@require_safe
@space_view(AUDIT)
def withdrawal(request: SpaceRequest, pk: int) -> HttpResponse:
    """One withdrawal with its facts, and the way back."""
    row = get_object_or_404(_withdrawals(request), pk=pk)
    facts = row.rows.filter(evidence=None).order_by("pk").values_list("triple", flat=True)
    page = Paginator(facts, PAGE_SIZE).get_page(request.GET.get("page"))
    later = Withdrawal.objects.filter(space=request.space, undone_at=None, pk__gt=row.pk).last()
    context = {
        "nav": "audit",
        "withdrawal": row,
        "page": page,
        "facts": facts_by_number(page.object_list),
        "later": later,
        "may_undo": ADMINISTER & request.roles and row.undone_at is None and later is None,
    }
    return render(request, "provenance/withdrawal.html", context)


@require_POST
@space_view(ADMINISTER)
def undo_withdrawal(request: SpaceRequest, pk: int) -> HttpResponse:
    """Bring back what a withdrawal took."""
    row = get_object_or_404(_withdrawals(request), pk=pk)
    try:
        done = withdrawal_undo(withdrawal=row, actor=request.user)
    except WithdrawalError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, "The withdrawal was undone.")
        _tell_left(request, done.left, "They have changed since, or another fact stands there.")
    return redirect("provenance:withdrawal", request.space.slug, row.pk)


def _withdrawals(request: SpaceRequest) -> Any:
    rows = Withdrawal.objects.filter(space=request.space)
    return rows.select_related("actor", "undone_by", "document", "reviewer")


def _page(
    request: SpaceRequest,
    form: SourceForm,
    source: Source | None,
    reason: WithdrawForm,
    *,
    status: int,
) -> HttpResponse:
    context: dict[str, Any] = {
        "nav": "audit",
        "form": form,
        "source": source,
        "reason": reason,
        "withdrawals": _withdrawals(request)[:20],
        "may_withdraw": bool(ADMINISTER & request.roles),
    }
    if source is not None:
        context |= _dry_run(request, source)
    return render(request, "provenance/rests.html", context, status=status)


def _dry_run(request: SpaceRequest, source: Source) -> dict[str, Any]:
    resting: Resting = resting_on(source)
    answers = answers_on(request.space, resting.going)
    staying = resting.staying[:EXAMPLES]
    supports = supports_of(staying, resting.evidence)
    return {
        "resting": resting,
        "going": facts_by_number(resting.going[:EXAMPLES]),
        "staying": [(fact, supports[fact.pk]) for fact in facts_by_number(staying)],
        "answers": answers[:EXAMPLES],
        "answers_count": answers.count(),
    }


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _tell_left(request: SpaceRequest, left: tuple[int, ...], why: str) -> None:
    if not left:
        return
    named = ", ".join(str(pk) for pk in left[:NAMED_LEFT])
    more = f" and {len(left) - NAMED_LEFT:,} more" if len(left) > NAMED_LEFT else ""
    messages.warning(
        request, f"Left as they are: {_counted(len(left), 'fact')} (no. {named}{more}). {why}"
    )
