"""Sealing: giving committed events their dense places in their logs, and their leaves to the trees.

One process seals at a time (it holds the row of ``Sequencer``), in one transaction a batch: killed
at any point, it leaves what it had not committed to the next.

Events stand in the order in which their transactions were committed, as far as the database knows
it (``track_commit_timestamp``); else in the order in which the transactions wrote their last event,
in which what builds on something stands behind it as well. Of one transaction they stand in the
order in which they were written.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from django.db import connection, transaction

from apps.accounts.models import Space
from apps.provenance.canonical import EventRow, change_leaf, event_leaf
from apps.provenance.merkle import leaf_hash
from apps.provenance.models import Log, Sequencer, Tile
from apps.provenance.rows import EVENT_COLUMNS, fetch_events, tree_of_changes, with_changes
from apps.provenance.tiles import Tree

BATCH: Final = 2_000  # events whose leaves are made at once
# Events of one transaction: to find which come next takes a look at all that are left.
AT_ONCE: Final = 50_000
# What is left to seal, {committed} being the time at which a transaction was committed.
_PENDING = """
SELECT e.space_id, e.id FROM audit_event e
WHERE e.id > %s AND NOT EXISTS (SELECT FROM provenance_entry n WHERE n.event_id = e.id)
ORDER BY {committed} NULLS FIRST,
    max(e.id) OVER (PARTITION BY coalesce(e.transaction, -e.id)), e.id
LIMIT %s
"""
_EVENTS = f"""SELECT {EVENT_COLUMNS} FROM unnest(%s::bigint[]) WITH ORDINALITY t (number, place)
    JOIN audit_event e ON e.id = t.number ORDER BY t.place"""  # noqa: S608


class TileStore:
    """The tiles of a log in the database."""

    def __init__(self, log: Log) -> None:
        self._log = log

    def get(self, level: int, index: int) -> bytes:
        """Return the hashes of a tile, one behind the other; nothing where there is none."""
        found = Tile.objects.filter(log=self._log, level=level, index=index)
        return bytes(found.values_list("hashes", flat=True).first() or b"")

    def put(self, level: int, index: int, hashes: bytes) -> None:
        """Keep the hashes of a tile, in place of those that it had."""
        Tile.objects.update_or_create(
            log=self._log, level=level, index=index, defaults={"hashes": hashes}
        )


def tree_of(log: Log) -> Tree:
    """Return the tree of a log, as large as it is now."""
    return Tree(TileStore(log), log.size)


def log_of(space: Space | None) -> Log:
    """Return the log of a space, or without one that of the site; made where there is none."""
    return Log.objects.get_or_create(space=space)[0]


def seal(*, wait: bool = True, anew: bool = False) -> int:
    """Seal every event that is committed, and return how many those were.

    Without ``wait`` nothing is done while another process seals. ``anew`` looks at all events, and
    not only at those behind which the sequencer knows none to be missing.
    """
    sealed = 0
    while (count := _seal_batch(wait=wait, anew=anew)) is not None:
        sealed += count
        if count < AT_ONCE:
            break
    return sealed


def _seal_batch(*, wait: bool, anew: bool) -> int | None:
    """Seal up to ``AT_ONCE`` events; None while another process seals."""
    with transaction.atomic():
        Sequencer.objects.get_or_create(pk=Sequencer.ONLY)
        held = Sequencer.objects.select_for_update(skip_locked=not wait, no_key=True)
        own = held.filter(pk=Sequencer.ONLY).first()
        if own is None:
            return None
        with connection.cursor() as cursor:
            cursor.execute(
                _PENDING.format(committed=_committed()), [-1 if anew else own.sealed_to, AT_ONCE]
            )
            pending = cursor.fetchall()
        by_space: dict[int | None, list[int]] = {}
        for space, number in pending:
            by_space.setdefault(space, []).append(number)
        for space, numbers in by_space.items():
            for first in range(0, len(numbers), BATCH):
                _append(space, numbers[first : first + BATCH])
        if len(pending) < AT_ONCE:
            _move_on(own)
        return len(pending)


def _committed() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SHOW track_commit_timestamp")
        known = cursor.fetchone()[0] == "on"
    return "pg_xact_commit_timestamp(e.xmin)" if known else "NULL::timestamptz"


def _append(space: int | None, numbers: Sequence[int]) -> None:
    """Append events to the log of a space, in this order."""
    log = log_of(Space.objects.get(pk=space) if space is not None else None)
    events = fetch_events(_EVENTS, [list(numbers)])
    tree = tree_of(log)
    tree.append(hashes_of(log, events))
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO provenance_entry (log_id, index, event_id)"
            " SELECT %s, %s + place - 1, number"
            " FROM unnest(%s::bigint[]) WITH ORDINALITY t (number, place)",
            [log.pk, log.size, list(numbers)],
        )
    log.size = tree.size
    log.save(update_fields=["size"])


def hashes_of(log: Log, events: Sequence[EventRow]) -> Iterable[bytes]:
    """Yield the leaf hashes of events. Raises NotHashable."""
    for event, changes in with_changes(events, log.space_id):
        count, root = tree_of_changes(changes, change_leaf)
        yield leaf_hash(event_leaf(event, log=log.identity, count=count, root=root))


def _move_on(own: Sequencer) -> None:
    """Note up to which number no event can be missing any more.

    A number is drawn a little before its transaction is known to the database. So the bound is
    noted in one pass, the transactions to wait for in the next, and taken in a third.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_snapshot_xmin(s)::text::bigint, pg_snapshot_xmax(s)::text::bigint,"
            " (SELECT last_value FROM audit_event_id_seq) FROM pg_current_snapshot() s"
        )
        oldest, following, last = cursor.fetchone()
    if own.seen_xid is not None and own.seen_xid > following:
        own.seen_id = own.seen_xid = None  # the numbers of another cluster: a restored copy
    if own.seen_id is None:
        if last == own.sealed_to:
            return
        own.seen_id = last
    elif own.seen_xid is None:
        own.seen_xid = following
    elif oldest >= own.seen_xid:
        own.sealed_to, own.seen_id, own.seen_xid = own.seen_id, None, None
    else:
        return
    own.save()
