"""Whether everything that was erased is named by an event that says so."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final

from apps.provenance.services.replay.findings import Finding, Findings
from apps.provenance.services.replay.scopes import Scope
from apps.provenance.services.replay.snapshot import Snapshot

_ERASURES: Final = """SELECT coalesce(e.space_id, 0), (e.payload -> %s)::text FROM audit_event e
WHERE e.action = 'privacy.erased' AND {of_scope} ORDER BY e.id"""
_ERASED: Final = """SELECT o.id, {what} FROM {table} o
LEFT JOIN unnest(%s::bigint[], %s::bigint[], %s::bigint[]) r (space, first, last)
    ON r.space = coalesce(o.{space}, 0) AND o.id BETWEEN r.first AND r.last
WHERE o.erased IS NOT NULL AND {of_scope} AND r.first IS NULL ORDER BY o.id"""


def check_erasures(view: Snapshot, scope: Scope, findings: Findings) -> None:
    """Find private parts that are erased without an event ``privacy.erased`` in their log that
    names them, and note how many are erased."""
    counts = []
    for table, space, key, what in (
        ("audit_event", "space_id", "events", "o.action"),
        ("audit_rowchange", "space", "changes", """o."table" || ' ' || o.row"""),
    ):
        runs = list(_runs(view, scope, key))
        query = _ERASED.format(
            table=table, space=space, what=what, of_scope=scope.holds(f"o.{space}")
        )
        for row, of in view.stream(query, [list(one) for one in zip(*runs, strict=True)] or _NONE):
            sentence = f"What was private in {table} {row} ({of}) is erased; no event tells why."
            findings.add(Finding("erasure", sentence, table, row, "erased"))
        counts.append(
            view.value(
                f"SELECT count(*) FROM {table} o WHERE o.erased IS NOT NULL"
                f" AND {scope.holds(f'o.{space}')}"
            )
        )
    if any(counts):
        findings.notes.append(
            f"What was private is erased of {counts[0]:,} events and {counts[1]:,} changes."
        )


_NONE: Final[list[list[int]]] = [[], [], []]


def _runs(view: Snapshot, scope: Scope, key: str) -> Iterator[tuple[int, int, int]]:
    """Yield which numbers the events say to be erased: the log, the first and the last of a run."""
    query = _ERASURES.format(of_scope=scope.holds("e.space_id"))
    for space, runs in view.stream(query, [key]):
        found = json.loads(runs) if runs is not None else None
        for run in found if isinstance(found, list) else ():
            if _is_run(run):
                yield space, run[0], run[1]


def _is_run(run: Any) -> bool:
    return isinstance(run, list) and len(run) == 2 and all(type(one) is int for one in run)
