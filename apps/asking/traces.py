"""An answer as its page shows it: from the question over the reads to facts, evidence, approval."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Q

from apps.asking.models import Answer, AnswerTrial, AttendedMemory, Citation, Question, ReadCall
from apps.asking.selectors import (
    approval_of,
    author_of,
    best_evidence,
    citations_of,
    decisions_without_evidence,
    row_source_of,
    standing_decisions,
)
from apps.common.highlighting import Highlight
from apps.curation.models import Candidate
from apps.curation.selectors import RowSource
from apps.memory.controller.wording import statement_of
from apps.memory.models import Entity, Evidence, Triple
from apps.sources.models import Document
from apps.sources.passages import FactSpans, Span

SHOWN_CANDIDATES = 6
SHOWN_CLOSEST = 5
SHOWN_FACTS = 5


@dataclass(frozen=True)
class Quote:
    """The sentences of a piece of evidence, with the spans to mark in its passage's text.

    ``place`` is the query and fragment that show them on the page of their document, ``notes``
    what a reviewer chose that the sentence need not say. With a
    ``row_source`` the text is a row of an imported file and no sentence. ``erased`` says that the
    document was, and there is no text.
    """

    text: str
    start: int
    end: int
    spans: tuple[Highlight, ...]
    place: str
    notes: tuple[str, ...] = ()
    row_source: RowSource | None = None
    erased: str = ""


@dataclass(frozen=True)
class Words:
    """A fact in the words of a person, which no document bears out.

    ``alone``: who said it accepted it too, as the only reviewer. ``quote``: the sentence that they
    had before them, if there was one; it is no evidence.
    """

    author: str
    accepted_by: str
    alone: bool
    document: Document | None = None
    quote: Quote | None = None


@dataclass(frozen=True)
class ShownCitation:
    """A citation and the sentence that it rests on."""

    row: Citation
    quote: Quote | None
    words: tuple[Words, ...] = ()


@dataclass(frozen=True)
class ShownRead:
    """One memory read: ``first`` candidates are shown, ``rest`` is folded away."""

    row: ReadCall
    first: tuple[dict[str, Any], ...]
    rest: tuple[dict[str, Any], ...]


@dataclass(frozen=True)
class ShownMemory:
    """An explicit memory that the model looked at: its share of attention by groups of layers, in
    per cent, and its facts, each in words, with its status and who approved it. ``trial``: what
    came of asking without it, if somebody did."""

    row: AttendedMemory
    shares: tuple[tuple[int, int, float], ...]
    facts: tuple[tuple[Triple, str, str], ...]
    trial: AnswerTrial | None = None

    @property
    def strength(self) -> float:
        """What is left of its strength in retrieval, in per cent."""
        return 100 * float(self.row.why.get("strength", 1))


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
    attended: tuple[ShownMemory, ...] = ()

    @property
    def is_tried(self) -> bool:
        """Whether it is waited for what comes of asking without one of its memories."""
        return any(one.trial is not None and one.trial.is_open for one in self.attended)


def trace_of(question: Question) -> Trace:
    """Return the trace of an answered question. Raises Answer.DoesNotExist."""
    answer = question.answer
    reads = tuple(_read(row) for row in answer.reads.all())
    rows = citations_of(answer)
    words = words_of([row.triple_id for row in rows if row.evidence is None])
    citations = tuple(
        ShownCitation(
            row,
            quote_of(row.evidence) if row.evidence else None,
            tuple(words.get(row.triple_id, ())),
        )
        for row in rows
    )
    return Trace(
        answer=answer,
        citations=citations,
        reads=reads,
        closest=_closest(reads) if answer.abstained else (),
        around=_around(question, reads) if answer.abstained else (),
        attended=_attended(answer),
    )


def _attended(answer: Answer) -> tuple[ShownMemory, ...]:
    """Return the explicit memories of an answer, with their facts as they are now."""
    rows = list(answer.attended.all())
    asked = {pk for row in rows for pk in row.triples}
    if not rows:
        return ()
    triples = (
        Triple.objects.filter(pk__in=asked)
        .select_related("subject", "relation", "object")
        .defer("subject__embedding", "object__embedding", "relation__embedding")
    )
    evidence, decisions = best_evidence(asked), standing_decisions(asked)
    facts = {}
    for triple in triples:
        approval = approval_of(evidence.get(triple.pk), decisions.get(triple.pk))
        facts[triple.pk] = (triple, statement_of(triple), approval[0].label if approval else "")
    trials = {one.number: one for one in answer.trials.all()}
    return tuple(
        ShownMemory(
            row,
            tuple((first, last, share / 100) for first, last, share in row.shares),
            tuple(facts[pk] for pk in row.triples if pk in facts),
            trials.get(row.number),
        )
        for row in rows
    )


def quote_of(evidence: Evidence) -> Quote:
    """Return the sentences of the evidence with its subject and object marked."""
    passage = evidence.passage

    spans = FactSpans.of(evidence)

    def mark(name: str, span: Span) -> Highlight:
        return Highlight(span.start - passage.start, span.end - passage.start, name, label=name)

    return Quote(
        text=passage.text,
        start=spans.sentence.start - passage.start,
        end=spans.sentence.end - passage.start,
        spans=(mark("subject", spans.subject), mark("object", spans.object)),
        place=_place(evidence),
        notes=tuple(
            f"{what.capitalize()} chosen by {decision.actor.label}"
            for decision in evidence.decisions.all()
            if decision.undone_at is None
            for what in decision.chosen
        ),
        row_source=row_source_of(evidence),
        erased=passage.document.erasure,
    )


def words_of(triples: Iterable[int]) -> dict[int, list[Words]]:
    """Return in whose words each triple stands, by its decisions that brought no evidence."""
    found: dict[int, list[Words]] = {}
    for decision in decisions_without_evidence(triples):
        candidate, passage = decision.candidate, decision.candidate.passage
        words = Words(
            author_of(decision),
            decision.actor.label,
            decision.own_proposal,
            passage.document if passage else None,
            _sentence(candidate) if passage else None,
        )
        assert decision.triple_id is not None
        found.setdefault(decision.triple_id, []).append(words)
    return found


def _sentence(candidate: Candidate) -> Quote:
    passage = candidate.passage
    assert passage is not None
    start, end = candidate.sentence_start or 0, candidate.sentence_end or 0
    place = (
        f"?fact={candidate.pk}#at-{min(candidate.subject_start or 0, candidate.object_start or 0)}"
    )
    erased = passage.document.erasure
    return Quote(passage.text, start - passage.start, end - passage.start, (), place, erased=erased)


def _place(evidence: Evidence) -> str:
    anchor = f"#at-{FactSpans.of(evidence).first()}"
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
