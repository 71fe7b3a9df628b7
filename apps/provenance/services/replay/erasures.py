"""Whether everything that was erased is named by an event that says so."""

from __future__ import annotations

from apps.provenance.services.replay.findings import Findings
from apps.provenance.services.replay.scopes import Scope
from apps.provenance.services.replay.snapshot import Snapshot


def check_erasures(view: Snapshot, scope: Scope, findings: Findings) -> None:
    """Note how many private parts are erased."""
    events = view.value(
        "SELECT count(*) FROM audit_event e WHERE e.erased IS NOT NULL AND "
        + scope.holds("e.space_id")
    )
    changes = view.value(
        "SELECT count(*) FROM audit_rowchange c WHERE c.erased IS NOT NULL AND "
        + scope.holds("c.space")
    )
    if events or changes:
        findings.notes.append(
            f"What was private is erased of {events:,} events and {changes:,} changes."
        )
