"""Erasing what is private of the log, so that every leaf and every proof stays as it was.

A leaf holds the salted hash of what is private. Where that is erased the hash stands in its place
(``canonical``), and the salt goes with it, so that nobody can try which words had that hash. What
was erased is told by an event ``privacy.erased`` in each log: the numbers, why and how many.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from django.db import connection, transaction

from apps.accounts.models import Space, User
from apps.audit.services import record
from apps.provenance.canonical import (
    ChangeRow,
    NotHashable,
    change_private,
    event_private,
    private_hash,
)
from apps.provenance.models import PastEvent
from apps.provenance.rows import CHANGE_COLUMNS, EVENT_COLUMNS, fetch_events

BATCH: Final = 2_000
_NUMBERS: Final = """SELECT c.id, c.space, c.row FROM audit_rowchange c
    WHERE c."table" = %s AND c.row = ANY (%s) AND c.erased IS NULL ORDER BY c.id"""
_CHANGES: Final = f"SELECT {CHANGE_COLUMNS} FROM audit_rowchange c WHERE c.id = ANY (%s)"  # noqa: S608
_EVENTS: Final = f"SELECT {EVENT_COLUMNS} FROM audit_event e WHERE e.id = ANY (%s)"  # noqa: S608


class ErasureRefused(Exception):
    """This cannot be erased; the message says why."""


@dataclass(frozen=True)
class Act:
    """Who erases what and why; ``about`` are further payload keys of ``privacy.erased``."""

    what: str  # "document 12": never what it was called
    reason: str
    actor: User | None
    actor_label: str = ""
    about: Mapping[str, Any] = field(default_factory=dict)


@dataclass
class _OfLog:
    """What is erased of one log; ``earlier``: what erasures before told whose event is erased."""

    changes: list[int] = field(default_factory=list)
    events: list[int] = field(default_factory=list)
    earlier: list[dict[str, Any]] = field(default_factory=list)
    rows: dict[str, set[int]] = field(default_factory=dict)


def erase_from_log(
    act: Act,
    *,
    rows: Mapping[str, Collection[int]],
    events: Iterable[int],
    spaces: Iterable[int] = (),
) -> tuple[int, int]:
    """Erase what is private of all changes of ``rows`` (table: numbers of rows) and of ``events``;
    return how many changes and events those were. The logs of ``spaces`` are told in any case.

    Call it in the transaction that has rewritten the rows: how they stand now is kept anew, so that
    the log still proves it. Raises NotHashable for what has neither a salt nor a hash.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("what is erased of rows and log is erased in one transaction")
    logs: dict[int | None, _OfLog] = {space: _OfLog() for space in spaces}
    for table, numbers in rows.items():
        _erase_changes(table, numbers, logs)
    _erase_events(sorted(set(events)), logs)
    for table, numbers in rows.items():
        with connection.cursor() as cursor:
            cursor.execute("SELECT audit_restate(%s, %s)", [table, sorted(numbers)])
    known = Space.objects.in_bulk([number for number in logs if number is not None])
    for number, erased in logs.items():
        _record(act, known[number] if number is not None else None, erased)
    return (
        sum(len(one.changes) for one in logs.values()),
        sum(len(one.events) for one in logs.values()),
    )


def past_erase(spaces: Collection[int]) -> int:
    """Erase what is private of the events that spaces were imported with; return of how many.

    Their rows had other numbers there, so that none can be told to be free of what is erased. The
    leaves stay, and with them what they prove.
    """
    return (
        PastEvent.objects.filter(origin__space__in=spaces)
        .exclude(payload=None, actor_label="")
        .update(payload=None, actor_label="")
    )


def _erase_changes(table: str, numbers: Collection[int], logs: dict[int | None, _OfLog]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_NUMBERS, [table, sorted(numbers)])
        found = cursor.fetchall()
    for number, space, row in found:
        log = logs.setdefault(space, _OfLog())
        log.changes.append(number)
        log.rows.setdefault(table, set()).add(row)
    for batch in _in_batches([number for number, _, _ in found]):
        with connection.cursor() as cursor:
            cursor.execute(_CHANGES, [batch])
            changes = [ChangeRow(*one) for one in cursor.fetchall()]
        hashes = [_hash(one.id, one.salt, change_private(one)) for one in changes]
        _call("audit_erase_changes", [one.id for one in changes], hashes)


def _erase_events(numbers: Sequence[int], logs: dict[int | None, _OfLog]) -> None:
    for batch in _in_batches(numbers):
        found = [one for one in fetch_events(_EVENTS, [batch]) if one.erased is None]
        hashes = [_hash(one.id, one.salt, event_private(one)) for one in found]
        erased = [one.id for one in found]
        by_number = {one.id: one for one in found}
        for number, space in _spaces(erased):
            log = logs.setdefault(space, _OfLog())
            log.events.append(number)
            if by_number[number].action == "privacy.erased":
                log.earlier.append({"event": number, **json.loads(by_number[number].payload)})
        _call("audit_erase_events", erased, hashes)


def _in_batches(numbers: Sequence[int]) -> Iterator[list[int]]:
    for start in range(0, len(numbers), BATCH):
        yield list(numbers[start : start + BATCH])


def _spaces(events: list[int]) -> list[tuple[int, int | None]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, space_id FROM audit_event WHERE id = ANY (%s) ORDER BY id", [events]
        )
        return [(number, space) for number, space in cursor.fetchall()]


def _hash(number: int, salt: UUID | None, value: bytes) -> bytes:
    if salt is None:
        raise NotHashable(f"number {number} has neither a salt nor the hash of what was erased")
    return private_hash(salt, value)


def _call(function: str, numbers: list[int], hashes: list[bytes]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {function}(%s::bigint[], %s::bytea[])", [numbers, hashes])


def _record(act: Act, space: Space | None, erased: _OfLog) -> None:
    with transaction.atomic():
        record(
            space=space,
            action="privacy.erased",
            actor=act.actor,
            actor_label=act.actor_label,
            payload={
                "what": act.what,
                "reason": act.reason,
                **act.about,
                "rows": {table: len(numbers) for table, numbers in sorted(erased.rows.items())},
                "changes": _and_earlier("changes", erased.changes, erased),
                "events": _and_earlier("events", erased.events, erased),
                **({"earlier": _told(erased.earlier)} if erased.earlier else {}),
            },
        )


def _and_earlier(key: str, numbers: list[int], erased: _OfLog) -> list[list[int]]:
    """Return as runs what is erased now, and what the erasures named whose event goes with it."""
    before = [number for told in erased.earlier for number in numbers_in(told.get(key, []))]
    return runs([*numbers, *before])


def _told(earlier: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return what earlier erasures told, without the numbers, and flat: what one had of others."""
    flat = []
    for told in earlier:
        flat += told.get("earlier", [])
        flat.append({key: told[key] for key in told if key not in ("changes", "events", "earlier")})
    return flat


def runs(numbers: Iterable[int]) -> list[list[int]]:
    """Return numbers as runs, first and last included.

    >>> runs([3, 1, 2, 7])
    [[1, 3], [7, 7]]
    """
    found: list[list[int]] = []
    for number in sorted(set(numbers)):
        if found and found[-1][1] == number - 1:
            found[-1][1] = number
        else:
            found.append([number, number])
    return found


def numbers_in(found: Iterable[Sequence[int]]) -> Iterator[int]:
    """Yield the numbers of runs."""
    for first, last in found:
        yield from range(first, last + 1)
