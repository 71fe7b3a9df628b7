"""Row changes for people: which row, and what stood there before and after, with names for the
numbers of other rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from apps.accounts.models import User
from apps.audit.models import RowChange
from apps.memory.models import Entity, Relation
from apps.provenance.canonical import ChangeRow, parsed
from apps.provenance.details import Line, Piece, address, day_said, label
from apps.sources.models import Document

# Table: what a row of it is called, and its page.
TABLES: Final = {
    "accounts_invitation": ("Invitation", ""),
    "accounts_membership": ("Role", ""),
    "accounts_space": ("Space", ""),
    "accounts_user": ("Person", ""),
    "asking_answer": ("Answer", ""),
    "asking_answerconfirmation": ("Confirmation", ""),
    "asking_answermark": ("Mark on an answer", ""),
    "asking_citation": ("Citation", ""),
    "asking_conversation": ("Conversation", ""),
    "asking_misreading": ("Misreading", ""),
    "asking_question": ("Question", "asking:question"),
    "asking_readingchoice": ("Choice of a reading", ""),
    "asking_readcall": ("Read of the memory", ""),
    "curation_batch": ("Batch", "curation:batch"),
    "curation_candidate": ("Candidate", "curation:candidate-detail"),
    "curation_decision": ("Decision", ""),
    "curation_extraction": ("Extraction", ""),
    "curation_passageextraction": ("Passage read", ""),
    "curation_relationproposal": ("Proposed relation", ""),
    "curation_rowimport": ("Import", ""),
    "curation_unstated": ("Unstated", ""),
    "memory_alias": ("Other name", ""),
    "memory_entity": ("Entity", "memory:entity"),
    "memory_entitymerge": ("Merge", ""),
    "memory_evidence": ("Evidence", ""),
    "memory_relation": ("Relation", "memory:relation-edit"),
    "memory_triple": ("Fact", "facts:triple"),
    "provenance_withdrawal": ("Withdrawal", "provenance:withdrawal"),
    "provenance_withdrawnrow": ("Withdrawn row", ""),
    "sources_document": ("Document", "sources:document"),
    "sources_passage": ("Passage", ""),
}
OPS: Final = {
    RowChange.Op.INSERT: "new",
    RowChange.Op.UPDATE: "changed",
    RowChange.Op.DELETE: "removed",
    RowChange.Op.ADOPT: "as it stood",
}
# Columns with the number of another row: the table of that row.
_ENTITIES: Final = ("entity_id", "merged_into_id", "object_id", "source_id", "subject_id")
_PEOPLE: Final = (
    "actor_id", "added_by_id", "approved_by_id", "asked_by_id", "chosen_by_id", "confirmed_by_id",
    "created_by_id", "decided_by_id", "marked_by_id", "noted_by_id", "proposed_by_id",
    "requested_by_id", "reviewer_id", "reworded_by_id", "undone_by_id", "user_id",
)  # fmt: skip
POINTS: Final = {
    **dict.fromkeys((*_ENTITIES, "object_entity_id", "subject_entity_id", "target_id", "topic_id"),
                    "memory_entity"),
    **dict.fromkeys(_PEOPLE, "accounts_user"),
    **dict.fromkeys(("against_id", "replaced_id", "replaces_id", "superseded_by_id", "triple_id"),
                    "memory_triple"),
    **dict.fromkeys(("inverse_id", "relation_id"), "memory_relation"),
    "along_with_id": "curation_decision",
    "batch_id": "curation_batch",
    "candidate_id": "curation_candidate",
    "cited_id": "sources_document",
    "decision_id": "curation_decision",
    "document_id": "sources_document",
    "evidence_id": "memory_evidence",
    "extraction_id": "curation_extraction",
    "asked_again_id": "asking_question",
    "question_id": "asking_question",
    "withdrawal_id": "provenance_withdrawal",
}  # fmt: skip
# What columns are called beside keys of payloads that have their names.
COLUMNS: Final = {
    "action": "Action",
    "against_id": "Fact that it denies",
    "before": "As it was proposed",
    "own_proposal": "Decided by its proposer",
    "triple_id": "Fact",
    "valid_to": "First day on which it no longer holds",
}
# Said by the heading, or by nothing that anybody reads.
_SKIPPED: Final = frozenset({"id", "space_id", "version"})
_NAMED: Final = {
    "accounts_user": (User, "username"),
    "memory_entity": (Entity, "name"),
    "memory_relation": (Relation, "name"),
    "sources_document": (Document, "title"),
}
Names = dict[tuple[str, int], str]


@dataclass(frozen=True)
class ShownChange:
    """A changed row: its name ("Fact 9"), its page, what happened to it, and its columns."""

    title: str
    href: str
    op: str
    by: str
    is_erased: bool
    lines: tuple[Line, ...] = field(default=())


def changes_shown(changes: Sequence[ChangeRow], slug: str) -> list[ShownChange]:
    """Return changes as a page lists them; names of other rows are those of today."""
    columns = [list(_columns(change)) for change in changes]
    names = _names((name, one) for row in columns for name, *both in row for one in both)
    return [_shown(change, row, names, slug) for change, row in zip(changes, columns, strict=True)]


def _columns(change: ChangeRow) -> Iterator[tuple[str, Any, Any]]:
    """Yield name, before and after of the columns that say something."""
    before = (parsed(change.before) or {}) | (parsed(change.private_before) or {})
    after = (parsed(change.after) or {}) | (parsed(change.private_after) or {})
    for name in sorted(before.keys() | after.keys()):
        old, new = before.get(name), after.get(name)
        if name not in _SKIPPED and old != new:
            yield name, old, new


def _names(pointers: Iterable[tuple[str, Any]]) -> Names:
    wanted: dict[str, set[int]] = {}
    for name, value in pointers:
        table = POINTS.get(name, "")
        if table in _NAMED and isinstance(value, int):
            wanted.setdefault(table, set()).add(value)
    found: Names = {}
    for table, numbers in wanted.items():
        model, column = _NAMED[table]
        for pk, words in model.objects.filter(pk__in=numbers).values_list("pk", column):  # type: ignore[attr-defined]
            found[table, pk] = words
    return found


def _shown(
    change: ChangeRow, columns: list[tuple[str, Any, Any]], names: Names, slug: str
) -> ShownChange:
    noun, page = TABLES.get(change.table, (change.table, ""))
    lines = tuple(_lines(change, columns, names, slug))
    return ShownChange(
        title=f"{noun} {change.row}",
        href=address(page, slug, change.row) if page else "",
        op=OPS.get(RowChange.Op(change.op), change.op),
        by=change.by,
        is_erased=change.erased is not None,
        lines=lines,
    )


def _lines(
    change: ChangeRow, columns: list[tuple[str, Any, Any]], names: Names, slug: str
) -> Iterator[Line]:
    for name, old, new in columns:
        before, after = _piece(name, old, names, slug), _piece(name, new, names, slug)
        if change.op == RowChange.Op.UPDATE:
            yield Line(
                column_label(name), (after or Piece("none"),), (before or Piece("none")).text, True
            )
        elif said := before or after:
            yield Line(column_label(name), (said,))


def column_label(name: str) -> str:
    """Return the name of a column for people."""
    return COLUMNS.get(name) or label(name)


def _piece(name: str, value: Any, names: Names, slug: str) -> Piece | None:
    """Return a value for people; None for one that says nothing."""
    if value is None or value == "" or value == [] or value == {}:
        return None
    table = POINTS.get(name)
    if table is None or not isinstance(value, int):
        return Piece(_said(name, value))
    noun, page = TABLES[table]
    words = names.get((table, value))
    text = f"{words} (no. {value})" if words else f"{noun.lower()} {value}"
    return Piece(text, address(page, slug, value) if page else "")


def _said(name: str, value: Any) -> str:
    """Return a value in words; nothing for what is empty."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(filter(None, (_said(name, one) for one in value)))
    if isinstance(value, dict):
        said = ((label(key), _said(key, one)) for key, one in value.items())
        return "; ".join(f"{key}: {words}" for key, words in said if words)
    if name.endswith("_at") and isinstance(value, str):
        return f"{day_said(value)}, {value[11:19]} UTC"
    return day_said(str(value)) if name.startswith("valid_") else str(value)
