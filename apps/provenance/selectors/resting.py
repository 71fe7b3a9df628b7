"""What rests on a source: a document, an import, a reviewer, or a version of a write head.

A piece of evidence rests on a document when it quotes it, and on a reviewer or a head when every
standing decision on it is theirs. A fact rests on a source through such evidence, and through
decisions of the source that brought no evidence (a fact in somebody's words). It *stays* where
anything else supports it: other evidence, another person's word, or that it was loaded without
review. Otherwise only the source supports it.
"""

# ruff: noqa: S608 - all of each query is written here

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet

from apps.accounts.models import Space, User
from apps.asking.models import Answer, Citation
from apps.curation.models import Decision, Extraction
from apps.memory.models import Evidence, Triple
from apps.provenance.models import Withdrawal
from apps.sources.models import Document

Kind = Withdrawal.Kind


class NoSuchSource(Exception):
    """There is no such document, reviewer or head in this space."""


@dataclass(frozen=True)
class Source:
    """What facts may rest on. ``number`` is that of the document or of the person."""

    space: Space
    kind: Kind
    name: str
    number: int | None = None
    head: str = ""
    version: str = ""

    @property
    def key(self) -> str:
        """What stands in an address: "document:7", "head:encoder:1a2b3c4d"."""
        if self.kind == Kind.HEAD:
            return f"{self.kind}:{self.head}:{self.version}"
        return f"{self.kind}:{self.number}"


@dataclass(frozen=True)
class Resting:
    """What rests on a source, by numbers: facts that only it supports (active ones and such that
    another fact has replaced), facts that stay, and the evidence that would go."""

    active: tuple[int, ...]
    past: tuple[int, ...]
    staying: tuple[int, ...]
    evidence: tuple[int, ...]

    @property
    def going(self) -> tuple[int, ...]:
        return self.active + self.past

    @property
    def facts(self) -> int:
        return len(self.active) + len(self.past) + len(self.staying)


def source_of(space: Space, key: str) -> Source:
    """Return the source of a key. Raises NoSuchSource."""
    kind, _, rest = key.partition(":")
    if kind == Kind.HEAD:
        head, _, version = rest.partition(":")
        runs = Extraction.objects.filter(space=space, head=head, head_version=version)
        if not head or not runs.exists():
            raise NoSuchSource
        return Source(space, Kind.HEAD, f"{head} {version}".strip(), head=head, version=version)
    if not (rest.isascii() and rest.isdecimal() and len(rest) < 19):
        raise NoSuchSource
    number = int(rest)
    if kind == Kind.REVIEWER:
        person = people_of(space).filter(pk=number).first()
        if person is None:
            raise NoSuchSource
        return Source(space, Kind.REVIEWER, person.label, number)
    documents = documents_of(space, is_import=kind == Kind.IMPORT)
    row = documents.filter(pk=number).first() if kind in (Kind.DOCUMENT, Kind.IMPORT) else None
    if row is None:
        raise NoSuchSource
    return Source(space, Kind(kind), row.title, number)


def documents_of(space: Space, *, is_import: bool) -> QuerySet[Document]:
    """Return the documents of a space, or its imported files, the newest first."""
    imported = Q(format=Document.Format.TRIPLES)
    rows = Document.objects.filter(imported if is_import else ~imported, space=space)
    return rows.only("pk", "title", "space_id").order_by("-pk")


def people_of(space: Space) -> QuerySet[User]:
    """Return who ever decided anything in the space."""
    decided = Decision.objects.filter(candidate__space=space).values("actor")
    return User.objects.filter(pk__in=decided).order_by("username")


def heads_of(space: Space) -> list[tuple[str, str]]:
    """Return the heads that read documents of the space, with their versions."""
    runs = Extraction.objects.filter(space=space).exclude(head_version="")
    return list(
        runs.order_by("head", "head_version").values_list("head", "head_version").distinct()
    )


