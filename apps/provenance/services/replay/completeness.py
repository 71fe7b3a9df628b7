"""Whether all that was recorded has its place, and every place something that was recorded."""

from __future__ import annotations

from typing import Final

from apps.audit.rows import SEALED
from apps.provenance.services.replay.findings import Finding, Findings
from apps.provenance.services.replay.naming import said
from apps.provenance.services.replay.scopes import Scope
from apps.provenance.services.replay.snapshot import Snapshot

# An event that is older than this has its place, while a worker runs.
GRACE_SECONDS: Final = 60
_UNSEALED = f"""SELECT e.id, e.action,
    e.id <= coalesce((SELECT max(sealed_to) FROM provenance_sequencer), 0)
        OR e.created_at < now() - interval '{GRACE_SECONDS} seconds'
FROM audit_event e LEFT JOIN provenance_entry n ON n.event_id = e.id
WHERE n.id IS NULL AND {{of_scope}} ORDER BY e.id"""
_ORPHANS = """SELECT c.id, c."table", c.row, c.op, c.by FROM audit_rowchange c
LEFT JOIN (SELECT DISTINCT e.transaction, coalesce(e.space_id, 0) AS space FROM audit_event e) o
    ON o.transaction = c.transaction AND o.space = coalesce(c.space, 0)
WHERE o.transaction IS NULL AND {of_scope} ORDER BY c.id"""
_TRIGGERS = """SELECT count(*) FROM pg_trigger t WHERE t.tgrelid = to_regclass(%s)
AND t.tgname IN ('audit_inserted', 'audit_updated', 'audit_deleted')
AND t.tgenabled IN ('O', 'A')"""
_STRANGERS = """SELECT c.by, count(*) FROM audit_rowchange c
WHERE {of_scope} AND c.by <> current_user GROUP BY c.by ORDER BY c.by"""


def check_completeness(view: Snapshot, scope: Scope, findings: Findings) -> None:
    """Find events without a place, and changes of which no event tells."""
    waiting = 0
    for event, action, is_late in view.stream(_UNSEALED.format(of_scope=scope.holds("e.space_id"))):
        if not is_late:
            waiting += 1
            continue
        sentence = f"Event {event} ({action}) has no place in its log."
        findings.add(Finding("unsealed", sentence, "audit_event", event, event=event))
    if waiting:
        some = "1 event is" if waiting == 1 else f"{waiting:,} events are"
        findings.notes.append(f"{some} less than a minute old and not sealed yet.")
    for change, table, row, op, by in view.stream(_ORPHANS.format(of_scope=scope.holds("c.space"))):
        what = said(view, table, row) if findings.has_room("orphan") else f"{table} {row}"
        sentence = (
            f"{what}: no event tells of its {op} by the database role {by} "
            f"(audit_rowchange {change})."
        )
        findings.add(
            Finding("orphan", sentence, table, row, "op", also=(("audit_rowchange", change),))
        )


def check_site(view: Snapshot, scope: Scope, findings: Findings) -> None:
    """Find, where the site is verified, what belongs to no log at all: entries, tiles and
    checkpoints of logs that there are not, and keys of which the log does not tell."""
    if not scope.everything and scope.space is not None:
        return
    for table in ("entry", "tile", "checkpoint"):
        query = f"""SELECT o.id, o.log_id FROM provenance_{table} o
            LEFT JOIN provenance_log l ON l.id = o.log_id WHERE l.id IS NULL"""
        for row, log in view.stream(query):
            sentence = f"provenance_{table} {row} is of a log {log}, which there is not."
            findings.add(Finding("log", sentence, f"provenance_{table}", row, "log_id"))
    _check_keys(view, findings)


def check_deliveries(view: Snapshot, scope: Scope, findings: Findings) -> None:
    """Find checkpoints that were to be brought away and are gone. Of which log they were nobody
    can tell any more, so that each verification says so."""
    for row, checkpoint in view.stream(
        "SELECT min(d.id), d.checkpoint_id FROM provenance_delivery d"
        " LEFT JOIN provenance_checkpoint c ON c.id = d.checkpoint_id WHERE c.id IS NULL"
        " GROUP BY d.checkpoint_id ORDER BY d.checkpoint_id"
    ):
        sentence = f"Checkpoint {checkpoint} of this site is gone; it was brought away or is to be."
        findings.add(
            Finding(
                "checkpoint", sentence, "provenance_checkpoint", checkpoint,
                also=(("provenance_delivery", row),),
            )
        )  # fmt: skip


def check_watch(view: Snapshot, scope: Scope, findings: Findings) -> None:
    """Find tables whose changes are not recorded now."""
    for sealed in SEALED:
        if view.value(_TRIGGERS, [sealed.table]) != 3:
            sentence = f"The triggers that record changes of {sealed.table} are off or gone."
            findings.add(Finding("unwatched", sentence, sealed.table))


def note_strangers(view: Snapshot, scope: Scope, findings: Findings) -> None:
    """Note which other roles of the database have changed rows than the one that asks."""
    for by, count in view.all(_STRANGERS.format(of_scope=scope.holds("c.space"))):
        findings.notes.append(f"The database role {by} wrote {count:,} of the changes.")


def _check_keys(view: Snapshot, findings: Findings) -> None:
    told = """SELECT k.id, encode(k.public, 'hex'), e.id FROM provenance_key k
        LEFT JOIN audit_event e ON e.subject_type = 'provenance.key' AND e.subject_id = k.id
            AND e.action IN ('key.made', 'key.rotated') AND e.space_id IS NULL
            AND (e.erased IS NOT NULL OR e.payload ->> 'after' = encode(k.public, 'hex'))"""
    for row, public, event in view.all(told):
        if event is None:
            sentence = f"No event tells of the key {public[:16]}…, which signs for this site."
            findings.add(Finding("key", sentence, "provenance_key", row, "public", found=public))
    gone = """SELECT e.id, e.subject_id FROM audit_event e
        LEFT JOIN provenance_key k ON k.id = e.subject_id
        WHERE e.action IN ('key.made', 'key.rotated') AND e.space_id IS NULL AND k.id IS NULL"""
    for event, row in view.all(gone):
        sentence = f"The key {row} of which event {event} tells is gone."
        findings.add(Finding("key", sentence, "provenance_key", row, event=event))
