"""Erasing what is private of the log, so that every leaf and every proof stays as it was.

A leaf holds the salted hash of what is private. Where that is erased the hash stands in its place
(``canonical``), and the salt goes with it, so that nobody can try which words had that hash. What
was erased is told by an event ``privacy.erased`` in each log: the numbers, why and how many.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

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

Tell = Callable[[str, int, int], None]  # what is done, how much of it is, and how much there is

BATCH: Final = 2_000
MOST_TOLD: Final = 10_000  # numbers in one event
_NUMBERS: Final = """SELECT c.id, c.space, c.row FROM audit_rowchange c
    WHERE c."table" = %s AND c.row = ANY (%s) AND c.erased IS NULL ORDER BY c.id"""
_CHANGES: Final = f"SELECT {CHANGE_COLUMNS} FROM audit_rowchange c WHERE c.id = ANY (%s)"  # noqa: S608
_EVENTS: Final = f"SELECT {EVENT_COLUMNS} FROM audit_event e WHERE e.id = ANY (%s)"  # noqa: S608


def say_nothing(what: str, done: int, of: int) -> None:
    """Take what an erasure tells of how far it is, where nobody waits for that."""


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
    """What is erased of one log and not told yet, and what erasures before told whose event is
    erased with it; ``parts``: how many events have told of more."""

    parts: int = 0
    changes: list[int] = field(default_factory=list)
    events: list[int] = field(default_factory=list)
    earlier: list[dict[str, Any]] = field(default_factory=list)
    rows: Counter[str] = field(default_factory=Counter)

    @property
    def is_full(self) -> bool:
        return len(self.changes) + len(self.events) >= MOST_TOLD

    def is_over(self) -> bool:
        """Tell whether there is nothing left to tell."""
        return self.parts > 0 and not (self.changes or self.events)


class _Erasure:
    """An erasure of the logs, told as it goes on: an event holds so many numbers, and one that
    takes more is told in several."""

    def __init__(self, act: Act, spaces: Iterable[int], retracted: Sequence[int]) -> None:
        self._act = act
        self._logs: dict[int | None, _OfLog] = {space: _OfLog() for space in spaces}
        self._retracted = list(retracted)
        self.changes = self.events = 0

    def rows(self, table: str, numbers: Collection[int]) -> None:
        """Erase the changes of rows, and keep anew how those stand."""
        for batch in in_batches(sorted(set(numbers))):
            self._erase_changes(table, batch)
            with connection.cursor() as cursor:
                cursor.execute("SELECT audit_restate(%s, %s)", [table, batch])
            self._tell_full()

    def _erase_changes(self, table: str, rows: list[int]) -> None:
        with connection.cursor() as cursor:
            cursor.execute(_NUMBERS, [table, rows])
            found = cursor.fetchall()
        for space in {space for _, space, _ in found}:
            log = self._logs.setdefault(space, _OfLog())
            log.changes += [number for number, of, _ in found if of == space]
            log.rows[table] += len({row for _, of, row in found if of == space})
        self.changes += len(found)
        for batch in in_batches([number for number, _, _ in found]):
            with connection.cursor() as cursor:
                cursor.execute(_CHANGES, [batch])
                changes = [ChangeRow(*one) for one in cursor.fetchall()]
            hashes = [_hash(one.id, one.salt, change_private(one)) for one in changes]
            _call("audit_erase_changes", [one.id for one in changes], hashes)

    def of_events(self, numbers: Sequence[int], tell: Tell) -> None:
        """Erase events, given by their numbers in order."""
        for batch in in_batches(numbers):
            tell("Erasing what events of the log say", self.events, len(numbers))
            found = [one for one in fetch_events(_EVENTS, [batch]) if one.erased is None]
            hashes = [_hash(one.id, one.salt, event_private(one)) for one in found]
            by_number = {one.id: one for one in found}
            self.events += len(found)
            for number, space in _spaces(list(by_number)):
                log = self._logs.setdefault(space, _OfLog())
                log.events.append(number)
                if by_number[number].action == "privacy.erased":
                    told = json.loads(by_number[number].payload)
                    log.changes += numbers_in(told.get("changes", []))
                    log.events += numbers_in(told.get("events", []))
                    log.earlier += _told(number, told)
            _call("audit_erase_events", list(by_number), hashes)
            self._tell_full()

    def left(self) -> Iterator[tuple[int | None, dict[str, Any]]]:
        """Yield what is left to tell which log, each of them something in any case."""
        for space, log in self._logs.items():
            if not log.is_over():
                yield space, self._taken(space, is_whole=not log.parts)
        while self._retracted:
            yield self._first, self._taken(self._first)

    @property
    def _first(self) -> int | None:
        return next(iter(self._logs))

    def _tell_full(self) -> None:
        for space, log in self._logs.items():
            if log.is_full:
                _record(self._act, space, self._taken(space))

    def _taken(self, space: int | None, *, is_whole: bool = False) -> dict[str, Any]:
        """Return what there is to tell a log, and begin anew with it."""
        log = self._logs[space]
        payload = dict(self._act.about)
        if self._retracted and space == self._first:
            payload["retracted"] = self._retracted[:MOST_TOLD]
            del self._retracted[:MOST_TOLD]
        if log.earlier:
            payload["earlier"] = log.earlier
        if not is_whole or self._retracted:
            payload["part"] = log.parts + 1
        payload["rows"] = dict(sorted(log.rows.items()))
        payload["changes"], payload["events"] = runs(log.changes), runs(log.events)
        self._logs[space] = _OfLog(log.parts + 1)
        return payload


def erase_from_log(
    act: Act,
    *,
    rows: Iterable[tuple[str, Collection[int]]],
    events: Iterable[int],
    spaces: Iterable[int] = (),
    retracted: Sequence[int] = (),
    tell: Tell = say_nothing,
) -> tuple[int, int]:
    """Erase what is private of all changes of ``rows`` (tables and numbers of rows) and of
    ``events``; return how many changes and events those were. The logs of ``spaces`` are told in
    any case, and the first of them of the facts that were ``retracted``.

    Call it in the transaction that has rewritten the rows, at the latest when they are taken from
    ``rows``: how they stand now is kept anew, so that the log still proves it. Raises NotHashable
    for what has neither a salt nor a hash.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("what is erased of rows and log is erased in one transaction")
    erasure = _Erasure(act, spaces, retracted)
    for table, numbers in rows:
        erasure.rows(table, numbers)
    erasure.of_events(sorted(set(events)), tell)
    for space, told in erasure.left():
        _record(act, space, told)
    return erasure.changes, erasure.events


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


