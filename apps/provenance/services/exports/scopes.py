"""Which facts an export is about, as a condition of SQL, and how much that is."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Any, Final

from django.db import connection
from django.db.models import QuerySet

from apps.accounts.models import User
from apps.asking.models import Question
from apps.memory.models import Entity
from apps.provenance.models import Export
from apps.sources.models import Document


@dataclass(frozen=True)
class Chosen:
    """What of a space is asked for: see ``Export``, whose fields these are."""

    space: int
    scope: str
    number: int | None = None
    version: str = ""
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True)
class Counts:
    """How much an export holds. ``events`` are those of the log that are about it."""

    facts: int
    evidence: int
    decisions: int
    documents: int
    answers: int
    events: int


_IN_PERIOD: Final = "{0} >= %(since)s AND {0} < %(after)s"
# Of the fact ``t``.
_CONDITIONS: Final[dict[str, str]] = {
    Export.Scope.SPACE: "TRUE",
    Export.Scope.PERIOD: f"""(({_IN_PERIOD.format("t.recorded_at")})
        OR ({_IN_PERIOD.format("t.retracted_at")})
        OR EXISTS (SELECT FROM curation_decision d WHERE d.triple_id = t.id
                   AND {_IN_PERIOD.format("d.created_at")})
        OR EXISTS (SELECT FROM curation_decision d WHERE d.replaced_id = t.id
                   AND {_IN_PERIOD.format("d.created_at")}))""",  # noqa: S608 all of it is ours
    Export.Scope.DOCUMENT: """EXISTS (SELECT FROM memory_evidence e
        JOIN sources_passage p ON p.id = e.passage_id
        WHERE e.triple_id = t.id AND p.document_id = %(number)s)""",
    Export.Scope.ENTITY: "(t.subject_id = %(number)s OR t.object_id = %(number)s)",
    Export.Scope.REVIEWER: """(EXISTS (SELECT FROM memory_evidence e
            WHERE e.triple_id = t.id AND e.approved_by_id = %(number)s)
        OR EXISTS (SELECT FROM curation_decision d
            WHERE d.triple_id = t.id AND d.actor_id = %(number)s)
        OR EXISTS (SELECT FROM curation_decision d
            WHERE d.replaced_id = t.id AND d.actor_id = %(number)s))""",
    Export.Scope.HEAD: """EXISTS (SELECT FROM curation_decision d
        JOIN curation_candidate c ON c.id = d.candidate_id
        JOIN curation_extraction x ON x.id = c.extraction_id
        WHERE d.triple_id = t.id AND x.head_version = %(version)s)""",
    Export.Scope.ANSWER: """EXISTS (SELECT FROM asking_citation c
        JOIN asking_answer a ON a.id = c.answer_id
        WHERE c.triple_id = t.id AND a.question_id = %(number)s)""",
}
# What is decided on a fact: what let it in, added to it, replaced or ended it, or kept it.
DECISIONS: Final = """SELECT d.id FROM curation_decision d WHERE d.triple_id = {0}
    UNION SELECT d.id FROM curation_decision d WHERE d.replaced_id = {0}
    UNION SELECT d.id FROM curation_decision d JOIN curation_candidate c ON c.id = d.candidate_id
    WHERE c.against_id = {0} AND d.action = 'keep'"""
_ABOUT: Final = """SELECT count(*) FROM audit_event v WHERE v.space_id = %(space)s AND (
    (v.subject_type = 'memory.triple' AND v.subject_id IN (SELECT id FROM chosen))
    OR (v.subject_type = 'memory.evidence' AND v.subject_id IN (SELECT id FROM proof))
    OR (v.subject_type = 'curation.candidate' AND v.subject_id IN (SELECT candidate_id FROM said)))
"""
_ALL_EVENTS: Final = "SELECT count(*) FROM audit_event v WHERE v.space_id = %(space)s"
_COUNTS: Final = """
WITH chosen AS MATERIALIZED (SELECT t.id FROM memory_triple t WHERE {where}),
proof AS MATERIALIZED (SELECT e.id, p.document_id FROM memory_evidence e
    JOIN sources_passage p ON p.id = e.passage_id WHERE e.triple_id IN (SELECT id FROM chosen)),
said AS MATERIALIZED (SELECT d.id, d.candidate_id FROM curation_decision d
    JOIN curation_candidate c ON c.id = d.candidate_id
    WHERE d.triple_id IN (SELECT id FROM chosen) OR d.replaced_id IN (SELECT id FROM chosen)
    OR (c.against_id IN (SELECT id FROM chosen) AND d.action = 'keep'))
SELECT (SELECT count(*) FROM chosen), (SELECT count(*) FROM proof), (SELECT count(*) FROM said),
    (SELECT count(DISTINCT document_id) FROM proof),
    (SELECT count(DISTINCT c.answer_id) FROM asking_citation c
     WHERE c.triple_id IN (SELECT id FROM chosen)),
    ({events})
"""


def where(chosen: Chosen) -> tuple[str, dict[str, Any]]:
    """Return the condition that a fact ``t`` is asked for, and its parameters."""
    parameters = asdict(chosen)
    if chosen.until:
        parameters["after"] = chosen.until + timedelta(days=1)
    return f"t.space_id = %(space)s AND {_CONDITIONS[chosen.scope]}", parameters


def counts_of(chosen: Chosen) -> Counts:
    """Return how much there is of what is asked for, now."""
    condition, parameters = where(chosen)
    events = _ALL_EVENTS if chosen.scope == Export.Scope.SPACE else _ABOUT
    with connection.cursor() as cursor:
        cursor.execute(_COUNTS.format(where=condition, events=events), parameters)
        return Counts(*cursor.fetchone())


def chosen_of(export: Export) -> Chosen:
    """Return what an export is about."""
    return Chosen(
        space=export.space_id,
        scope=export.scope,
        number=export.number,
        version=export.version,
        since=export.since,
        until=export.until,
    )


def described(export: Export) -> str:
    """Return in words what an export is about."""
    space, number = export.space_id, export.number or 0
    if export.scope == Export.Scope.PERIOD:
        return f"{export.since} to {export.until}"
    if export.scope == Export.Scope.DOCUMENT:
        return _name(Document.objects.filter(space=space, pk=number), "title", "document")
    if export.scope == Export.Scope.ENTITY:
        return _name(Entity.objects.filter(space=space, pk=number), "name", "entity")
    if export.scope == Export.Scope.ANSWER:
        return _name(Question.objects.filter(space=space, pk=number), "text", "question")
    if export.scope == Export.Scope.REVIEWER:
        person = User.objects.filter(pk=number).first()
        return f"reviewed by {person.label}" if person else "a reviewer"
    if export.scope == Export.Scope.HEAD:
        return f"read by {export.version}"
    return Export.Scope(export.scope).label


def _name(rows: QuerySet[Any], field: str, what: str) -> str:
    found = rows.values_list(field, flat=True).first()
    return f"{what} “{found}”" if found else f"a {what} that is gone"
