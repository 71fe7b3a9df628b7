"""The verification of one log: its places, its tree, and what was signed of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from heapq import merge
from typing import Final

from apps.provenance.merkle import HASH_BYTES
from apps.provenance.services.replay.findings import Finding, Findings, LogResult
from apps.provenance.services.replay.hashing import (
    Hashed,
    Trouble,
    changes_at,
    read_places,
)
from apps.provenance.services.replay.snapshot import Snapshot
from apps.provenance.services.replay.trees import (
    RANGE,
    Checkpoints,
    Differing,
    Leaves,
    LogRow,
    Signed,
    TreeCheck,
)

MOST_NAMED: Final = 1_000  # rows that one finding names
_LOG = "SELECT id, identity, space_id, size FROM provenance_log WHERE id = %s"
_OUTSIDE = "SELECT id, index, event_id FROM provenance_entry WHERE log_id = %s AND index >= %s"

# Makes the leaves of ranges of a log, in order: (log, ranges) -> one Hashed for each.
HashRanges = Callable[[LogRow, list[tuple[int, int]]], Iterator[Hashed]]
Tell = Callable[[int], None]


def log_row(view: Snapshot, log: int) -> LogRow:
    """Return a log as it stands."""
    row = view.one(_LOG, [log])
    assert row is not None
    return LogRow(*row)


def size_kept(view: Snapshot, log: LogRow) -> int:
    """Return how many leaves a log has by what is stored of it: its entries or its tiles, whichever
    are more. What its own row says may be anything."""
    entries = view.value("SELECT count(*) FROM provenance_entry WHERE log_id = %s", [log.id])
    bytes_ = view.value(
        "SELECT coalesce(sum(length(hashes)), 0)::bigint FROM provenance_tile"
        " WHERE log_id = %s AND level = 0",
        [log.id],
    )
    return max(int(entries), -(-int(bytes_) // HASH_BYTES))


def verify_log(
    view: Snapshot,
    log: LogRow,
    *,
    size: int,
    kept: list[Signed],
    hash_ranges: HashRanges,
    findings: Findings,
    tell: Tell,
) -> LogResult:
    """Verify one log, of ``size`` leaves by what is stored of it, against its own checkpoints and
    those that are ``kept`` outside. ``tell`` hears after each range how many leaves it had."""
    leaves = Leaves()
    if log.size != size:
        findings.add(
            Finding(
                "log",
                f"The log {log.origin} says that it has {log.size:,} entries, and {size:,} are "
                "kept.",
                "provenance_log", log.id, "size", str(size), str(log.size),
            )
        )  # fmt: skip
    checkpoints = Checkpoints(view, log, findings)
    outside = sorted(kept, key=lambda one: one.size)
    signed = merge(checkpoints.by_size(), outside, key=lambda one: one.size)
    last = checkpoints.last_within(size)
    tree = TreeCheck(
        view, log, size=size, signed=signed, last=last, findings=findings, leaves=leaves
    )
    ranges = [(start, min(start + RANGE, size)) for start in range(0, size, RANGE)]
    for made in hash_ranges(log, ranges):
        leaves.changes += made.changes
        leaves.backwards += made.backwards
        for trouble in made.troubles:
            findings.add(_trouble(log, trouble))
        tree.take(made)
        tell(len(made.hashes))
    tree.end()
    _say_forged(view, log, leaves, findings)
    _say_outside(view, log, size, findings)
    covered = last.size if last else 0
    if covered < size:
        of = f"{size - covered:,} of {size:,} entries" if covered else "None of the entries"
        findings.notes.append(f"{of} of the log {log.origin} are in no checkpoint yet.")
    if leaves.backwards:
        stand = "1 event stands" if leaves.backwards == 1 else f"{leaves.backwards:,} events stand"
        findings.notes.append(
            f"In the log {log.origin}, {stand} behind one that was written more than an hour later."
        )
    return LogResult(
        log=log.id, origin=log.origin, space=_slug(view, log), size=size, root=leaves.root,
        checkpoints=checkpoints.count, changes=leaves.changes,
    )  # fmt: skip


def _slug(view: Snapshot, log: LogRow) -> str:
    return str(view.value("SELECT slug FROM accounts_space WHERE id = %s", [log.space]) or "")


def _trouble(log: LogRow, trouble: Trouble) -> Finding:
    """Return what is wrong at a place, or with a change of its event, as a finding."""
    place, event = f"Place {trouble.index:,} of the log {log.origin}", trouble.event
    entry: tuple[tuple[str, int], ...] = ()
    if trouble.entry is not None:
        entry = (("provenance_entry", trouble.entry),)
    if trouble.change is not None:
        number = trouble.change.id
        what = f"Change {number}, of {trouble.change.table} {trouble.change.row},"
        why = (
            "is said to be erased, and stands there still"
            if trouble.what == "half erased"
            else "has neither its salt nor the hash of what was erased, and cannot be hashed"
        )
        return Finding("event", f"{what} {why}.", "audit_rowchange", number, "erased", event=event)
    if trouble.what == "empty":
        return Finding("entry", f"{place} is empty.", "provenance_entry", None, "index",
                       str(trouble.index))  # fmt: skip
    if trouble.what == "gone":
        sentence = f"Event {event}, at {place[0].lower()}{place[1:]}, is gone."
        return Finding("entry", sentence, "audit_event", event, event=event, also=entry)
    if trouble.what == "foreign":
        sentence = f"Event {event} is of another space than the log in which it stands."
        also = (*entry, ("provenance_log", log.id))
        space = str(log.space or "none")
        return Finding(
            "event", sentence, "audit_event", event, "space_id", space, event=event, also=also
        )
    if trouble.what == "half erased":
        sentence = f"Event {event} is said to be erased, and stands there still."
        return Finding("event", sentence, "audit_event", event, "erased", event=event)
    field = "created_at" if trouble.what == "no time" else "salt"
    sentence = f"Event {event} cannot be hashed: its {field} is none that was ever written."
    return Finding("event", sentence, "audit_event", event, field, event=event)


def _say_forged(view: Snapshot, log: LogRow, leaves: Leaves, findings: Findings) -> None:
    sealed_at = {one.sealed: one.index for one in leaves.forged if one.sealed}
    for one in leaves.forged:
        if findings.has_room("event"):
            findings.add(_forged(view, log, one, sealed_at.get(one.made)))
        else:
            findings.counts["event"] += 1
    findings.counts["event"] += leaves.forged_count - len(leaves.forged)
    if not findings.counts["event"]:
        del findings.counts["event"]


def _forged(view: Snapshot, log: LogRow, one: Differing, moved_from: int | None) -> Finding:
    (place,) = read_places(view, log.id, one.index, one.index + 1)
    assert place.event is not None
    event = place.event
    entry = ("provenance_entry", place.entry)
    if not one.sealed:
        sentence = (
            f"Event {event.id} ({event.action}) stands at place {one.index:,} of the log "
            f"{log.origin}, and the tree has no such leaf."
        )
        return Finding(
            "event", sentence, "audit_event", event.id, "leaf", "", one.made.hex(), event.id,
            also=(entry,),
        )  # fmt: skip
    if moved_from is not None:
        sentence = (
            f"Event {event.id} ({event.action}) stands at place {one.index:,} of the log "
            f"{log.origin}; it was sealed at place {moved_from:,}."
        )
        return Finding(
            "event", sentence, "audit_event", event.id, "index", str(moved_from), str(one.index),
            event.id, also=(entry,),
        )  # fmt: skip
    changes = list(_few(changes_at(view, place, log.space)))
    sentence = f"Event {event.id} ({event.action}) is not as it was sealed.{_or_one_of(changes)}"
    return Finding(
        "event", sentence, "audit_event", event.id, "leaf", one.sealed.hex(), one.made.hex(),
        event.id, also=(entry, *(("audit_rowchange", number) for number, _ in changes)),
    )  # fmt: skip


def _few(changes: Iterable[object]) -> Iterator[tuple[int, str]]:
    for at, change in enumerate(changes):
        if at == MOST_NAMED:
            return
        number, table, row = (getattr(change, name) for name in ("id", "table", "row"))
        yield number, f"{table} {row} (audit_rowchange {number})"


def _or_one_of(changes: list[tuple[int, str]]) -> str:
    if not changes:
        return ""
    said = ", ".join(text for _, text in changes[:5])
    more = f" and {len(changes) - 5} others" if len(changes) > 5 else ""
    return f" It may also be what was kept of a change that it tells of: {said}{more}."


def _say_outside(view: Snapshot, log: LogRow, size: int, findings: Findings) -> None:
    for row, index, event in view.stream(_OUTSIDE, [log.id, size]):
        sentence = (
            f"Event {event} stands at place {index:,} of the log {log.origin}, which has {size:,}."
        )
        findings.add(
            Finding(
                "entry", sentence, "provenance_entry", row, "index", found=str(index),
                event=event, also=(("audit_event", event),),
            )
        )  # fmt: skip