def in_batches(numbers: Sequence[int]) -> Iterator[list[int]]:
    """Yield numbers in parts of a size for one statement."""
    for start in range(0, len(numbers), BATCH):
        yield list(numbers[start : start + BATCH])


def _spaces(events: list[int]) -> list[tuple[int, int | None]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, space_id FROM audit_event WHERE id = ANY (%s) ORDER BY id", [events]
        )
        return [(number, space) for number, space in cursor.fetchall()]


def _hash(number: int, salt: bytes | None, value: bytes) -> bytes:
    if salt is None:
        raise NotHashable(f"number {number} has neither a salt nor the hash of what was erased")
    return private_hash(salt, value)


def _call(function: str, numbers: list[int], hashes: list[bytes]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {function}(%s::bigint[], %s::bytea[])", [numbers, hashes])


def _record(act: Act, number: int | None, payload: dict[str, Any]) -> None:
    with transaction.atomic():
        record(
            space=Space.objects.get(pk=number) if number is not None else None,
            action="privacy.erased",
            actor=act.actor,
            actor_label=act.actor_label,
            payload={"what": act.what, "reason": act.reason, **payload},
        )


def _told(number: int, told: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield what an erasure told whose event goes now, flat: what it had of others before it; of
    the numbers, how many were its own."""
    earlier = told.get("earlier", [])
    yield from earlier
    kept = {key: told[key] for key in told if key != "earlier"}
    for key in ("changes", "events"):
        counted = sum(1 for _ in numbers_in(told.get(key, [])))
        kept[key] = counted - sum(one.get(key, 0) for one in earlier)
    yield {"event": number, **kept}


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
