"""Candidates from the triples of an imported file."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import transaction

from apps.accounts.models import Space, User
from apps.audit.services import record
from apps.common.names import normalise_name
from apps.curation.models import Candidate
from apps.curation.services.cited import CitedDocuments
from apps.curation.services.proposals import MAX_NAME, Key
from apps.memory.controller import MemoryController
from apps.memory.models import Entity, Relation
from apps.sources.models import Document, Passage
from apps.sources.passages import FactSpans, Span
from apps.sources.triples import RowError, TripleRow, render
from worker.literals import as_json, parse_literal
from worker.types import ENTITY_TYPES

REPEATED = "it repeats an earlier row"
Placed = tuple[TripleRow, FactSpans]  # a row, and where its names stand in the document
KINDS = {"TIME": Entity.Kind.TIME, "NUM": Entity.Kind.QUANTITY}


@dataclass(frozen=True)
class ImportResult:
    """What became of the rows: candidates to review, and what is wrong with the others."""

    candidates: tuple[Candidate, ...]
    problems: tuple[RowError, ...]


def candidates_import(
    *, space: Space, actor: User, rows: Sequence[TripleRow], document: Document
) -> ImportResult:
    """Propose the rows of a triples document for review, each with its line as evidence.

    Nothing enters the memory. A row whose relation the space does not know, that repeats another
    row, or whose names do not stand in the document's text is reported, not proposed. Calling it
    again with the same document proposes only what is not there yet.
    """
    _, places = render(rows)
    return rows_propose(RowReader(space, actor, document), zip(rows, places, strict=True))


@transaction.atomic
def rows_propose(reader: RowReader, rows: Iterable[Placed]) -> ImportResult:
    """Save a candidate for each row that can be proposed, with one event for all."""
    made: list[Candidate] = []
    problems: list[RowError] = []
    number = 0
    for row, spans in rows:
        number += 1
        outcome = reader.read(row, spans)
        if isinstance(outcome, str):
            problems.append(RowError(row.line, outcome))
        else:
            made.append(outcome)
    Candidate.objects.bulk_create(made, batch_size=1000)
    if made:
        record(
            space=reader.space,
            action="candidate.proposed",
            actor=reader.actor,
            subject=reader.document,
            payload={
                "document": reader.document.pk,
                "rows": number,
                "candidates": [candidate.pk for candidate in made],
            },
        )
    return ImportResult(tuple(made), tuple(problems))


class RowReader:
    """Turns rows into candidates, one after the other."""

    def __init__(self, space: Space, actor: User, document: Document) -> None:
        self.space, self.actor, self.document = space, actor, document
        self._passages = list(document.passages.order_by("start"))
        self._starts = [passage.start for passage in self._passages]
        self._memory = MemoryController(space)
        self._cited = CitedDocuments(space, without=document)
        self._relations: dict[str, Relation | None] = {}
        self._seen: set[Key] = set(
            Candidate.objects.filter(passage__document=document).values_list(
                "relation_id", "subject_start", "object_start"
            )
        )
        self._said: set[tuple[str, int, str]] = set()

    def read(self, row: TripleRow, spans: FactSpans) -> Candidate | str:
        """Return the unsaved candidate, or what is wrong with the row."""
        fit = self._fit(row, spans)
        return fit if isinstance(fit, str) else self._candidate(row, spans, *fit)

    def problem(self, row: TripleRow, spans: FactSpans) -> str:
        """Return what is wrong with the row; empty where it can be proposed."""
        fit = self._fit(row, spans)
        return fit if isinstance(fit, str) else ""

    def _fit(self, row: TripleRow, spans: FactSpans) -> tuple[Relation, Passage] | str:
        """Return the relation and the passage of a row, or what is wrong with it; each is counted
        as seen."""
        relation = self._relation(row.relation)
        if relation is None:
            return f"the space has no relation “{row.relation}” in use"
        said = (normalise_name(row.subject), relation.pk, normalise_name(row.object))
        if said in self._said:
            return REPEATED
        for name, span in ((row.subject, spans.subject), (row.object, spans.object)):
            if len(normalise_name(name)) > MAX_NAME:
                return "a name is too long"
            if self.document.text[span.start : span.end] != name:
                return f"“{name}” does not stand at its place in the document"
        passage = self._passage(spans)
        if passage is None:
            return "its line is cut in two"
        key = (relation.pk, spans.subject.start, spans.object.start)
        if key in self._seen:
            return "it is proposed already"
        self._said.add(said)
        self._seen.add(key)
        return relation, passage

    def _candidate(
        self, row: TripleRow, spans: FactSpans, relation: Relation, passage: Passage
    ) -> Candidate:
        subject_type, object_type = _type(row.subject_type), _type(row.object_type)
        object_kind = KINDS.get(object_type, Entity.Kind.ITEM)
        cited = self._cited.find(row.source, row.subject, row.object) if row.source else None
        line = spans.sentence
        sentence = Span(max(line.start, passage.start), min(line.end, passage.end))
        return Candidate(
            space=self.space,
            origin=Candidate.Origin.IMPORT,
            proposed_by=self.actor,
            passage=passage,
            subject_text=row.subject,
            subject_type=subject_type,
            relation=relation,
            object_text=row.object,
            object_type=object_type,
            object_kind=object_kind,
            object_value=as_json(parse_literal(row.object, object_kind), row.object),
            **spans._replace(sentence=sentence).fields(),
            valid_from=row.valid_from,
            valid_to=row.valid_to,
            row=row.line,
            cited=cited.document if cited else None,
            cited_start=cited.start if cited else None,
            cited_end=cited.end if cited else None,
        )

    def _relation(self, name: str) -> Relation | None:
        if name not in self._relations:
            found = self._memory.resolve_relation(name).relation
            self._relations[name] = found if found and found.retired_at is None else None
        return self._relations[name]

    def _passage(self, spans: FactSpans) -> Passage | None:
        """Return the passage that holds both names."""
        first = min(spans.subject.start, spans.object.start)
        last = max(spans.subject.end, spans.object.end)
        place = bisect_right(self._starts, first) - 1
        if place < 0 or last > self._passages[place].end:
            return None
        return self._passages[place]


def _type(name: str) -> str:
    name = name.strip().upper()
    return name if name in ENTITY_TYPES else ""
