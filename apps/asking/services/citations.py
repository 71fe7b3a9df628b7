"""The rows that an answer rests on, in the words of the moment."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from apps.accounts.models import Space
from apps.asking.models import Answer, Citation, ReadCall
from apps.asking.selectors import (
    approval_of,
    best_evidence,
    is_row,
    sentence_of,
    standing_decisions,
)
from apps.asking.services.errors import AnswerRefused, FactWithdrawn
from apps.memory.controller import MemoryController
from apps.memory.controller.wording import statement_of
from apps.memory.models import Triple
from worker.types import Fact, ReadCandidate, ReadTrace


def save_reads(answer: Answer, reads: Sequence[ReadTrace]) -> None:
    """Save the reads of an answer with their candidates and results."""
    ReadCall.objects.bulk_create(
        ReadCall(
            answer=answer,
            index=index,
            call=trace.call,
            subject=(trace.result.query.subject or "")[:500],
            relation=trace.result.query.relation[:200],
            object=(trace.result.query.object or "")[:500],
            candidates=[_candidate(candidate) for candidate in trace.result.candidates],
            results=[_result(fact) for fact in trace.result.facts],
            truncated=trace.result.truncated,
        )
        for index, trace in enumerate(reads)
    )


def save_citations(answer: Answer, space: Space, cited: Sequence[Fact]) -> None:
    """Save the citations of an answer and count each cited triple as read.

    Raises AnswerRefused for a fact that is not of the space or that nobody is on record as
    having approved, and FactWithdrawn for one that was retracted since it was read.
    """
    triples = _marked(space, cited)
    evidence = best_evidence(triples)
    decisions = standing_decisions(triples)
    rows = []
    for number, fact in enumerate(cited, start=1):
        triple = triples[int(fact.triple_id)]
        found, decision = evidence.get(triple.pk), decisions.get(triple.pk)
        approval = approval_of(found, decision)
        if approval is None:
            raise AnswerRefused(f"nobody is on record as having approved its fact {triple.pk}")
        approved_by, approved_at = approval
        rows.append(
            Citation(
                answer=answer,
                number=number,
                triple=triple,
                evidence=found,
                statement=statement_of(triple),
                sentence=sentence_of(found) if found and not is_row(found) else "",
                document_title=found.passage.document.title if found else "",
                approved_by_label=approved_by.label,
                approved_at=approved_at,
            )
        )
    Citation.objects.bulk_create(rows)


def _marked(space: Space, cited: Iterable[Fact]) -> dict[int, Triple]:
    """Count the cited triples as read, which also locks them, and return them by id."""
    asked = {int(fact.triple_id) for fact in cited}
    MemoryController(space).mark_read(asked)
    triples = {
        triple.pk: triple
        for triple in Triple.objects.filter(space=space, pk__in=asked).select_related(
            "subject", "relation", "object"
        )
    }
    if missing := asked - set(triples):
        raise AnswerRefused(f"this space has no fact {min(missing)}")
    if any(triple.status == Triple.Status.RETRACTED for triple in triples.values()):
        raise FactWithdrawn
    return triples


def _candidate(candidate: ReadCandidate) -> dict[str, Any]:
    return {
        "role": candidate.role,
        "id": int(candidate.id),
        "name": candidate.name,
        "distance": round(candidate.distance, 6),
        "accepted": candidate.accepted,
        "exact": candidate.exact,
    }


def _result(fact: Fact) -> dict[str, Any]:
    return {
        "triple": int(fact.triple_id),
        "subject": fact.subject.name,
        "relation": fact.relation.name,
        "object": fact.object.name,
        "valid_from": fact.valid_from.isoformat() if fact.valid_from else None,
        "valid_to": fact.valid_to.isoformat() if fact.valid_to else None,
    }
