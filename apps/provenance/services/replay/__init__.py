"""Replay: what stands in the database against what the sealed log says of it."""

from apps.provenance.services.replay.findings import KINDS, Finding, LogResult, Report
from apps.provenance.services.replay.scopes import ALL, SITE, Scope, of_space
from apps.provenance.services.replay.snapshot import Snapshot, snapshot, view_of_caller
from apps.provenance.services.replay.verifying import verify

__all__ = [
    "ALL",
    "KINDS",
    "SITE",
    "Finding",
    "LogResult",
    "Report",
    "Scope",
    "Snapshot",
    "of_space",
    "snapshot",
    "verify",
    "view_of_caller",
]
