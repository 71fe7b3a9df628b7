"""What the pages of review show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import (
    Case,
    Count,
    Exists,
    F,
    FloatField,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Value,
    When,
)
from django.db.models.functions import Coalesce, Lower, Substr
from django.utils import timezone

from apps.accounts.models import Space, User
from apps.accounts.selectors import ADMINISTER, reviewers_of, roles_of
from apps.common.clocks import CLOCKS_APART
from apps.curation.models import Batch, Candidate, Decision, Hold, RelationProposal
from apps.memory.controller.wording import sentence
from apps.memory.models import Relation, Triple
from apps.sources.models import Document, Passage

RECENT = 10
MOST_WORDS = 10
MOST_ELSEWHERE = 20
SHOWN_WITH = (
    "relation",
    "passage__document",
    "extraction",
    "proposed_by",
    "reworded_by",
    "cited",
    "space",
    "subject_entity",
    "object_entity",
)


@dataclass(frozen=True)
class QueueFilter:
    """Which candidates a reviewer wants to see."""

    state: str = Candidate.State.PENDING
    document: Document | None = None
    relation: Relation | None = None
    score: float | None = None  # at least
    words: str = ""  # all of them in the names, the relation or the sentence


def may_decide_own(*, space: Space, user: User, candidate: Candidate | None = None) -> bool:
    """Return whether the user may decide what they proposed: the space allows it and they are
    its only reviewer. What a program proposed with a token of theirs they never may."""
    if candidate is not None and candidate.origin == Candidate.Origin.PROGRAM:
        return False
    return space.self_review and list(reviewers_of(space)) == [user]


def candidate_statement(candidate: Candidate) -> str:
    """Return what a candidate says as a sentence, in the words of its relation as they are now."""
    relation = candidate.relation
    names = {"subject": candidate.subject_text, "object": candidate.object_text}
    return sentence(relation.template, relation.name, **names)


@dataclass(frozen=True)
class RowSource:
    """Where an imported fact comes from: a row of a file, which is no sentence of a document.

    ``cited`` is the document that the row names as its source, ``sentence`` the one there with
    both names.
    """

    file: Document
    row: int | None
    by: str
    cited: Document | None = None
    sentence: str = ""

    @property
    def name(self) -> str:
        return self.file.filename or self.file.title


def row_source(candidate: Candidate) -> RowSource | None:
    """Return the row of a candidate that was imported, None of any other one."""
    passage = candidate.passage
    if passage is None or passage.document.format != Document.Format.TRIPLES:
        return None
    by = candidate.proposed_by or passage.document.added_by
    sentence = ""
    if candidate.cited_start is not None and candidate.cited_end is not None:
        held = Passage.objects.filter(
            document=candidate.cited_id,
            start__lte=candidate.cited_start,
            end__gte=candidate.cited_end,
        ).first()
        if held is not None:
            start, end = candidate.cited_start - held.start, candidate.cited_end - held.start
            sentence = held.text[start:end]
    return RowSource(passage.document, candidate.row, by.label, candidate.cited, sentence)


def may_take_up(*, proposal: RelationProposal, user: User) -> bool:
    """Return whether the user may take up a proposed relation: one of somebody else, or as an
    owner, who may add relations anyway, or where people may decide what they proposed."""
    space = proposal.space
    return (
        proposal.proposed_by_id != user.pk
        or bool(roles_of(user=user, space=space) & ADMINISTER)
        or may_decide_own(space=space, user=user)
    )


def relation_proposals(space: Space) -> QuerySet[RelationProposal]:
    """Return the proposed relations, those that wait first, then the latest."""
    waiting = Q(state=RelationProposal.State.WAITING)
    return (
        RelationProposal.objects.filter(space=space)
        .select_related("proposed_by", "decided_by", "relation", "candidate")
        .defer("relation__embedding")
        .annotate(waits=Case(When(waiting, then=0), default=1))
        .order_by("waits", "-pk")
    )


def proposals_waiting(space: Space) -> int:
    """Return how many proposed relations wait for a decision."""
    return space.relation_proposals.filter(state=RelationProposal.State.WAITING).count()


def candidates_shown(space: Space, wanted: QueueFilter) -> QuerySet[Candidate]:
    """Return the candidates that fit the filter, document by document, the surest first: who has
    time for five of a document should see its best."""
    rows = Candidate.objects.filter(space=space, state=wanted.state)
    if wanted.document is not None:
        rows = rows.filter(passage__document=wanted.document)
    if wanted.relation is not None:
        rows = rows.filter(relation=wanted.relation)
    if wanted.score is not None:
        rows = rows.filter(score__gte=wanted.score)
    if wanted.words:
        rows = with_sentence(rows)
    for word in wanted.words.split()[:MOST_WORDS]:
        rows = rows.filter(
            Q(subject_text__icontains=word)
            | Q(object_text__icontains=word)
            | Q(relation__name__icontains=word)
            | Q(sentence__icontains=word)
        )
    return in_order(rows)


def with_sentence(rows: QuerySet[Candidate]) -> QuerySet[Candidate]:
    """Add the ``sentence`` that each candidate rests on, without the rest of its passage."""
    start = F("sentence_start") - F("passage__start") + 1
    length = F("sentence_end") - F("sentence_start")
    return rows.annotate(sentence=Substr("passage__text", start, length))


ORDERS: dict[str, tuple[str, ...]] = {
    "newest": ("-created_at", "-pk"),
    "surest": ("-certainty", "pk"),
    "doubtful": ("certainty", "pk"),
    "relation": ("relation__name", "of_subject", "pk"),
}


def sorted_by(rows: QuerySet[Candidate], order: str) -> QuerySet[Candidate]:
    """Sort what ``candidates_shown`` returned otherwise: one of ORDERS, or else as it is."""
    return rows.order_by(*ORDERS[order]) if order in ORDERS else rows


def in_order(rows: QuerySet[Candidate]) -> QuerySet[Candidate]:
    """Sort candidates as review shows them."""
    return rows.annotate(
        of_document=Coalesce("passage__document_id", Value(0), output_field=IntegerField()),
        of_subject=Lower("subject_text"),
        certainty=Coalesce("score", Value(0.0), output_field=FloatField()),
    ).order_by("of_document", "-certainty", "pk")


def for_table(rows: QuerySet[Candidate]) -> QuerySet[Candidate]:
    """Load what a table of candidates shows, without the texts and vectors that it does not."""
    return (
        with_sentence(rows)
        .select_related("relation", "passage__document")
        .defer(
            "relation__embedding", "passage__text", "passage__sentences", "passage__document__text"
        )
    )


def review_queue(space: Space, user: User, wanted: QueueFilter) -> QuerySet[Candidate]:
    """Return what the user may decide of the candidates that fit the filter, in order."""
    rows = candidates_shown(space, wanted)
    if not may_decide_own(space=space, user=user):
        return rows.exclude(_in_words_of(user))
    return rows.exclude(_in_words_of(user), origin=Candidate.Origin.PROGRAM)


def hold_times() -> tuple[datetime, datetime]:
    """Return between which times a hold that counts ends. One that reaches further ahead than any
    that is taken now is of before the clock was set back."""
    now = timezone.now()
    return now, now + timedelta(seconds=settings.HOLD_SECONDS) + CLOCKS_APART


def holds_over() -> Q:
    """Holds that have ended (see ``hold_times``)."""
    now, furthest = hold_times()
    return Q(until__lte=now) | Q(until__gt=furthest)


def nobody_else_has(queue: QuerySet[Candidate], user: User) -> QuerySet[Candidate]:
    """Leave out what other people have open."""
    held = Hold.objects.filter(~holds_over(), candidate=OuterRef("pk"))
    return queue.exclude(Exists(held.exclude(holder=user)))


def open_elsewhere(queue: QuerySet[Candidate], user: User) -> list[Hold]:
    """Return the holds of other people on the queue, the one that ends first at the front."""
    held = Hold.objects.filter(~holds_over(), candidate__in=queue.order_by())
    rows = held.exclude(holder=user).select_related("holder", "candidate__relation")
    return list(rows.defer("candidate__relation__embedding").order_by("until")[:MOST_ELSEWHERE])


def holder_of(candidate: Candidate, user: User) -> User | None:
    """Return who else has the card of the candidate open."""
    held = Hold.objects.filter(~holds_over(), candidate=candidate)
    hold = held.exclude(holder=user).select_related("holder").first()
    return hold.holder if hold else None


def holders_of(candidates: Sequence[int], user: User) -> dict[int, User]:
    """Return who else has which of the candidates open."""
    held = Hold.objects.filter(~holds_over(), candidate__in=candidates)
    rows = held.exclude(holder=user).select_related("holder")
    return {hold.candidate_id: hold.holder for hold in rows}


def _in_words_of(user: User) -> Q:
    """Candidates whose words the user stands for (``Candidate.author_id``)."""
    return Q(reworded_by=user) | Q(reworded_by=None, proposed_by=user)


def own_waiting(space: Space, user: User) -> int:
    """Return how many of the user's own proposals wait for another reviewer."""
    rows = Candidate.objects.filter(_in_words_of(user), space=space, state__in=Candidate.OPEN)
    if may_decide_own(space=space, user=user):
        rows = rows.filter(origin=Candidate.Origin.PROGRAM)
    return rows.count()


