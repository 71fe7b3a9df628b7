"""One candidate as review shows it: what it says, where that stands, what the memory knows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from apps.accounts.models import User
from apps.common.highlighting import Highlight
from apps.common.names import normalise_name
from apps.curation.dispute_selectors import Disputed, disputed_by
from apps.curation.known_selectors import Known, known_of, perhaps_known
from apps.curation.models import Candidate, Decision
from apps.curation.refusal_selectors import Refusal, refused_before
from apps.curation.selectors import (
    RowSource,
    candidate_statement,
    decision_standing,
    holders_of,
    may_decide_own,
    row_source,
)
from apps.curation.services.said_again import SaidAgain, said_again
from apps.curation.services.writing import Picked, to_replace, triple_of
from apps.memory.controller import MemoryController
from apps.memory.controller.wording import Piece, pieces, statement_of
from apps.memory.models import Entity, Triple
from apps.memory.services.values import equal_values
from apps.sources.passages import FactSpans

CONTEXT = 320
MOST_READINGS = 3  # of a candidate that is decided and undone while its card is drawn


@dataclass(frozen=True)
class Conflict:
    """A fact that the candidate contradicts; ``same`` says that only its time differs."""

    triple: Triple
    statement: str
    same: bool


@dataclass(frozen=True)
class Card:
    """Everything that the card of a candidate shows."""

    candidate: Candidate
    statement: tuple[Piece, ...]
    marks: tuple[Highlight, ...]
    window: tuple[int, int]  # the part of the passage around the evidence, in document offsets
    subject: Known
    object: Known
    duplicate: Triple | None
    other_times: tuple[Triple, ...]  # the same fact, held for another time
    conflicts: tuple[Conflict, ...]
    decision: Decision | None
    history: Sequence[Decision]
    is_own: bool
    may_decide: bool
    row_source: RowSource | None = None
    disputed: Disputed | None = None
    also: tuple[str, ...] = ()  # what follows from it, and is not asked about
    refused: tuple[Refusal, ...] = ()
    said_again: SaidAgain | None = None  # what conversations say of it

    @property
    def names(self) -> tuple[str, str]:
        return self.candidate.subject_text, self.candidate.object_text

    @property
    def sides(self) -> tuple[Known, Known]:
        return self.subject, self.object

    def with_chosen(self, picked: Picked) -> Card:
        """Return the card with the choices that somebody has made on it."""
        subject, object_ = (one.pk if one else None for one in (picked.subject, picked.object))
        return replace(
            self,
            subject=replace(self.subject, chosen=subject),
            object=replace(self.object, chosen=object_),
        )

    @property
    def keep_both(self) -> bool:
        """Return whether the memory can hold this beside what it contradicts."""
        return bool(self.conflicts) and not any(conflict.same for conflict in self.conflicts)


def card_of(candidate: Candidate, user: User) -> Card:
    """Return the card of a candidate as ``user``, a reviewer, sees it."""
    decision, history = _as_it_stands(candidate)
    is_own = candidate.author_id == user.pk
    subject, object_ = known_of(candidate)
    conflicts: tuple[Conflict, ...] = ()
    if (
        candidate.is_open
        and not candidate.is_dispute
        and not subject.must_pick
        and not object_.must_pick
    ):
        conflicts = _conflicts(candidate, subject.entity, object_.entity)
    standing = [] if candidate.is_dispute else _standing(candidate, subject, object_)
    duplicate = _duplicate(candidate, standing)
    return Card(
        candidate=candidate,
        statement=pieces(
            candidate.relation.template,
            candidate.relation.name,
            subject=candidate.subject_text,
            object=candidate.object_text,
        ),
        marks=marks_of(candidate),
        window=_window(candidate),
        subject=subject,
        object=object_,
        duplicate=duplicate,
        other_times=() if duplicate else tuple(standing),
        conflicts=conflicts,
        decision=decision,
        history=history,
        is_own=is_own,
        row_source=row_source(candidate),
        disputed=disputed_by(candidate),
        also=_also(candidate),
        refused=refused_before(candidate) if candidate.is_open else (),
        said_again=None if candidate.is_dispute else said_again(candidate),
        may_decide=candidate.is_open
        and (not is_own or may_decide_own(space=candidate.space, user=user, candidate=candidate)),
    )


def _also(candidate: Candidate) -> tuple[str, ...]:
    rows = candidate.implied.filter(state=Candidate.State.IMPLIED).select_related("relation")
    return tuple(map(candidate_statement, rows.defer("relation__embedding")))


def _as_it_stands(candidate: Candidate) -> tuple[Decision | None, list[Decision]]:
    """Return the decision that stands and all of them. Where the one that the row tells of was
    undone since it was read, the row is read again."""
    for _ in range(MOST_READINGS):
        history = list(candidate.decisions.select_related("actor", "undone_by").order_by("-pk"))
        decision = decision_standing(candidate) if history else None
        not_asked = (candidate.State.IMPLIED, candidate.State.AGAIN)
        if decision is not None or candidate.is_open or candidate.state in not_asked:
            break
        candidate.refresh_from_db()
    return decision, history


def marks_of(candidate: Candidate) -> tuple[Highlight, ...]:
    """Return what to mark in the passage; of a fact in other words the sentence alone."""
    if candidate.passage_id is None:
        return ()
    spans = FactSpans.of(candidate)
    sentence = Highlight(*spans.sentence, "sentence")
    if candidate.reworded_by_id is not None:
        return (sentence,)
    names = (("subject", spans.subject), ("object", spans.object))
    return (sentence, *(Highlight(*span, part, label=part) for part, span in names))


def _window(candidate: Candidate) -> tuple[int, int]:
    """Return the evidence with about CONTEXT characters of whole sentences on both sides."""
    start, end = candidate.sentence_start or 0, candidate.sentence_end or 0
    if candidate.passage is None:
        return start, end
    sentences = candidate.passage.sentence_spans()
    window_start = min((a for a, _ in sentences if a >= start - CONTEXT), default=start)
    window_end = max((b for _, b in sentences if b <= end + CONTEXT), default=end)
    return min(window_start, start), max(window_end, end)


def _conflicts(
    candidate: Candidate, subject: Entity | None, object_: Entity | None
) -> tuple[Conflict, ...]:
    """Return what the candidate was proposed to replace, and what else it contradicts: nothing
    where its subject is new."""
    found: tuple[Triple, ...] = ()
    if subject is not None:
        given = triple_of(candidate, Picked(subject, object_))
        found = MemoryController(candidate.space).conflicts(given)
    target = to_replace(candidate)
    wanted = [target] if target is not None else []
    return conflicts_shown(candidate, [*wanted, *(one for one in found if one != target)])


def conflicts_shown(candidate: Candidate, triples: Sequence[Triple]) -> tuple[Conflict, ...]:
    """Return facts that the memory refused the candidate for, to be set beside it."""
    name = normalise_name(candidate.object_text)

    def is_same(object_: Entity) -> bool:
        return object_.normalised == name or equal_values(candidate.object_value, object_.value)

    return tuple(
        Conflict(triple, statement_of(triple), same=is_same(triple.object)) for triple in triples
    )


def _standing(candidate: Candidate, subject: Known, object_: Known) -> list[Triple]:
    """Return the active facts with the candidate's names and relation, whatever their time."""
    if subject.entity is None or object_.entity is None:
        return []
    return list(
        Triple.objects.filter(
            space=candidate.space,
            subject=subject.entity,
            relation=candidate.relation_id,
            object=object_.entity,
            status=Triple.Status.ACTIVE,
        )
        .select_related("subject", "relation", "object")
        .order_by("pk")
    )


