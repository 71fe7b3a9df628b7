"""Verification of logs, and of the rows that they tell of, in one view of the database."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from typing import Final

from apps.audit.rows import SEALED
from apps.provenance.notes import Head
from apps.provenance.services.replay.completeness import (
    check_completeness,
    check_site,
    check_watch,
    note_strangers,
)
from apps.provenance.services.replay.erasures import check_erasures
from apps.provenance.services.replay.findings import Finding, Findings, LogResult, Report
from apps.provenance.services.replay.hashing import Hashed, hash_range
from apps.provenance.services.replay.logs import log_row, size_kept, verify_log
from apps.provenance.services.replay.meaning import check_meaning
from apps.provenance.services.replay.processes import hash_ranges_apart
from apps.provenance.services.replay.scopes import ALL, Scope
from apps.provenance.services.replay.snapshot import Snapshot, snapshot
from apps.provenance.services.replay.tables import TableReplay
from apps.provenance.services.replay.trees import LogRow

# Told of each step: what is being done, and how many of how many are done.
Tell = Callable[[str, int, int], None]
# With fewer leaves than that, further processes take longer to start than they save.
WORTH_PROCESSES: Final = 50_000


def verify(
    scope: Scope = ALL,
    *,
    kept: Head | None = None,
    tell: Tell = lambda what, done, of: None,
    view: Snapshot | None = None,
    processes: int = 1,
) -> Report:
    """Verify logs, and every row that they tell of, as the database stands now.

    ``kept`` is what a checkpoint says that somebody kept outside; its log has to be in the scope.
    Everything is read in one snapshot that is opened here, or in the ``view`` of the caller. With
    several ``processes`` the leaves of a large log are made side by side. Memory does not grow with
    the log.
    """
    began = time.monotonic()
    own: AbstractContextManager[Snapshot] = nullcontext(view) if view else snapshot()
    with own as seen:
        findings = Findings()
        apart = processes if view is None else 1
        logs = _verify_logs(seen, scope, kept, findings, tell, apart)
        hashed = time.monotonic()
        check_completeness(seen, scope, findings)
        if scope.everything or scope.space is None:
            check_site(seen, findings)
        check_watch(seen, findings)
        note_strangers(seen, scope, findings)
        check_erasures(seen, scope, findings)
        rows = 0
        for done, sealed in enumerate(SEALED):
            tell(f"rows of {sealed.table}", done, len(SEALED))
            rows += TableReplay(seen, sealed, scope, findings).run()
        tell("what rows mean", len(SEALED), len(SEALED))
        check_meaning(seen, scope, findings)
    return Report(
        logs=tuple(logs),
        findings=tuple(findings.kept),
        counts=dict(findings.counts),
        notes=tuple(findings.notes),
        rows=rows,
        seconds=round(time.monotonic() - began, 3),
        leaf_seconds=round(hashed - began, 3),
        checkpoint=_said_of(kept, logs, findings),
    )


def _verify_logs(
    view: Snapshot, scope: Scope, kept: Head | None, findings: Findings, tell: Tell, processes: int
) -> list[LogResult]:
    query = f"SELECT l.id FROM provenance_log l WHERE {scope.holds('l.space_id')} ORDER BY l.id"
    rows = [log_row(view, log) for (log,) in view.all(query)]
    sizes = {log.id: size_kept(view, log) for log in rows}
    done, total = 0, sum(sizes.values())

    def went_on(leaves: int) -> None:
        nonlocal done
        done += leaves
        tell("events", done, total)

    results = []
    shared = view.share() if processes > 1 and total >= WORTH_PROCESSES else ""
    with view.by_index(), hash_ranges_apart(shared, processes) as apart:

        def here(log: LogRow, ranges: list[tuple[int, int]]) -> Iterator[Hashed]:
            for start, stop in ranges:
                yield hash_range(
                    view, log=log.id, identity=log.identity, space=log.space, start=start, stop=stop
                )

        for log in rows:
            results.append(
                verify_log(
                    view,
                    log,
                    size=sizes[log.id],
                    kept=kept if kept is not None and kept.origin == log.origin else None,
                    hash_ranges=apart or here,
                    findings=findings,
                    tell=went_on,
                )
            )
    if kept is not None and all(kept.origin != log.origin for log in rows):
        sentence = f"The log {kept.origin}, of which a checkpoint was handed over, is not there."
        findings.add(Finding("log", sentence, "provenance_log", None, "identity", kept.origin))
    return results


def _said_of(kept: Head | None, logs: list[LogResult], findings: Findings) -> str:
    """Say how a checkpoint that was kept stands to its log."""
    if kept is None:
        return ""
    own = next((log for log in logs if log.origin == kept.origin), None)
    if own is None or any(one.kind == "contradiction" and one.row is None for one in findings.kept):
        return "contradicts the log"
    behind = own.size - kept.size
    if not behind:
        return "consistent, and as new as the log"
    return f"consistent, and older by {behind:,} {'event' if behind == 1 else 'events'}"
