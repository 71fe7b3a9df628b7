"""An answer as its page shows it: from the question over the reads to facts, evidence, approval."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Q

from apps.asking.models import Answer, Citation, Question, ReadCall
from apps.asking.selectors import citations_of
from apps.common.highlighting import Highlight
from apps.memory.models import Entity, Evidence, Triple

SHOWN_CANDIDATES = 6
SHOWN_CLOSEST = 5
SHOWN_FACTS = 5


@dataclass(frozen=True)
class Quote:
    """The sentences of a piece of evidence, with the spans to mark in its passage's text.

    ``place`` is the query and fragment that show them on the page of their document.
    """

    text: str
    start: int
    end: int
    spans: tuple[Highlight, ...]
    place: str


@dataclass(frozen=True)
class ShownCitation:
    """A citation and the sentence that it rests on."""

    row: Citation
    quote: Quote | None


@dataclass(frozen=True)
class ShownRead:
    """One memory read: ``first`` candidates are shown, ``rest`` is folded away."""

    row: ReadCall
    first: tuple[dict[str, Any], ...]
    rest: tuple[dict[str, Any], ...]


@dataclass(frozen=True)
class Neighbourhood:
    """What the memory holds now about an entity that a question named."""

    entity: Entity
    facts: tuple[Triple, ...]


@dataclass(frozen=True)
class Trace:
    """Everything that the page of an answered question shows."""

    answer: Answer
    citations: tuple[ShownCitation, ...]
    reads: tuple[ShownRead, ...]
    closest: tuple[dict[str, Any], ...]
    around: tuple[Neighbourhood, ...]


def trace_of(question: Question) -> Trace:
    """Return the trace of an answered question. Raises Answer.DoesNotExist."""
    answer = question.answer
    reads = tuple(_read(row) for row in answer.reads.all())
    citations = tuple(
        ShownCitation(row, quote_of(row.evidence) if row.evidence else None)
        for row in citations_of(answer)
    )
    return Trace(
        answer=answer,
        citations=citations,
        reads=reads,
        closest=_closest(reads) if answer.abstained else (),
        around=_around(question, reads) if answer.abstained else (),
    )


def quote_of(evidence: Evidence) -> Quote:
    """Return the sentences of the evidence with its subject and object marked."""
    passage = evidence.passage

    def span(name: str, label: str) -> Highlight:
        start, end = getattr(evidence, f"{name}_start"), getattr(evidence, f"{name}_end")
        return Highlight(start - passage.start, end - passage.start, name, label=label)

    return Quote(
        text=passage.text,
        start=evidence.sentence_start - passage.start,
        end=evidence.sentence_end - passage.start,
        spans=(span("subject", "subject"), span("object", "object")),
        place=_place(evidence),
    )


def _place(evidence: Evidence) -> str:
    anchor = f"#at-{min(evidence.subject_start, evidence.object_start)}"
    candidates = [decision.candidate_id for decision in evidence.decisions.all()]
    return f"?fact={candidates[0]}{anchor}" if candidates else anchor


def _read(row: ReadCall) -> ShownRead:
    ordered = sorted(
        row.candidates,
        key=lambda one: (not one["accepted"], one["role"], one["distance"], one["name"]),
    )
    return ShownRead(row, tuple(ordered[:SHOWN_CANDIDATES]), tuple(ordered[SHOWN_CANDIDATES:]))


def _closest(reads: tuple[ShownRead, ...]) -> tuple[dict[str, Any], ...]:
    """Return the nearest candidates that were not accepted, each once."""
    refused = {
        (one["role"], one["id"]): one
        for read in reads
        for one in read.row.candidates
        if not one["accepted"]
    }
    nearest = sorted(refused.values(), key=lambda one: (one["distance"], one["name"]))
    return tuple(nearest[:SHOWN_CLOSEST])


def _around(question: Question, reads: tuple[ShownRead, ...]) -> tuple[Neighbourhood, ...]:
    """Return what the memory holds now about the entities that the reads were sure of."""
    sure = dict.fromkeys(
        one["id"]
        for read in reads
        for one in read.row.candidates
        if one["accepted"] and one["role"] == "entity"
    )
    found = Entity.objects.filter(space=question.space_id, pk__in=list(sure)[:2]).defer("embedding")
    around = []
    for entity in found:
        facts = (
            Triple.objects.filter(Q(subject=entity) | Q(object=entity), status=Triple.Status.ACTIVE)
            .select_related("subject", "relation", "object")
            .order_by("-recorded_at", "-pk")[:SHOWN_FACTS]
        )
        if facts:
            around.append(Neighbourhood(entity, tuple(facts)))
    return tuple(around)
