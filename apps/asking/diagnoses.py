"""A diagnosis as its page shows it: the rows that it names, as they stand now."""

from __future__ import annotations

from dataclasses import dataclass

from apps.asking.models import AnswerMark, Citation, Misreading
from apps.asking.selectors import best_evidence
from apps.asking.services.diagnosis import Diagnosis
from apps.asking.services.misread import meant_in_words
from apps.asking.services.wording import wording_meant
from apps.asking.traces import Quote, quote_of
from apps.curation.models import Candidate, Decision
from apps.curation.selectors import decision_standing
from apps.memory.controller.wording import statement_of
from apps.memory.models import Evidence, Triple
from apps.memory.services import relation_knows


@dataclass(frozen=True)
class ShownCandidate:
    """A candidate and the decision that stands on it."""

    row: Candidate
    decision: Decision | None


@dataclass(frozen=True)
class ShownMisreading:
    """How a question was meant, in words too, the wording for that relation, if any, and whether it
    is learnt."""

    row: Misreading
    meant: str
    wording: str
    learnt: bool


@dataclass(frozen=True)
class Shown:
    """Everything that the page of a mark shows."""

    diagnosis: Diagnosis
    triple: Triple | None
    statement: str
    citation: Citation | None
    evidence: Evidence | None
    quote: Quote | None
    decision: Decision | None
    candidates: tuple[ShownCandidate, ...]
    repair: ShownCandidate | None
    misreadings: tuple[ShownMisreading, ...]


def shown(mark: AnswerMark) -> Shown:
    """Return what a mark found, joined with its rows."""
    diagnosis = Diagnosis.of(mark.diagnosis)
    space = mark.answer.question.space
    triples = Triple.objects.filter(space=space).select_related(
        "subject", "relation", "object", "superseded_by__object"
    )
    triple = triples.filter(pk=diagnosis.triple or 0).first()
    cited = mark.answer.citations.select_related("evidence__passage__document")
    citation = cited.filter(triple=triple).first() if triple else None
    evidence = citation.evidence if citation else None
    # The answer need not have cited the fact that is shown.
    if evidence is None and triple is not None:
        evidence = best_evidence([triple.pk]).get(triple.pk)
    decision = (
        Decision.objects.select_related("actor", "candidate__extraction", "candidate__proposed_by")
        .filter(pk=diagnosis.decision or 0)
        .first()
    )
    found = Candidate.objects.filter(space=space, pk__in=diagnosis.candidates)
    candidates = found.select_related("relation").exclude(pk=mark.candidate_id or 0)
    proposal = mark.relation_proposal
    repair = mark.candidate or (proposal.candidate if proposal else None)
    return Shown(
        diagnosis=diagnosis,
        triple=triple,
        statement=statement_of(triple) if triple else "",
        citation=citation,
        evidence=evidence,
        quote=quote_of(evidence) if evidence else None,
        decision=decision,
        candidates=tuple(_candidate(row) for row in candidates),
        repair=_candidate(repair) if repair else None,
        misreadings=tuple(
            _misreading(row, diagnosis)
            for row in mark.misreadings.select_related(
                "entity", "relation", "asked_again", "noted_by", "mark__answer__question"
            )
        ),
    )


def _misreading(row: Misreading, diagnosis: Diagnosis) -> ShownMisreading:
    """Return a reading with what can be learnt from it: nothing where it was read just so."""
    read = diagnosis.understood
    as_meant = read is not None and (read.relation, read.known) == (row.relation_id, row.known)
    wording = "" if as_meant else wording_meant(row)
    learnt = row.relation is not None and bool(wording) and relation_knows(row.relation, wording)
    return ShownMisreading(row, meant_in_words(row), wording, learnt)


def _candidate(row: Candidate) -> ShownCandidate:
    return ShownCandidate(row, decision_standing(row))
