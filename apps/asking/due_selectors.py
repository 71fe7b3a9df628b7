"""Which facts are due, and why."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from apps.accounts.models import Space
from apps.asking.traces import quote_of
from apps.asking.triple_selectors import ShownEvidence
from apps.memory.models import FactSchedule, Triple, counted_now
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
    nine in ten such facts still hold, and how often a month it is read."""

    held_at: datetime
    confirmations: int
    days: int
    monthly: float


def why_due(row: FactSchedule) -> WhyDue:
    """Return what made a fact due."""
    assert row.held_at is not None
    assert row.stability is not None
    # What is read once a half-life, a month, counts 1 + 1/2 + 1/4 ... so late, 1 / ln 2 on average.
    monthly = counted_now(row.uses, row.used_at) * math.log(2)
    return WhyDue(row.held_at, row.confirmations, max(1, round(row.stability)), monthly)