# A duplicate of a merge of entities stands for the fact that it led to.
_STANDS: Final = """
WITH RECURSIVE merged AS (
    SELECT one.key::bigint AS was, one.value::bigint AS now
    FROM memory_entitymerge m CROSS JOIN LATERAL jsonb_each_text(m.duplicates) one
    WHERE m.space_id = %(space)s AND m.undone_at IS NULL
), leads AS (
    SELECT was, now FROM merged
    UNION SELECT l.was, m.now FROM leads l JOIN merged m ON m.was = l.now
), stands AS (
    SELECT was, now FROM leads l WHERE NOT EXISTS (SELECT FROM merged m WHERE m.was = l.now)
)"""
_WITH: Final = (
    _STANDS
    + """, decided AS (
    SELECT coalesce(s.now, d.triple_id) AS triple, d.evidence_id AS evidence,
        coalesce({mine}, false) AS mine
    FROM curation_decision d
    JOIN curation_candidate c ON c.id = d.candidate_id
    LEFT JOIN sources_passage p ON p.id = c.passage_id
    LEFT JOIN curation_extraction x ON x.id = c.extraction_id
    LEFT JOIN stands s ON s.was = d.triple_id
    WHERE c.space_id = %(space)s AND d.triple_id IS NOT NULL AND d.undone_at IS NULL
), going AS (
    {evidence}
), resting AS (
    SELECT triple FROM going
    UNION
    SELECT d.triple FROM decided d WHERE d.mine AND (
        d.evidence IS NULL OR EXISTS (SELECT FROM going g WHERE g.id = d.evidence))
), staying AS (
    SELECT e.triple_id AS triple FROM memory_evidence e JOIN resting r ON r.triple = e.triple_id
    WHERE e.retracted_at IS NULL AND NOT EXISTS (SELECT FROM going g WHERE g.id = e.id)
    UNION
    SELECT d.triple FROM decided d WHERE NOT d.mine AND d.evidence IS NULL
    UNION
    SELECT r.triple FROM resting r WHERE NOT EXISTS (
        SELECT FROM curation_decision d WHERE d.triple_id = r.triple AND d.action <> 'merge'
    ) AND NOT EXISTS (
        SELECT FROM memory_evidence e WHERE e.triple_id = r.triple AND NOT EXISTS (
            SELECT FROM curation_decision d WHERE d.evidence_id = e.id))
)
"""
)
_FACTS: Final = """
SELECT t.id, t.status, s.triple IS NOT NULL FROM memory_triple t
JOIN resting r ON r.triple = t.id LEFT JOIN staying s ON s.triple = t.id
WHERE t.space_id = %(space)s AND t.status <> 'retracted' ORDER BY t.id
"""
_EVIDENCE_OF_DOCUMENT: Final = """
    SELECT e.id, e.triple_id AS triple
    FROM memory_evidence e JOIN sources_passage p ON p.id = e.passage_id
    WHERE p.document_id = %(number)s AND e.space_id = %(space)s AND e.retracted_at IS NULL
"""
_EVIDENCE_OF_DECISIONS: Final = """
    SELECT e.id, e.triple_id AS triple FROM memory_evidence e
    JOIN decided d ON d.evidence = e.id
    WHERE e.retracted_at IS NULL GROUP BY e.id HAVING bool_and(d.mine)
"""
# Evidence that no decision brought is the word of who approved it.
_EVIDENCE_OF_REVIEWER: Final = f"""
    {_EVIDENCE_OF_DECISIONS}
    UNION ALL
    SELECT e.id, e.triple_id FROM memory_evidence e
    WHERE e.approved_by_id = %(number)s AND e.space_id = %(space)s AND e.retracted_at IS NULL
        AND NOT EXISTS (SELECT FROM curation_decision d WHERE d.evidence_id = e.id)
"""
_OF_DOCUMENT: Final = ("p.document_id = %(number)s", _EVIDENCE_OF_DOCUMENT)
_PARTS: Final = {
    Kind.DOCUMENT: _OF_DOCUMENT,
    Kind.IMPORT: _OF_DOCUMENT,
    Kind.REVIEWER: ("d.actor_id = %(number)s", _EVIDENCE_OF_REVIEWER),
    Kind.HEAD: (
        "x.head = %(head)s AND x.head_version = %(version)s",
        _EVIDENCE_OF_DECISIONS,
    ),
}


def resting_on(source: Source) -> Resting:
    """Return what rests on a source now."""
    mine, evidence = _PARTS[source.kind]
    query = _WITH.format(mine=mine, evidence=evidence)
    values = {
        "space": source.space.pk,
        "number": source.number,
        "head": source.head,
        "version": source.version,
    }
    with connection.cursor() as cursor:
        cursor.execute(query + _FACTS, values)
        facts = cursor.fetchall()
        cursor.execute(query + "SELECT id FROM going ORDER BY id", values)
        going = tuple(pk for (pk,) in cursor.fetchall())
    return Resting(
        active=tuple(pk for pk, status, stays in facts if not stays and status == "active"),
        past=tuple(pk for pk, status, stays in facts if not stays and status != "active"),
        staying=tuple(pk for pk, _, stays in facts if stays),
        evidence=going,
    )