def candidate_of(space: Space, number: str | None) -> Candidate | None:
    """Return the candidate that an address names, if the space has it."""
    pk = number_of(number)
    rows = Candidate.objects.filter(space=space).select_related("passage").defer("passage__text")
    return rows.filter(pk=pk).first() if pk else None


def number_of(given: str | None) -> int | None:
    """Return a primary key as an address gives it; None for what is none."""
    is_one = given is not None and given.isascii() and given.isdigit() and len(given) < 19
    return int(given) if given and is_one else None


def _place(candidate: Candidate) -> tuple[int, float, int]:
    """Return the sort key of a candidate, as ``in_order`` makes it."""
    document = candidate.passage.document_id if candidate.passage else 0
    return document, candidate.score or 0.0, candidate.pk


def candidate_after(queue: QuerySet[Candidate], candidate: Candidate | None) -> Candidate | None:
    """Return the next of the queue behind the candidate, from the start again at its end."""
    if candidate is None:
        return queue.first()
    document, certainty, pk = _place(candidate)
    behind = Q(of_document__gt=document) | Q(of_document=document) & (
        Q(certainty__lt=certainty) | Q(certainty=certainty, pk__gt=pk)
    )
    return queue.filter(behind).first() or queue.exclude(pk=pk).first()


def candidate_before(queue: QuerySet[Candidate], candidate: Candidate) -> Candidate | None:
    """Return the one of the queue in front of the candidate, from the end again at its start."""
    document, certainty, pk = _place(candidate)
    ahead = Q(of_document__lt=document) | Q(of_document=document) & (
        Q(certainty__gt=certainty) | Q(certainty=certainty, pk__lt=pk)
    )
    backwards = queue.reverse()
    return backwards.filter(ahead).first() or backwards.exclude(pk=pk).first()


