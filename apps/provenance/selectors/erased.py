"""What the log tells of erasures, for a page of them: few statements, however many there are."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from django.db import connection
from django.db.models import Exists, OuterRef, QuerySet

from apps.accounts.models import Space
from apps.audit.models import Event
from apps.audit.selectors import events_of

# Of each event of an erasure, how many numbers it tells. An event that tells something else under
# these keys, as no event of memweb does, tells none.
_COUNTS: Final = """
SELECT e.transaction, e.id, e.erased IS NOT NULL,
       (SELECT coalesce(sum((run -> 1)::numeric - (run -> 0)::numeric + 1), 0)
        FROM jsonb_path_query(e.payload, %(changes)s, silent => true) run),
       (SELECT coalesce(sum((run -> 1)::numeric - (run -> 0)::numeric + 1), 0)
        FROM jsonb_path_query(e.payload, %(events)s, silent => true) run),
       (SELECT count(*) FROM jsonb_path_query(e.payload, '$.retracted[*]')),
       (e.payload -> 'earlier')::text
FROM audit_event e
WHERE e.action = 'privacy.erased' AND e.space_id = %(space)s AND e.transaction = ANY (%(those)s)
"""
_RUNS: Final = 'strict $.%s[*] ? (@[0].type() == "number" && @[1].type() == "number")'


@dataclass
class Counts:
    """How much an erasure took: of the log the private part of ``changes`` and ``events``, and the
    facts that were ``retracted``. ``known`` is False where an event that told of it was erased by
    a version of memweb that kept no counts."""

    changes: int = 0
    events: int = 0
    retracted: int = 0
    known: bool = True

    def add(self, changes: int, events: int, retracted: int) -> None:
        self.changes += changes
        self.events += events
        self.retracted += retracted


@dataclass(frozen=True)
class Told:
    """An erasure as the log tells of it: ``payload`` in its event or, where that was erased with
    the name of who acted, in a later one."""

    event: Event
    payload: dict[str, Any]
    counts: Counts = field(default_factory=Counts)


def erasures_of(space: Space) -> QuerySet[Event]:
    """Return the events that tell of erasures, of each that is told in several the first."""
    own = Event.objects.filter(space=space, action="privacy.erased")
    before = own.filter(transaction=OuterRef("transaction"), pk__lt=OuterRef("pk")).order_by()
    return events_of(space).filter(~Exists(before), action="privacy.erased")


def erasures_told(found: Sequence[Event]) -> list[Told]:
    """Return what erasures of one space tell, each in all of its events."""
    if not found:
        return []
    counts: defaultdict[int | None, Counts] = defaultdict(Counts)
    gone: dict[int, int | None] = {}  # an event that was erased, and its transaction
    for transaction, event, is_erased, changes, events, retracted, earlier in _counted(found):
        counts[transaction].add(int(changes), int(events), retracted)
        if is_erased:
            gone[event] = transaction
        for one in _dicts(json.loads(earlier or "[]")):  # its numbers are among these
            counts[transaction].add(-_of(one, "changes"), -_of(one, "events"), 0)
    later = _told_later(found[0].space_id, gone)
    for event, transaction in gone.items():
        told = later.get(event, {})
        counts[transaction].known &= "changes" in told and "events" in told
        counts[transaction].add(
            _of(told, "changes"), _of(told, "events"), len(told.get("retracted", []))
        )
    return [
        Told(
            event,
            later.get(event.pk, {}) if event.erased is not None else event.payload,
            counts[event.transaction],
        )
        for event in found
    ]


def _counted(found: Sequence[Event]) -> list[tuple[Any, ...]]:
    given = {
        "space": found[0].space_id,
        "those": [event.transaction for event in found],
        "changes": _RUNS % "changes",
        "events": _RUNS % "events",
    }
    with connection.cursor() as cursor:
        cursor.execute(_COUNTS, given)
        return list(cursor.fetchall())


def _told_later(space: int | None, gone: Collection[int]) -> dict[int, dict[str, Any]]:
    """Return what later erasures tell of events that they erased, by the number of the event."""
    if not gone:
        return {}
    telling = Event.objects.filter(
        action="privacy.erased", space=space, pk__gt=min(gone), payload__has_key="earlier"
    )
    return {
        one["event"]: one
        for earlier in telling.values_list("payload__earlier", flat=True)
        for one in _dicts(earlier)
        if one.get("event") in gone
    }


def _dicts(told: Any) -> list[dict[str, Any]]:
    return [one for one in told if isinstance(one, dict)] if isinstance(told, list) else []


def _of(told: dict[str, Any], key: str) -> int:
    """Return a count that an event keeps of one that it erased; 0 where it keeps none."""
    kept = told.get(key)
    return kept if type(kept) is int else 0
