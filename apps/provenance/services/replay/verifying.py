"""Verification of logs, and of the rows that they tell of, in one view of the database."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Final

from apps.provenance.notes import Head
from apps.provenance.services.replay.checks import CHECKS
from apps.provenance.services.replay.findings import Finding, Findings, LogResult, Report
from apps.provenance.services.replay.kept import HANDED_OVER, read_remembered
from apps.provenance.services.replay.logs import HashRanges, log_row, size_kept, verify_log
from apps.provenance.services.replay.processes import together
from apps.provenance.services.replay.scopes import ALL, Scope
from apps.provenance.services.replay.snapshot import Snapshot, snapshot
from apps.provenance.services.replay.trees import LogRow, Signed

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
    several ``processes`` the leaves of large logs, and the checks, are worked through side by side.
    Memory does not grow with the log.
    """
    began = time.monotonic()
    own: AbstractContextManager[Snapshot] = nullcontext(view) if view else snapshot()
    findings, rows = Findings(), 0
    # Before the snapshot: what is signed meanwhile stands for more than that shows.
    outside = read_remembered(scope, findings)
    if kept is not None:
        outside.append((kept.origin, Signed(None, kept.size, kept.root, HANDED_OVER)))
    with own as seen:
        logs = [log_row(seen, log) for log in _logs(seen, scope)]
        sizes = {log.id: size_kept(seen, log) for log in logs}
        shared = ""
        if view is None and processes > 1 and sum(sizes.values()) >= WORTH_PROCESSES:
            shared = seen.share()
        with together(seen, shared, processes, scope) as work:
            with seen.by_index():
                results = _verify_logs(seen, logs, sizes, outside, work.hash_ranges, findings, tell)
            hashed = time.monotonic()
            for done, name in enumerate(CHECKS):
                tell(name, done, len(CHECKS))
                found, told = work.check(name)
                findings.take(found)
                rows += told
    return Report(
        logs=tuple(results),
        findings=tuple(findings.kept),
        counts=dict(findings.counts),
        notes=tuple(findings.notes),
        rows=rows,
        seconds=round(time.monotonic() - began, 3),
        leaf_seconds=round(hashed - began, 3),
        checkpoint=_said_of(kept, results, findings),
    )


def _logs(view: Snapshot, scope: Scope) -> list[int]:
    query = f"SELECT l.id FROM provenance_log l WHERE {scope.holds('l.space_id')} ORDER BY l.id"
    return [log for (log,) in view.all(query)]


def _verify_logs(
    view: Snapshot,
    logs: list[LogRow],
    sizes: dict[int, int],
    outside: list[tuple[str, Signed]],
    hash_ranges: HashRanges,
    findings: Findings,
    tell: Tell,
) -> list[LogResult]:
    done, total = 0, sum(sizes.values())

    def went_on(leaves: int) -> None:
        nonlocal done
        done += leaves
        tell("events", done, total)

    results = [
        verify_log(
            view,
            log,
            size=sizes[log.id],
            kept=[signed for origin, signed in outside if origin == log.origin],
            hash_ranges=hash_ranges,
            findings=findings,
            tell=went_on,
        )
        for log in logs
    ]
    for origin in {origin for origin, _ in outside} - {log.origin for log in logs}:
        sentence = f"The log {origin}, of which there is a checkpoint, is not there."
        findings.add(Finding("log", sentence, "provenance_log", None, "identity", origin))
    return results


def _said_of(kept: Head | None, logs: list[LogResult], findings: Findings) -> str:
    """Say how a checkpoint that was kept stands to its log."""
    if kept is None:
        return ""
    own = next((log for log in logs if log.origin == kept.origin), None)
    if own is None or any(
        one.kind == "contradiction" and one.expected == kept.root.hex() for one in findings.kept
    ):
        return "contradicts the log"
    behind = own.size - kept.size
    if not behind:
        return "consistent, and as new as the log"
    return f"consistent, and older by {behind:,} {'event' if behind == 1 else 'events'}"
