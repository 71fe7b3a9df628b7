"""Whether everything that was erased is named by an event that says so."""

from __future__ import annotations

import json
from array import array
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator
from typing import Any, Final

from apps.provenance.services.replay.findings import Finding, Findings
from apps.provenance.services.replay.scopes import Scope
from apps.provenance.services.replay.snapshot import Snapshot

_ERASURES: Final = """SELECT coalesce(e.space_id, 0), (e.payload -> %s)::text FROM audit_event e
WHERE e.action = 'privacy.erased' AND {of_scope} ORDER BY e.id"""
_ERASED: Final = """SELECT coalesce(o.{space}, 0), o.id, {what} FROM {table} o
WHERE o.erased IS NOT NULL AND {of_scope} ORDER BY o.id"""


def check_erasures(view: Snapshot, scope: Scope, findings: Findings) -> None:
    """Find private parts that are erased without an event ``privacy.erased`` in their log that
    names them, and note how many are erased."""
    counts = []
    for table, space, key, what in (
        ("audit_event", "space_id", "events", "o.action"),
        ("audit_rowchange", "space", "changes", """o."table" || ' ' || o.row"""),
    ):
        told: defaultdict[int, Told] = defaultdict(Told)
        for log, first, last in _runs(view, scope, key):
            told[log].add(first, last)
        query = _ERASED.format(
            table=table, space=space, what=what, of_scope=scope.holds(f"o.{space}")
        )
        count = 0
        for log, row, of in view.stream(query):
            count += 1
            if row not in told[log]:
                sentence = (
                    f"What was private in {table} {row} ({of}) is erased; no event tells why."
                )
                findings.add(Finding("erasure", sentence, table, row, "erased"))
        counts.append(count)
    if any(counts):
        findings.notes.append(
            f"What was private is erased of {counts[0]:,} event{'s'[: counts[0] != 1]} and "
            f"{counts[1]:,} change{'s'[: counts[1] != 1]}."
        )


class Told:
    """Numbers that are said to be erased, as runs, of which each takes 16 bytes."""

    def __init__(self) -> None:
        self._firsts, self._lasts = array("q"), array("q")
        self._in_order = True

    def add(self, first: int, last: int) -> None:
        """Add a run of numbers, both ends included."""
        self._in_order &= not self._firsts or first > self._lasts[-1]
        self._firsts.append(first)
        self._lasts.append(last)

    def __contains__(self, number: int) -> bool:
        if not self._in_order:
            self._put_in_order()
        at = bisect_right(self._firsts, number)
        return at > 0 and number <= self._lasts[at - 1]

    def _put_in_order(self) -> None:
        """Sort the runs, and join those that overlap."""
        firsts, lasts = array("q"), array("q")
        for first, last in sorted(zip(self._firsts, self._lasts, strict=True)):
            if firsts and first <= lasts[-1]:
                lasts[-1] = max(last, lasts[-1])
            else:
                firsts.append(first)
                lasts.append(last)
        self._firsts, self._lasts, self._in_order = firsts, lasts, True


def _runs(view: Snapshot, scope: Scope, key: str) -> Iterator[tuple[int, int, int]]:
    """Yield which numbers the events say to be erased: the log, the first and the last of a run."""
    query = _ERASURES.format(of_scope=scope.holds("e.space_id"))
    for space, runs in view.stream(query, [key]):
        found = json.loads(runs) if runs is not None else None
        for run in found if isinstance(found, list) else ():
            if _is_run(run):
                yield space, run[0], run[1]


def _is_run(run: Any) -> bool:
    if not isinstance(run, list) or len(run) != 2 or any(type(one) is not int for one in run):
        return False
    return bool(0 <= run[0] <= run[1] < 2**63)