_CHANGED: Final = """
SELECT t.id FROM memory_triple t WHERE t.id = ANY(%(facts)s) AND (
    t.recorded_at > %(since)s
    OR EXISTS (SELECT FROM memory_evidence e WHERE e.triple_id = t.id
               AND (e.approved_at > %(since)s OR e.retracted_at > %(since)s))
    OR EXISTS (SELECT FROM curation_decision d WHERE d.triple_id = t.id
               AND (d.created_at > %(since)s OR d.undone_at > %(since)s))
    OR EXISTS (SELECT FROM curation_decision d WHERE d.replaced_id = t.id
               AND (d.created_at > %(since)s OR d.undone_at > %(since)s)))
"""


def changed_since(facts: Sequence[int], since: datetime) -> frozenset[int]:
    """Return which of these facts came, were decided on, or got or lost evidence since then."""
    return _numbers(_CHANGED, {"facts": list(facts), "since": since})


def facts_by_number(numbers: Iterable[int]) -> QuerySet[Triple]:
    """Return facts with the names of their sides, in order."""
    rows = Triple.objects.filter(pk__in=list(numbers))
    return (
        rows.select_related("subject", "relation", "object")
        .defer("subject__embedding", "relation__embedding", "object__embedding")
        .order_by("pk")
    )


def answers_on(space: Space, facts: Sequence[int]) -> QuerySet[Answer]:
    """Return the answers that state one of these facts, the newest first."""
    citing = Citation.objects.filter(answer=OuterRef("pk"), triple__in=list(facts))
    rows = Answer.objects.filter(Exists(citing), question__space=space, abstained=False)
    return rows.select_related("question__asked_by").order_by("-pk")


def supports_of(facts: Sequence[int], going: Sequence[int]) -> dict[int, str]:
    """Return in a few words what supports each of these facts beside evidence that is going."""
    rows = Evidence.objects.filter(triple__in=list(facts), retracted_at=None)
    titles = rows.exclude(pk__in=set(going)).values_list("triple", "passage__document__title")
    found: dict[int, list[str]] = {}
    for pk, title in titles.order_by("pk"):
        found.setdefault(pk, []).append(f"“{title}”")
    return {
        pk: ", ".join(dict.fromkeys(found[pk]))
        if pk in found
        else "the word of a person, or that it was loaded without review"
        for pk in facts
    }


_BORNE_EVIDENCE: Final = """
SELECT e.id FROM memory_evidence e WHERE e.id = ANY(%(evidence)s) AND (
    NOT EXISTS (SELECT FROM curation_decision d WHERE d.evidence_id = e.id)
    OR EXISTS (SELECT FROM curation_decision d
               WHERE d.evidence_id = e.id AND d.undone_at IS NULL))
"""
_BORNE_FACTS: Final = (
    _STANDS
    + """
SELECT t.id FROM memory_triple t WHERE t.id = ANY(%(facts)s) AND EXISTS (
    SELECT FROM memory_evidence e WHERE e.triple_id = t.id AND e.retracted_at IS NULL)
UNION
SELECT d.triple_id FROM curation_decision d
WHERE d.triple_id = ANY(%(facts)s) AND d.undone_at IS NULL AND d.evidence_id IS NULL
UNION
SELECT s.now FROM stands s JOIN curation_decision d ON d.triple_id = s.was
WHERE s.now = ANY(%(facts)s) AND d.undone_at IS NULL AND d.evidence_id IS NULL
"""
)


def borne_evidence(evidence: Sequence[int]) -> frozenset[int]:
    """Return which of these a standing decision bears, or none ever brought."""
    return _numbers(_BORNE_EVIDENCE, {"evidence": list(evidence)})


def borne_facts(space: Space, facts: Sequence[int]) -> frozenset[int]:
    """Return which of these have evidence, or stand by the word of a person."""
    return _numbers(_BORNE_FACTS, {"facts": list(facts), "space": space.pk})


def _numbers(query: str, values: dict[str, Any]) -> frozenset[int]:
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        return frozenset(pk for (pk,) in cursor.fetchall())


def values_of(source: Source) -> dict[str, Any]:
    """Return what a Withdrawal keeps of its source."""
    return {
        "kind": source.kind,
        "name": source.name,
        "head": source.head,
        "head_version": source.version,
        "document_id": source.number if source.kind in (Kind.DOCUMENT, Kind.IMPORT) else None,
        "reviewer_id": source.number if source.kind == Kind.REVIEWER else None,
    }
