"""The lines of a bundle's events.jsonl: events with their changes, proofs and private parts."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from django.db import connection

from apps.provenance.canonical import (
    ChangeRow,
    EventRow,
    canonical,
    change_leaf,
    change_private,
    event_leaf,
    event_private,
    parsed,
    said_time,
)
from apps.provenance.merkle import Frontier, inclusion_proof, leaf_hash, node_hash
from apps.provenance.models import Log
from apps.provenance.rows import CHANGE_COLUMNS, EVENT_COLUMNS, entries, with_changes
from apps.provenance.services.bundle_scope import Rows
from apps.provenance.services.sequencer import tree_of
from apps.provenance.standalone import verify

AT_ONCE: Final = 200
_IN_MEMORY: Final = 8 * 2**20  # bytes of the changes of an event, before they go to a file
_EVENT_OF = """SELECT {pick}(o.id) FROM audit_event o WHERE o.transaction = c.transaction
    AND o.space_id IS NOT DISTINCT FROM c.space"""
# The changes of rows, each with its event and the place of that in the log.
_CHANGES = f"""SELECT {CHANGE_COLUMNS}, e.id, n.index
    FROM unnest(%s::text[], %s::bigint[]) AS k (name, number)
    JOIN audit_rowchange c ON c."table" = k.name AND c.row = k.number
    CROSS JOIN LATERAL (SELECT coalesce(({_EVENT_OF.format(pick="min")} AND o.id > c.id),
        ({_EVENT_OF.format(pick="max")})) AS id) AS e
    LEFT JOIN provenance_entry n ON n.event_id = e.id
    WHERE c.space IS NOT DISTINCT FROM %s ORDER BY c.id"""  # noqa: S608 names are ours
_ENTRIES = f"""SELECT n.index, {EVENT_COLUMNS} FROM provenance_entry n
    JOIN audit_event e ON e.id = n.event_id
    WHERE n.log_id = %s AND n.index = ANY(%s) ORDER BY n.index"""  # noqa: S608


class RecordBroken(Exception):
    """What is recorded does not hold, so no bundle can prove it; the message says what."""


@dataclass
class Counted:
    """How much went into a bundle."""

    events: int = 0
    changes: int = 0
    facts: int = 0


def changes_of(log: Log, size: int, rows: Rows) -> list[tuple[ChangeRow, int]]:
    """Return the changes of rows that stand in the first ``size`` entries of a log, each with the
    index of its event, in the order in which they were made. Raises RecordBroken."""
    keys = [(table, number) for table, numbers in sorted(rows.items()) for number in numbers]
    names, numbers = [key[0] for key in keys], [key[1] for key in keys]
    with connection.cursor() as cursor:
        cursor.execute(_CHANGES, [names, numbers, log.space_id])
        found = [(ChangeRow(*row[:-2]), row[-2], row[-1]) for row in cursor.fetchall()]
    for change, event, _ in found:
        if event is None:
            raise RecordBroken(
                f"The {change.op} of {change.table} {change.row} belongs to no event: run "
                "`manage.py verify_provenance`."
            )
    return [(change, index) for change, _, index in found if index is not None and index < size]


def story_of(log: Log, size: int, rows: Rows) -> verify.Story:
    """Return what verify.py knows of these rows once it has read the first ``size`` entries.

    Raises RecordBroken.
    """
    story = verify.Story()
    changes = changes_of(log, size, rows)
    for index, event in _events(log, sorted({index for _, index in changes})):
        leaf = {"at": said_time(event.at), "action": event.action, "actor": event.actor}
        story.events[index] = verify.Happened(leaf, _value(event, event_private))
    for change, index in changes:
        row = story.rows.setdefault((change.table, change.row), verify.Row(index))
        leaf = {"op": change.op, "before": parsed(change.before), "after": parsed(change.after)}
        verify.follow(row, leaf, _value(change, change_private), index)
    return story


def _value(row: Any, private: Callable[[Any], bytes]) -> Any:
    return None if row.erased is not None else parsed(private(row).decode())


def some_lines(log: Log, size: int, rows: Rows, counted: Counted) -> Iterator[bytes]:
    """Yield the lines of all events that changed these rows, with proofs. Raises RecordBroken."""
    changes = changes_of(log, size, rows)
    wanted = {change.id for change, _ in changes}
    tree = tree_of(log)
    indices = sorted({index for _, index in changes})
    for start in range(0, len(indices), AT_ONCE):
        events = _events(log, indices[start : start + AT_ONCE])
        places = {event.id: index for index, event in events}
        for event, own in with_changes([event for _, event in events], log.space_id):
            index, counted.events = places[event.id], counted.events + 1
            proof = tree.inclusion(index, size)
            yield from _event_lines(log, index, event, own, wanted, proof, counted)


def all_lines(log: Log, size: int, counted: Counted) -> Iterator[bytes]:
    """Yield the lines of the first ``size`` events of a log with all their changes."""
    for start in range(0, size, AT_ONCE):
        events = entries(log, start, min(start + AT_ONCE, size))
        places = {event.id: index for index, event in events}
        for event, own in with_changes([event for _, event in events], log.space_id):
            counted.events += 1
            yield from _whole_event(log, places[event.id], event, own, counted)


def _events(log: Log, indices: list[int]) -> list[tuple[int, EventRow]]:
    with connection.cursor() as cursor:
        cursor.execute(_ENTRIES, [log.pk, indices])
        return [(row[0], EventRow(*row[1:])) for row in cursor.fetchall()]


def _event_lines(
    log: Log,
    index: int,
    event: EventRow,
    changes: Iterable[ChangeRow],
    wanted: set[int],
    proof: list[bytes],
    counted: Counted,
) -> Iterator[bytes]:
    hashes, kept = [], []
    for position, change in enumerate(changes):
        leaf = change_leaf(change)
        hashes.append(leaf_hash(leaf))
        if change.id in wanted:
            kept.append((position, leaf, change))
    levels = _Levels(hashes)
    root = levels.root()
    leaf = event_leaf(event, log=log.identity, count=len(hashes), root=root)
    yield _event_line(index, leaf, event, proof)
    for position, leaf, change in kept:
        counted.changes += 1
        yield _change_line(position, leaf, change, levels.path(position))


def _whole_event(
    log: Log, index: int, event: EventRow, changes: Iterable[ChangeRow], counted: Counted
) -> Iterator[bytes]:
    frontier = Frontier()
    # One event may have loaded any number of facts.
    with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY) as lines:
        for position, change in enumerate(changes):
            leaf = change_leaf(change)
            frontier.add(leaf_hash(leaf))
            lines.write(_change_line(position, leaf, change, []))
        count = frontier.size
        leaf = event_leaf(event, log=log.identity, count=count, root=frontier.root())
        yield _event_line(index, leaf, event, [])
        counted.changes += count
        lines.seek(0)
        yield from lines


class _Levels:
    """The tree of an event's changes, with every complete node of it."""

    def __init__(self, hashes: list[bytes]) -> None:
        self.nodes = [hashes]
        while len(below := self.nodes[-1]) > 1:
            pairs = range(0, len(below) - 1, 2)
            self.nodes.append([node_hash(below[at], below[at + 1]) for at in pairs])

    def root(self) -> bytes:
        frontier = Frontier()
        for one in self.nodes[0]:
            frontier.add(one)
        return frontier.root()

    def path(self, position: int) -> list[bytes]:
        size = len(self.nodes[0])
        return inclusion_proof(position, size, lambda level, index: self.nodes[level][index])


def _event_line(index: int, leaf: bytes, event: EventRow, proof: list[bytes]) -> bytes:
    return _line(
        {
            "index": index,
            "leaf": leaf.decode(),
            "private": _private(event, event_private),
            "proof": [one.hex() for one in proof],
        }
    )


def _change_line(position: int, leaf: bytes, change: ChangeRow, path: list[bytes]) -> bytes:
    return _line(
        {
            "position": position,
            "leaf": leaf.decode(),
            "private": _private(change, change_private),
            "path": [one.hex() for one in path],
        }
    )


def _private(row: Any, private: Callable[[Any], bytes]) -> dict[str, str] | None:
    """Return what is private of an event or a change with its salt; None where it is erased."""
    if row.erased is not None:
        return None
    return {"salt": row.salt.hex(), "value": private(row).decode()}


def _line(value: dict[str, Any]) -> bytes:
    return canonical(value) + b"\n"
