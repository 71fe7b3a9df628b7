"""Which facts are due, and why."""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import dataclass
from datetime import UTC, date, datetime

from django.db.models import Exists, OuterRef, QuerySet

from apps.accounts.models import Space, User
from apps.asking.models import DueHold, LastWord
from apps.asking.traces import quote_of
from apps.asking.triple_selectors import ShownEvidence
from apps.curation.selectors import holds_over
from apps.memory.fading import counted_now
from apps.memory.models import FactSchedule, Triple
from apps.memory.selectors import facts_due

MOST_EVIDENCE = 3
MOST_SAID = 5
_TRIPLE = ("subject", "relation", "object")


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


def version_of(row: FactSchedule) -> str:
    """Return the version of a card: what its fact says, and what was said of it. A read is none."""
    fact = row.triple
    shown = [
        fact.status,
        [[one.pk, one.name] for one in (fact.subject, fact.relation, fact.object)],
        [fact.valid_from, fact.valid_to],
        [row.held_at, row.confirmations, row.put_off_until],
    ]
    return hashlib.sha256(json.dumps(shown, default=_as_text).encode()).hexdigest()[:16]


def _as_text(moment: date) -> str:
    return (moment.astimezone(UTC) if isinstance(moment, datetime) else moment).isoformat()


def nobody_else_looks_at(rows: QuerySet[FactSchedule], user: User) -> QuerySet[FactSchedule]:
    """Leave out the facts whose card other people have open."""
    held = DueHold.objects.filter(~holds_over(), triple=OuterRef("pk"))
    return rows.exclude(Exists(held.exclude(holder=user)))


def due_holder(triple: int, user: User) -> User | None:
    """Return who else has the card of a fact open."""
    held = DueHold.objects.filter(~holds_over(), triple=triple)
    hold = held.exclude(holder=user).select_related("holder").first()
    return hold.holder if hold else None


@dataclass(frozen=True)
class Said:
    """What a person last said of a fact, and whether it can be taken back: nothing else happened
    to the fact since."""

    word: LastWord
    stands: bool


def said_recently(space: Space, user: User) -> list[Said]:
    """Return what a person last said of facts that were due, the newest first."""
    rows = (
        LastWord.objects.filter(actor=user, triple__space=space)
        .select_related(*(f"triple__{one}" for one in _TRIPLE), "triple__schedule")
        .defer(*(f"triple__{one}__embedding" for one in _TRIPLE))
    )
    return [Said(row, version_of(row.triple.schedule) == row.after) for row in rows[:MOST_SAID]]