def decision_standing(candidate: Candidate) -> Decision | None:
    """Return the decision that holds now; of a deferred candidate the deferral, of one that
    waits in somebody's words the one that put it so."""
    rows = candidate.decisions.filter(undone_at=None).select_related("actor", "triple")
    if candidate.state == Candidate.State.PENDING:
        return rows.filter(action=Decision.Action.REWORD).last()
    if candidate.state == Candidate.State.DEFERRED:
        return rows.filter(action=Decision.Action.DEFER).last()
    return rows.exclude(action__in=[Decision.Action.DEFER, Decision.Action.REWORD]).last()


def decisions_recent(space: Space, user: User) -> QuerySet[Decision]:
    """Return the user's last ten decisions in the space that stand, the latest first."""
    return (
        Decision.objects.filter(candidate__space=space, actor=user, undone_at=None, along_with=None)
        .select_related("candidate__relation")
        .order_by("-pk")[:RECENT]
    )


def documents_to_choose(space: Space, chosen: int | None) -> QuerySet[Document]:
    """Return the documents with candidates that are not decided, and the chosen one; by title."""
    waiting = Candidate.objects.filter(passage__document=OuterRef("pk"), state__in=Candidate.OPEN)
    return (
        Document.objects.filter(space=space)
        .filter(Exists(waiting) | Q(pk=chosen))
        .defer("text")
        .order_by("title", "pk")
    )


def relations_to_choose(space: Space) -> QuerySet[Relation]:
    """Return the relations that candidates have, by name."""
    used = Candidate.objects.filter(relation=OuterRef("pk"))
    return Relation.objects.filter(Exists(used), space=space).defer("embedding")


def triples_alike(candidate: Candidate, *, query: str = "") -> QuerySet[Triple]:
    """Return active triples that the candidate may say again: those whose names hold all words of
    ``query``, or without one those with the candidate's subject or object; the one that says the
    same first, then those that have most in common with it."""
    rows = Triple.objects.filter(space=candidate.space, status=Triple.Status.ACTIVE)
    if words := query.split():
        for word in words:
            rows = rows.filter(
                Q(subject__name__icontains=word)
                | Q(object__name__icontains=word)
                | Q(relation__name__icontains=word)
            )
    else:
        known = [candidate.subject_entity_id, candidate.object_entity_id]
        rows = rows.filter(
            Q(subject__in=known)
            | Q(object__in=known)
            | Q(subject__name__iexact=candidate.subject_text)
            | Q(object__name__iexact=candidate.object_text)
        )
    about = (
        _one_if(_is("subject", candidate))
        + _one_if(_is("object", candidate))
        + _one_if(Q(relation=candidate.relation_id))
    )
    alike = rows.annotate(alike=about).order_by("-alike", "subject__name", "pk")
    return alike.select_related("subject", "relation", "object")


def _is(part: str, candidate: Candidate) -> Q:
    """Ask whether a side of a fact is what the candidate names there."""
    known = Q(**{f"{part}__name__iexact": getattr(candidate, f"{part}_text")})
    hint = getattr(candidate, f"{part}_entity_id")
    return known | Q(**{part: hint}) if hint else known


def _one_if(condition: Q) -> Case:
    return Case(When(condition, then=Value(1)), default=Value(0), output_field=IntegerField())


def batch_decisions(batch: Batch) -> QuerySet[Decision]:
    """Return the decisions of a batch in the order in which they were made."""
    return (
        batch.decisions.select_related("candidate__relation", "candidate__passage__document")
        .defer("candidate__passage__document__text", "candidate__relation__embedding")
        .order_by("pk")
    )


def states_counted(space: Space) -> dict[str, int]:
    """Return how many candidates there are in each state."""
    counted = (
        Candidate.objects.filter(space=space)
        .order_by()
        .values_list("state")
        .annotate(number=Count("pk"))
    )
    found = dict(counted)
    return {state: found.get(state, 0) for state in Candidate.State.values}
