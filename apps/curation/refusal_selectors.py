"""What was refused before: a fact that comes back says so."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from apps.audit.models import Event
from apps.audit.selectors import changed_at_once
from apps.curation.models import Candidate, Decision
from apps.memory.models import Triple

MOST = 3
UNDONE = "the decision was undone"  # a retraction that says nothing of the fact


@dataclass(frozen=True)
class Refusal:
    """That somebody refused the fact, or took it out of the memory."""

    retracted: bool
    at: datetime
    by: str
    reason: str


def refused_before(candidate: Candidate) -> tuple[Refusal, ...]:
    """Return the last refusals of a proposed fact with the names and the relation of this one."""
    if candidate.is_dispute:
        return ()
    found = [*_rejections(candidate), *_retractions(candidate)]
    return tuple(sorted(found, key=lambda one: one.at, reverse=True)[:MOST])


def _rejections(candidate: Candidate) -> Iterator[Refusal]:
    rows = Decision.objects.filter(
        _side(candidate, "candidate__subject", "subject"),
        _side(candidate, "candidate__object", "object"),
        action=Decision.Action.REJECT,
        undone_at=None,
        candidate__space=candidate.space_id,
        candidate__relation=candidate.relation_id,
    ).exclude(candidate=candidate)
    for row in rows.select_related("actor").order_by("-pk")[:MOST]:
        yield Refusal(False, row.created_at, row.actor.label, row.reason)


def _side(candidate: Candidate, field: str, part: str) -> Q:
    same = Q(**{f"{field}_text__iexact": getattr(candidate, f"{part}_text")})
    hint = getattr(candidate, f"{part}_entity_id")
    return same | Q(**{f"{field}_entity": hint}) if hint else same


def _retractions(candidate: Candidate) -> Iterator[Refusal]:
    rows = Triple.objects.filter(
        _named(candidate, "subject"),
        _named(candidate, "object"),
        space=candidate.space_id,
        relation=candidate.relation_id,
        status=Triple.Status.RETRACTED,
    )
    numbers = list(rows.order_by("-pk").values_list("pk", flat=True)[:MOST])
    events = Event.objects.filter(space=candidate.space_id)
    alone = events.filter(
        action="triple.retracted", subject_type="memory.triple", subject_id__in=numbers
    )
    latest = {event.subject_id: event for event in alone.order_by("pk")}
    for number in set(numbers) - latest.keys():
        among_others = events.filter(changed_at_once("memory_triple", number))
        if found := among_others.filter(action="facts.retracted").last():
            latest[number] = found
    for event in latest.values():
        reason = str(event.payload.get("reason", ""))
        if reason != UNDONE:
            yield Refusal(True, event.created_at, event.by, reason)


def _named(candidate: Candidate, part: str) -> Q:
    name = getattr(candidate, f"{part}_text")
    named = Q(**{f"{part}__name__iexact": name}) | Q(**{f"{part}__aliases__name__iexact": name})
    hint = getattr(candidate, f"{part}_entity_id")
    return named | Q(**{part: hint}) if hint else named
