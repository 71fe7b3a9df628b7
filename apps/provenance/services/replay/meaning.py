"""Whether rows that the log tells of fit each other."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter
from typing import Any, Final

from apps.common.names import normalise_name
from apps.provenance.services.replay.findings import Finding, Findings, short
from apps.provenance.services.replay.naming import said
from apps.provenance.services.replay.scopes import Scope
from apps.provenance.services.replay.snapshot import Snapshot

NAMED: Final = ("memory_entity", "memory_alias", "memory_relation")
# Facts that came with a decision, of which neither a decision nor evidence stands.
_UNDECIDED = """SELECT t.id FROM memory_triple t WHERE t.status = 'active' AND {of_scope}
    AND NOT EXISTS (SELECT FROM curation_decision d
        WHERE d.triple_id = t.id AND d.undone_at IS NULL)
    AND NOT EXISTS (SELECT FROM memory_evidence v
        WHERE v.triple_id = t.id AND v.retracted_at IS NULL)
    AND EXISTS (SELECT FROM audit_rowchange c JOIN audit_event e ON e.transaction = c.transaction
        AND e.space_id IS NOT DISTINCT FROM c.space AND e.action LIKE 'candidate.%%'
        WHERE c."table" = 'memory_triple' AND c.row = t.id AND c.op = 'insert')
ORDER BY t.id"""
_QUOTED = """SELECT p.document_id, v.id, v.sentence_start, v.sentence_end, p.start, p.text
FROM memory_evidence v JOIN sources_passage p ON p.id = v.passage_id
WHERE {of_scope} ORDER BY p.document_id, p.id, v.id"""


def check_meaning(view: Snapshot, scope: Scope, findings: Findings) -> None:
    """Find evidence that is not what its document says at that place, names that are not found by
    what they are, and facts that nobody decided."""
    for found in (
        _misquoted(view, scope),
        _misnamed(view, scope),
        _undecided(view, scope, findings),
    ):
        findings.add_all(found)


def _misquoted(view: Snapshot, scope: Scope) -> Iterator[Finding]:
    query = _QUOTED.format(of_scope=scope.holds("v.space_id"))
    for document, rows in groupby(view.stream(query), key=itemgetter(0)):
        text = view.value("SELECT text FROM sources_document WHERE id = %s", [document]) or ""
        for _, evidence, start, end, begins, passage in rows:
            if not passage and not text:  # the document was erased
                continue
            quoted, there = passage[start - begins : end - begins], text[start:end]
            if quoted != there or not 0 <= start - begins <= end - begins <= len(passage):
                yield Finding(
                    "meaning",
                    f"Evidence {evidence} is not what document {document} says at that place.",
                    "memory_evidence", evidence, "sentence_start", short(there), short(quoted),
                    also=(("sources_document", document),),
                )  # fmt: skip


def _misnamed(view: Snapshot, scope: Scope) -> Iterator[Finding]:
    for table in NAMED:
        query = f"""SELECT r.id, r.name, r.normalised FROM {table} r
            WHERE {scope.holds("r.space_id")}"""
        for row, name, normalised in view.stream(query):
            expected = normalise_name(name)
            if normalised != expected:
                yield Finding(
                    "meaning",
                    f"{said(view, table, row)} is found as “{short(normalised)}”, and has to be "
                    f"found as “{short(expected)}”.",
                    table, row, "normalised", short(expected), short(normalised), name=short(name),
                )  # fmt: skip


def _undecided(view: Snapshot, scope: Scope, findings: Findings) -> Iterator[Finding]:
    rows: Iterator[tuple[Any, ...]] = view.stream(
        _UNDECIDED.format(of_scope=scope.holds("t.space_id"))
    )
    for (row,) in rows:
        what = said(view, "memory_triple", row) if findings.has_room("meaning") else str(row)
        sentence = f"{what} holds, and neither a decision nor evidence of it does."
        yield Finding("meaning", sentence, "memory_triple", row, "status", found="active")
