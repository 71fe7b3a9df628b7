"""Which facts are due, and why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet
from django.utils import timezone

from apps.accounts.models import Space
from apps.asking.traces import quote_of
from apps.asking.triple_selectors import ShownEvidence
from apps.memory.models import USE_HALF_LIFE_DAYS, FactSchedule, Triple
from apps.memory.selectors import facts_due

MOST_EVIDENCE = 3


def due_facts(space: Space) -> QuerySet[FactSchedule]:
    """Return the facts of a space that are due with what their cards show of them."""
    return (
        facts_due(space)
        .select_related("triple__subject", "triple__relation", "triple__object")
        .defer(
            "triple__subject__embedding", "triple__relation__embedding", "triple__object__embedding"
        )
    )


def standing_evidence(triple: Triple) -> list[ShownEvidence]:
    """Return the sentences that a fact rests on, the newest first."""
    rows = (
        triple.evidence.filter(retracted_at=None)
        .select_related("passage__document", "approved_by")
        .prefetch_related("decisions")
        .defer("passage__document__text")
        .order_by("-approved_at", "-pk")
    )
    return [ShownEvidence(row, quote_of(row)) for row in rows[:MOST_EVIDENCE]]


@dataclass(frozen=True)
class WhyDue:
    """Since when nobody said that a fact holds, how often it was said at all, after how many days
    nine in ten such facts still hold, and its uses of late."""

    held_at: datetime
    confirmations: int
    days: int
    uses: float


def why_due(row: FactSchedule) -> WhyDue:
    """Return what made a fact due."""
    assert row.held_at is not None
    assert row.stability is not None
    ago = (timezone.now() - row.used_at).days if row.used_at else 0
    uses = row.uses * 0.5 ** (ago / USE_HALF_LIFE_DAYS)
    return WhyDue(row.held_at, row.confirmations, round(row.stability), uses)