def _duplicate(candidate: Candidate, standing: Sequence[Triple]) -> Triple | None:
    """Return the fact to whose evidence an acceptance would add: of the same beginning or, for a
    candidate without a time, the only one."""
    twins = [triple for triple in standing if triple.valid_from == candidate.valid_from]
    if twins:
        return twins[0]
    timed = candidate.valid_from or candidate.valid_to
    return standing[0] if len(standing) == 1 and not timed else None


@dataclass(frozen=True)
class Row:
    """A candidate as the list shows it: ``marks`` count in ``sentence``, ``alike`` are its new
    names with the known ones that they may mean."""

    candidate: Candidate
    sentence: str
    marks: tuple[Highlight, ...]
    may_decide: bool
    open_with: User | None  # somebody else who has its card open
    alike: tuple[tuple[str, str], ...] = ()


def rows_of(candidates: Sequence[Candidate], *, user: User, may_own: bool) -> list[Row]:
    """Return candidates that ``for_table`` loaded as rows of the list for ``user``."""
    open_with = holders_of([candidate.pk for candidate in candidates], user)
    alike = perhaps_known(candidates)
    return [
        Row(
            candidate=one,
            sentence=getattr(one, "sentence", None) or "",
            marks=_marks_in_sentence(one),
            may_decide=one.is_open
            and (one.author_id != user.pk or (may_own and one.origin != Candidate.Origin.PROGRAM)),
            open_with=open_with.get(one.pk),
            alike=alike.get(one.pk, ()),
        )
        for one in candidates
    ]


def _marks_in_sentence(candidate: Candidate) -> tuple[Highlight, ...]:
    start = candidate.sentence_start or 0
    names = [mark for mark in marks_of(candidate) if mark.kind != "sentence"]
    return tuple(replace(mark, start=mark.start - start, end=mark.end - start) for mark in names)
