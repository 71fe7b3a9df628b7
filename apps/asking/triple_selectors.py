"""What the page of a fact shows: all that is known of how it came in and what became of it."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q, QuerySet

from apps.accounts.models import Space, User
from apps.asking.models import Citation
from apps.asking.selectors import visible_questions
from apps.asking.traces import Quote, quote_of
from apps.audit.models import Event
from apps.audit.selectors import changed_at_once, events_shown
from apps.curation.models import Decision
from apps.curation.selectors import candidate_statement
from apps.memory.models import Evidence, Relation, Triple

SHOWN_ANSWERS = 20
SHOWN_EVENTS = 50


@dataclass(frozen=True)
class ShownEvidence:
    """A piece of evidence and the sentence that it marks."""

    row: Evidence
    quote: Quote


@dataclass(frozen=True)
class Uses:
    """The answers that cite a fact: those that the user may open, and how many there are."""

    citations: tuple[Citation, ...]
    total: int

    @property
    def hidden(self) -> int:
        return max(0, self.total - len(self.citations))


def triples_of(space: Space) -> QuerySet[Triple]:
    """Return the facts of the space, whatever became of them."""
    return (
        Triple.objects.filter(space=space)
        .select_related("subject", "relation", "object", "superseded_by__object")
        .defer("subject__embedding", "object__embedding", "relation__embedding")
    )


def replaced_by(triple: Triple) -> list[Triple]:
    """Return the facts that this one superseded, oldest first."""
    found = Triple.objects.filter(superseded_by=triple).exclude(pk=triple.pk)
    return list(found.select_related("subject", "relation", "object").order_by("pk"))


def evidence_of(triple: Triple) -> list[ShownEvidence]:
    """Return all evidence of a fact: what stands first, then what was taken back."""
    rows = (
        triple.evidence.select_related("passage__document", "approved_by")
        .prefetch_related("decisions")
        .defer("passage__document__text")
        .order_by("pk")
    )
    ordered = sorted(rows, key=lambda row: row.retracted_at is not None)
    return [ShownEvidence(row, quote_of(row)) for row in ordered]


@dataclass(frozen=True)
class ShownDecision:
    """A decision on a fact. ``approved_as`` is the sentence that the person saw, where that of the
    relation has changed since; ``proposed`` what an edit was made of."""

    row: Decision
    approved_as: str
    proposed: str


def decisions_on(triple: Triple) -> list[ShownDecision]:
    """Return the decisions that let the fact in, added to it, closed it or, where a sentence denies
    it, kept it, in order."""
    rows = (
        Decision.objects.filter(
            Q(triple=triple)
            | Q(replaced=triple)
            | Q(candidate__against=triple, action=Decision.Action.KEEP)
        )
        .select_related(
            "actor",
            "undone_by",
            "candidate__relation",
            "candidate__extraction",
            "candidate__proposed_by",
            "candidate__reworded_by",
        )
        .order_by("pk")
    )
    return [_shown(row) for row in rows]


def _shown(row: Decision) -> ShownDecision:
    candidate, before = row.candidate, row.before
    now = candidate_statement(candidate)
    relation = candidate.relation
    if "relation" in before:
        relation = Relation.objects.defer("embedding").get(pk=before["relation"])
    proposed = (
        before.get("subject_text", candidate.subject_text),
        relation.name,
        before.get("object_text", candidate.object_text),
    )
    return ShownDecision(
        row,
        approved_as=row.statement if row.statement not in ("", now) else "",
        proposed=" – ".join(proposed)
        if {"subject_text", "object_text", "relation"} & before.keys()
        else "",
    )


def uses_of(triple: Triple, *, user: User, roles: frozenset[str]) -> Uses:
    """Return the answers that cite the fact, newest first."""
    visible = visible_questions(user=user, space=triple.space, roles=roles)
    citations = triple.citations.order_by("-pk")
    shown = citations.filter(answer__question__in=visible).select_related(
        "answer__question__asked_by"
    )
    return Uses(citations=tuple(shown[:SHOWN_ANSWERS]), total=citations.count())


def events_on(triple: Triple, *, roles: frozenset[str]) -> list[Event]:
    """Return the events about the fact and about its evidence that the roles may see, newest
    first."""
    evidence = triple.evidence.values_list("pk", flat=True)
    about = Q(subject_type="memory.triple", subject_id=triple.pk) | Q(
        subject_type="memory.evidence", subject_id__in=list(evidence)
    )
    about |= changed_at_once("memory_triple", triple.pk)
    events = events_shown(space=triple.space, roles=roles).filter(about)
    return list(events.order_by("-pk")[:SHOWN_EVENTS])
