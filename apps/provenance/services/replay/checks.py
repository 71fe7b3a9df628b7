"""What is verified beside the leaves, as single checks that may run side by side."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from apps.audit.rows import SEALED, Sealed
from apps.provenance.services.replay.completeness import (
    check_completeness,
    check_deliveries,
    check_site,
    check_watch,
    note_strangers,
)
from apps.provenance.services.replay.erasures import check_erasures
from apps.provenance.services.replay.findings import Findings
from apps.provenance.services.replay.meaning import check_meaning
from apps.provenance.services.replay.scopes import Scope
from apps.provenance.services.replay.snapshot import Snapshot
from apps.provenance.services.replay.tables import TableReplay

# A check finds what it finds, and returns of how many rows the log tells.
Check = Callable[[Snapshot, Scope, Findings], int]


def _rows_of(sealed: Sealed) -> Check:
    return lambda view, scope, findings: TableReplay(view, sealed, scope, findings).run()


def _without_rows(check: Callable[[Snapshot, Scope, Findings], None]) -> Check:
    def run(view: Snapshot, scope: Scope, findings: Findings) -> int:
        check(view, scope, findings)
        return 0

    return run


# By what they are called while they run.
CHECKS: Final[dict[str, Check]] = {
    "that nothing is missing": _without_rows(check_completeness),
    "keys": _without_rows(check_site),
    "checkpoints that left the house": _without_rows(check_deliveries),
    "that changes are recorded": _without_rows(check_watch),
    "who wrote": _without_rows(note_strangers),
    "erasures": _without_rows(check_erasures),
    **{f"rows of {sealed.table}": _rows_of(sealed) for sealed in SEALED},
    "what rows mean": _without_rows(check_meaning),
}


def run_check(view: Snapshot, name: str, scope: Scope) -> tuple[Findings, int]:
    """Run a check, and return what it found and of how many rows the log tells."""
    findings = Findings()
    return findings, CHECKS[name](view, scope, findings)
