"""What people call the rows that a finding is about, and which event told of them last."""

from __future__ import annotations

from typing import Any, Final

from apps.provenance.services.replay.findings import short
from apps.provenance.services.replay.snapshot import Snapshot

_FACT: Final = """concat_ws(' / ', (SELECT name FROM memory_entity WHERE id = t.subject_id),
    (SELECT name FROM memory_relation WHERE id = t.relation_id),
    (SELECT name FROM memory_entity WHERE id = t.object_id))"""
_CANDIDATE: Final = """concat_ws(' / ', c.subject_text,
    (SELECT name FROM memory_relation WHERE id = c.relation_id), c.object_text)"""
# What a row of a table is, and the SQL for its name.
_NAMED: Final = {
    "accounts_user": ("person", "SELECT username FROM accounts_user WHERE id = %s"),
    "accounts_space": ("space", "SELECT name FROM accounts_space WHERE id = %s"),
    "accounts_membership": (
        "role",
        "SELECT concat_ws(' as ', (SELECT username FROM accounts_user WHERE id = m.user_id),"
        " m.role) FROM accounts_membership m WHERE id = %s",
    ),
    "accounts_invitation": ("invitation", "SELECT label FROM accounts_invitation WHERE id = %s"),
    "sources_document": ("document", "SELECT title FROM sources_document WHERE id = %s"),
    "sources_passage": (
        "passage",
        "SELECT d.title FROM sources_passage p JOIN sources_document d ON d.id = p.document_id"
        " WHERE p.id = %s",
    ),
    "memory_entity": ("entity", "SELECT name FROM memory_entity WHERE id = %s"),
    "memory_alias": ("other name", "SELECT name FROM memory_alias WHERE id = %s"),
    "memory_relation": ("relation", "SELECT name FROM memory_relation WHERE id = %s"),
    "memory_triple": ("fact", f"SELECT {_FACT} FROM memory_triple t WHERE t.id = %s"),
    "memory_evidence": (
        "evidence of",
        f"SELECT {_FACT} FROM memory_evidence v JOIN memory_triple t ON t.id = v.triple_id"
        " WHERE v.id = %s",
    ),
    "curation_candidate": (
        "candidate",
        f"SELECT {_CANDIDATE} FROM curation_candidate c WHERE c.id = %s",
    ),
    "curation_decision": (
        "decision on",
        f"SELECT {_CANDIDATE} FROM curation_decision d"
        " JOIN curation_candidate c ON c.id = d.candidate_id WHERE d.id = %s",
    ),
    "asking_question": ("question", "SELECT text FROM asking_question WHERE id = %s"),
}  # fmt: skip
_TOLD = """SELECT e.id, e.action, to_char(e.created_at AT TIME ZONE 'UTC', 'DD Mon YYYY HH24:MI')
FROM audit_rowchange c JOIN audit_event e
    ON e.transaction = c.transaction AND e.space_id IS NOT DISTINCT FROM c.space
WHERE c.id = %s ORDER BY e.id < c.id, abs(e.id - c.id) LIMIT 1"""


def kind_of(table: str) -> str:
    """Return what a row of a table is: "fact"."""
    return _NAMED.get(table, (f"row of {table}", ""))[0]


def name_of(view: Snapshot, table: str, row: int) -> str:
    """Return what people call a row; empty where it has no name or is gone."""
    query = _NAMED.get(table, ("", ""))[1]
    return short(view.value(query, [row]) or "") if query else ""


def said(view: Snapshot, table: str, row: int) -> str:
    """Return a row for a sentence: "The fact Ada Brook / place of birth / Lindenau (memory_triple
    12)"."""
    name = name_of(view, table, row)
    return f"The {kind_of(table)} {name} ({table} {row})" if name else f"{table} {row}"


def told_by(view: Snapshot, change: int) -> tuple[int | None, str]:
    """Return the number of the event that a change belongs to, and that event for a sentence."""
    row: tuple[Any, ...] | None = view.one(_TOLD, [change])
    if row is None:
        return None, f"change {change}, of which no event tells"
    return row[0], f"event {row[0]}, {row[1]} of {row[2]}"
