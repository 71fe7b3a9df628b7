"""The leaves of a log, made again from the rows of its events and of their changes.

A range of places is read with three statements: its events; which of their transactions have events
beyond the range; and all changes of these transactions, as a stream.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from apps.provenance.canonical import ChangeRow, EventRow, change_leaf, event_leaf
from apps.provenance.merkle import HASH_BYTES, Frontier, leaf_hash
from apps.provenance.rows import CHANGE_COLUMNS
from apps.provenance.services.replay.snapshot import Snapshot

NOTHING: Final = bytes(HASH_BYTES)
# Times that stand further back than this are told of: a transaction is not that long.
BACK: Final = timedelta(hours=1)
_LAST: Final = 2**63 - 1
_EVENTS = """SELECT n.index, n.id, n.event_id, e.space_id, e.id,
    CASE WHEN e.created_at BETWEEN '0002-01-01' AND '9998-12-31' THEN e.created_at END,
    e.action, e.actor_id, e.request, e.subject_type, e.subject_id, e.transaction, uuid_send(e.salt),
    e.erased, e.actor_label, e.payload::text, NULL, NULL
FROM provenance_entry n LEFT JOIN audit_event e ON e.id = n.event_id
WHERE n.log_id = %s AND n.index >= %s AND n.index < %s ORDER BY n.index"""
# Of the transactions with events beyond a range: the last one before it, and whether any follows.
_BEYOND = """SELECT t.number, max(o.id) FILTER (WHERE o.id < t.first), bool_or(o.id > t.last)
FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[]) t (number, first, last, own)
JOIN audit_event o ON o.transaction = t.number AND o.space_id IS NOT DISTINCT FROM %s::bigint
GROUP BY t.number, t.own HAVING count(*) > t.own"""
_CHANGES = f"""SELECT {CHANGE_COLUMNS}
FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[]) WITH ORDINALITY t (number, low, high, place)
JOIN audit_rowchange c ON c.transaction = t.number AND c.id > t.low AND c.id <= t.high
WHERE c.space IS NOT DISTINCT FROM %s::bigint ORDER BY t.place, c.id"""


@dataclass(frozen=True)
class Trouble:
    """A place of a log that has no leaf, or none that it may have: why, and which rows it is.

    ``index`` is -1 where it is a change of the event.
    """

    index: int
    what: str
    entry: int | None = None
    event: int | None = None
    change: ChangeRow | None = None


@dataclass
class Hashed:
    """The leaf hashes of a range, ``NOTHING`` where there is none."""

    start: int
    hashes: list[bytes] = field(default_factory=list)
    troubles: list[Trouble] = field(default_factory=list)
    changes: int = 0
    backwards: int = 0  # events that stand behind one that was written long after them


@dataclass(slots=True)
class Place:
    """What stands at a place of a log."""

    index: int
    entry: int
    event_id: int
    space: int | None
    event: EventRow | None


class _Own:
    """The events of one transaction within a range, each with the tree of its changes."""

    __slots__ = ("at", "numbers", "trees")

    def __init__(self) -> None:
        self.numbers: list[int] = []
        self.trees: dict[int, Frontier] = {}
        self.at = 0

    def add(self, number: int) -> None:
        if self.numbers and number < self.numbers[-1]:
            self.numbers = sorted([*self.numbers, number])
        else:
            self.numbers.append(number)
        self.trees[number] = Frontier()

    def take(self, change: int) -> Frontier:
        """Return the tree of the event that a change belongs to; changes come in order."""
        while change > self.numbers[self.at] and self.at + 1 < len(self.numbers):
            self.at += 1
        return self.trees[self.numbers[self.at]]


def hash_range(
    view: Snapshot, *, log: int, identity: UUID, space: int | None, start: int, stop: int
) -> Hashed:
    """Return the leaf hashes of the places from ``start`` up to ``stop``, made from the rows."""
    places = read_places(view, log, start, stop)
    found = Hashed(start)
    owners = _owners(places)
    for change in changes_of(view, owners, space):
        own = owners[change.transaction]
        tree = own.take(change.id)
        found.changes += 1
        try:
            tree.add(leaf_hash(change_leaf(change)))
        except (ValueError, RecursionError):
            tree.add(NOTHING)
            found.troubles.append(Trouble(-1, "no hash", event=own.numbers[own.at], change=change))
        if change.erased is not None and _part_stands(change):
            found.troubles.append(
                Trouble(-1, "half erased", event=own.numbers[own.at], change=change)
            )
    before: datetime | None = None
    by_index = {place.index: place for place in places}
    name = str(identity)
    for index in range(start, stop):
        place = by_index.get(index)
        hash_, trouble = _leaf_at(index, place, owners, name, space)
        found.hashes.append(hash_)
        if trouble is not None:
            found.troubles.append(trouble)
        if place is not None and place.event is not None and place.event.at is not None:
            found.backwards += before is not None and place.event.at < before - BACK
            before = place.event.at
    return found


def read_places(view: Snapshot, log: int, start: int, stop: int) -> list[Place]:
    """Return what stands at a range of places, in order."""
    return [
        Place(row[0], row[1], row[2], row[3], EventRow(*row[4:]) if row[4] is not None else None)
        for row in view.all(_EVENTS, [log, start, stop])
    ]


def _owners(places: Iterable[Place]) -> dict[int, _Own]:
    owners: dict[int, _Own] = {}
    for place in places:
        if place.event is not None and place.event.transaction is not None:
            owners.setdefault(place.event.transaction, _Own()).add(place.event.id)
    return owners


def changes_of(view: Snapshot, owners: dict[int, _Own], space: int | None) -> Iterator[ChangeRow]:
    """Yield the changes of the events in ``owners``, by transaction and number."""
    if not owners:
        return
    numbers = list(owners)
    firsts = [own.numbers[0] for own in owners.values()]
    lasts = [own.numbers[-1] for own in owners.values()]
    counts = [len(own.numbers) for own in owners.values()]
    beyond = {
        number: (before, more)
        for number, before, more in view.all(
            _BEYOND, [*map(_array, (numbers, firsts, lasts, counts)), space]
        )
    }
    lows = [beyond[one][0] or -1 if one in beyond else -1 for one in numbers]
    highs = [
        last if one in beyond and beyond[one][1] else _LAST
        for one, last in zip(numbers, lasts, strict=True)
    ]
    for row in view.stream(_CHANGES, [*map(_array, (numbers, lows, highs)), space]):
        yield ChangeRow(*row)


def _array(numbers: list[int]) -> str:
    """Return numbers as PostgreSQL reads an array; a list of them would be checked one by one."""
    return "{" + ",".join(map(str, numbers)) + "}"


def changes_at(view: Snapshot, place: Place, space: int | None) -> Iterator[ChangeRow]:
    """Yield the changes of the event at one place."""
    yield from changes_of(view, _owners([place]), space)


def _leaf_at(
    index: int,
    place: Place | None,
    owners: dict[int, _Own],
    identity: str,
    space: int | None,
) -> tuple[bytes, Trouble | None]:
    if place is None:
        return NOTHING, Trouble(index, "empty")
    event = place.event
    if event is None:
        return NOTHING, Trouble(index, "gone", place.entry, place.event_id)
    if event.at is None:
        return NOTHING, Trouble(index, "no time", place.entry, event.id)
    trouble = None
    if place.space != space:
        trouble = Trouble(index, "foreign", place.entry, event.id)
    elif event.erased is not None and _stands_still(event):
        trouble = Trouble(index, "half erased", place.entry, event.id)
    count, root = _tree(event, owners)
    try:
        leaf = event_leaf(event, log=identity, count=count, root=root)
    except (ValueError, RecursionError):
        return NOTHING, Trouble(index, "no hash", place.entry, event.id)
    return leaf_hash(leaf), trouble


def _tree(event: EventRow, owners: dict[int, _Own]) -> tuple[int, bytes]:
    tree = Frontier()
    if event.transaction is not None:
        tree = owners[event.transaction].trees[event.id]
    return tree.size, tree.root()


def _stands_still(event: EventRow) -> bool:
    """Tell whether what is said to be erased still stands there, where no hash would guard it."""
    return event.salt is not None or event.label != "" or event.payload != "{}"


def _part_stands(change: ChangeRow) -> bool:
    return any(
        one is not None for one in (change.salt, change.private_before, change.private_after)
    )
