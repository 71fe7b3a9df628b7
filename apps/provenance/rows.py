"""Reading events and the row changes that belong to them, as they are hashed, in constant memory.

A change belongs to the first event of its transaction and log that was written after it, and to the
last one where none was.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from django.db import connection

from apps.provenance.canonical import ChangeRow, EventRow
from apps.provenance.merkle import Frontier, leaf_hash
from apps.provenance.models import Log

CHANGES_AT_ONCE: Final = 2_000
# The columns of EventRow of an event ``e``.
_BOUND = """(SELECT {pick}(o.id) FROM audit_event o WHERE o.transaction = e.transaction
    AND o.space_id IS NOT DISTINCT FROM e.space_id AND o.id {sign} e.id)"""
EVENT_COLUMNS: Final = f"""e.id, e.created_at, e.action, e.actor_id, e.request, e.subject_type,
    e.subject_id, e.transaction, uuid_send(e.salt), e.erased, e.actor_label, e.payload::text,
    {_BOUND.format(pick="max", sign="<")},
    CASE WHEN {_BOUND.format(pick="min", sign=">")} IS NOT NULL THEN e.id END"""
CHANGE_COLUMNS: Final = """c.id, c.transaction, c."table", c.row, c.op, c.by, c.before::text,
    c.after::text, c.private_before::text, c.private_after::text, uuid_send(c.salt), c.erased"""
_CHANGES = f"""SELECT {CHANGE_COLUMNS}
    FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[])
        WITH ORDINALITY t (number, after, until, place)
    JOIN audit_rowchange c ON c.transaction = t.number AND c.id > t.after AND c.id <= t.until
    WHERE c.space IS NOT DISTINCT FROM %s ORDER BY t.place, c.id"""  # noqa: S608 names are ours
_LAST: Final = 2**63 - 1
_ENTRIES = f"""SELECT n.index, {EVENT_COLUMNS} FROM provenance_entry n
    JOIN audit_event e ON e.id = n.event_id
    WHERE n.log_id = %s AND n.index >= %s AND n.index < %s ORDER BY n.index"""  # noqa: S608


def fetch_events(query: str, parameters: Sequence[Any]) -> list[EventRow]:
    """Return the events of a query for ``EVENT_COLUMNS``."""
    with connection.cursor() as cursor:
        cursor.execute(query, parameters)
        return [EventRow(*row) for row in cursor.fetchall()]


def entries(log: Log, start: int, stop: int) -> list[tuple[int, EventRow]]:
    """Return the sealed events of a range of indices, with their indices, in order."""
    with connection.cursor() as cursor:
        cursor.execute(_ENTRIES, [log.pk, start, stop])
        return [(row[0], EventRow(*row[1:])) for row in cursor.fetchall()]


def with_changes(
    events: Sequence[EventRow], space: int | None
) -> Iterator[tuple[EventRow, Iterator[ChangeRow]]]:
    """Yield each event with its changes in the order in which they were made.

    The changes have to be taken before the next event is. Events of one transaction stand one
    behind the other, though not all of them need be there; what stands otherwise gets no changes.
    """
    bounds = _bounds(events)
    places = {number: place for place, number in enumerate(bounds)}
    lows, highs = [low for low, _ in bounds.values()], [high for _, high in bounds.values()]
    changes = _Ahead(_stream(_CHANGES, [list(bounds), lows, highs, space]))
    for event in events:
        # Changes of an earlier transaction belong to an event that is not asked for.
        if event.transaction is not None:
            while (row := changes.next) and places[row.transaction] < places[event.transaction]:
                changes.take()
        own = _of_event(changes, event)
        yield event, own
        for _ in own:
            pass


def _bounds(events: Sequence[EventRow]) -> dict[int, tuple[int, int]]:
    """Return the transactions of events in their order, each with the numbers that bound what of
    its changes belongs to these events: a large one is asked for in many parts."""
    found: dict[int, tuple[int, int]] = {}
    for one in events:
        if one.transaction is not None:
            low = -1 if one.after is None else one.after
            high = _LAST if one.until is None else one.until
            known = found.get(one.transaction, (low, high))
            found[one.transaction] = (min(low, known[0]), max(high, known[1]))
    return found


def tree_of_changes(changes: Iterator[ChangeRow], leaf_of: Any) -> tuple[int, bytes]:
    """Return how many changes there are and the root of their tree."""
    frontier = Frontier()
    count = 0
    for change in changes:
        frontier.add(leaf_hash(leaf_of(change)))
        count += 1
    return count, frontier.root()


class _Ahead:
    """An iterator whose next item can be looked at."""

    def __init__(self, rows: Iterator[ChangeRow]) -> None:
        self._rows = rows
        self.next = next(rows, None)

    def take(self) -> ChangeRow:
        assert self.next is not None
        taken, self.next = self.next, next(self._rows, None)
        return taken


def _of_event(changes: _Ahead, event: EventRow) -> Iterator[ChangeRow]:
    while (row := changes.next) is not None and row.transaction == event.transaction:
        if event.until is not None and row.id > event.until:
            return
        changes.take()
        if event.after is None or row.id > event.after:
            yield row


def _stream(query: str, parameters: Sequence[Any]) -> Iterator[ChangeRow]:
    if not parameters[0]:
        return
    # A cursor of the server: one transaction may have changed any number of rows.
    with connection.chunked_cursor() as cursor:
        cursor.execute(query, parameters)
        while rows := cursor.fetchmany(CHANGES_AT_ONCE):
            for row in rows:
                yield ChangeRow(*row)
