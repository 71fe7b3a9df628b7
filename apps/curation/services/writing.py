"""A candidate in the words of the memory, and what writing it there does."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from apps.accounts.models import User
from apps.common.names import normalise_name
from apps.curation.models import Candidate
from apps.curation.services.errors import ReplacedMeanwhile
from apps.memory.controller import (
    EntityInput,
    EvidenceInput,
    MemoryController,
    TripleInput,
    Written,
)
from apps.memory.controller.writing import lock
from apps.memory.models import Entity, Evidence, Triple
from apps.sources.passages import FactSpans


@dataclass(frozen=True)
class Picked:
    """The entities that the reviewer says the names mean; None leaves it to the exact name.

    The hints on the candidate are not enough for that: only a person takes a near name for the
    same thing. ``another_subject`` and ``another_object`` are notes that tell a new entity from
    all that have its name; they go before a pick.
    """

    subject: Entity | None = None
    object: Entity | None = None
    another_subject: str = ""
    another_object: str = ""

    def changes(self) -> dict[str, Entity]:
        """Return the fields of the candidate that keep what was picked."""
        fields = {
            "subject_entity": None if self.another_subject else self.subject,
            "object_entity": None if self.another_object else self.object,
        }
        return {name: entity for name, entity in fields.items() if entity is not None}


NOTHING_PICKED = Picked()


@dataclass(frozen=True)
class Outcome:
    """What a decision did to the memory."""

    triple: Triple | None = None
    evidence: Evidence | None = None
    replaced: Triple | None = None
    replaced_valid_to: date | None = None

    @classmethod
    def of(cls, written: Written) -> Outcome:
        return cls(triple=written.triple, evidence=written.evidence)


NOTHING_DONE = Outcome()


def write(candidate: Candidate, actor: User, picked: Picked, *, despite_conflicts: bool) -> Outcome:
    """Write a candidate that was taken to the memory, in the place of the fact that it was
    proposed to replace, unless both are to stand, it says the same by now, or a reviewer has made
    another statement of it. Raises ConflictError, AmbiguousName."""
    if candidate.replaces_id is not None:
        lock(candidate.space)  # until the end, nobody else replaces the same fact
    target = None if despite_conflicts else to_replace(candidate)
    if target is not None and not _corrects(target, candidate, picked):
        target = None
    if target is not None and not says(target, candidate, picked):
        if target.pk != candidate.replaces_id:
            raise ReplacedMeanwhile([target])
        outcome = supersede(candidate, actor, picked, target)
        candidate.state = Candidate.State.SUPERSEDING
        candidate.save(update_fields=["state"])
        return outcome
    written = MemoryController(candidate.space).write(
        triple_of(candidate, picked),
        evidence=evidence_of(candidate),
        actor=actor,
        despite_conflicts=despite_conflicts,
    )
    if not written.created:
        candidate.state = Candidate.State.MERGED
        candidate.save(update_fields=["state"])
    return Outcome.of(written)


def to_replace(candidate: Candidate) -> Triple | None:
    """Return the fact that the candidate was proposed to replace or, where another one took its
    place meanwhile, that one. None when there is none, or it was taken out of the memory."""
    if candidate.replaces_id is None:
        return None
    triple = Triple.objects.filter(pk=candidate.replaces_id).first()
    while triple is not None and triple.status == Triple.Status.SUPERSEDED:
        triple = triple.superseded_by
    return triple if triple is not None and triple.status == Triple.Status.ACTIVE else None


def _corrects(triple: Triple, candidate: Candidate, picked: Picked) -> bool:
    """Return whether a candidate is about the same as a fact: its relation and one of its sides."""
    return triple.relation_id == candidate.relation_id and (
        _means(triple.subject, candidate.subject_text, picked.subject, picked.another_subject)
        or _means(triple.object, candidate.object_text, picked.object, picked.another_object)
    )


def says(triple: Triple, candidate: Candidate, picked: Picked) -> bool:
    """Return whether a fact says what the candidate says, with nothing new about its time."""
    dates = (candidate.valid_from, candidate.valid_to)
    return (
        triple.relation_id == candidate.relation_id
        and dates in ((None, None), (triple.valid_from, triple.valid_to))
        and _means(triple.subject, candidate.subject_text, picked.subject, picked.another_subject)
        and _means(triple.object, candidate.object_text, picked.object, picked.another_object)
    )


def _means(entity: Entity, name: str, picked: Entity | None, another: str) -> bool:
    """Return whether a name means the entity: by what was picked, or as the one of the name."""
    if another:
        return entity.description == another and entity.normalised == normalise_name(name)
    if picked is None:
        picked = MemoryController(entity.space).resolve_entity(name).entity
    return picked is not None and picked.pk == entity.pk


def supersede(
    candidate: Candidate,
    actor: User,
    picked: Picked,
    replaced: Triple,
    *,
    valid_to: date | None = None,
    despite_conflicts: bool = False,
) -> Outcome:
    """Write a candidate that was taken in the place of ``replaced``. Raises NotActive,
    InvalidPeriod, and what ``write`` raises."""
    before = replaced.valid_to
    written = MemoryController(candidate.space).supersede(
        replaced,
        triple_of(candidate, picked),
        evidence=evidence_of(candidate),
        valid_to=valid_to,
        actor=actor,
        despite_conflicts=despite_conflicts,
    )
    return Outcome(written.triple, written.evidence, replaced, before)


def triple_of(candidate: Candidate, picked: Picked = NOTHING_PICKED) -> TripleInput:
    """Return what the candidate would write. Raises InvalidName and InvalidPeriod."""
    return TripleInput(
        subject=EntityInput(
            name=candidate.subject_text,
            type=candidate.subject_type,
            entity=None if picked.another_subject else picked.subject,
            another=picked.another_subject,
        ),
        relation=candidate.relation,
        object=EntityInput(
            name=candidate.object_text,
            type=candidate.object_type,
            kind=candidate.object_kind,
            value=candidate.object_value,
            entity=None if picked.another_object else picked.object,
            another=picked.another_object,
        ),
        valid_from=candidate.valid_from,
        valid_to=candidate.valid_to,
    )


def same_as(triple: Triple) -> TripleInput:
    """Return what writes this very triple again. Its own names are given: what a document calls
    them, a pronoun perhaps, becomes no alias."""
    return TripleInput(
        subject=EntityInput(name=triple.subject.name, entity=triple.subject),
        relation=triple.relation,
        object=EntityInput(name=triple.object.name, entity=triple.object),
        valid_from=triple.valid_from,
    )


def evidence_of(candidate: Candidate, *, of: Triple | None = None) -> EvidenceInput | None:
    """Return where the document says it, or None for a candidate without a document and for one
    that stands in the words of a reviewer.

    As evidence ``of`` a triple of the inverse relation, subject and object change places.
    """
    if candidate.passage is None or candidate.reworded_by_id is not None:
        return None
    relation = candidate.relation
    turned = of is not None and of.relation_id == relation.inverse_id != relation.pk
    spans = FactSpans.of(candidate)
    return EvidenceInput(
        candidate.passage,
        *(spans.turned() if turned else spans),
        score=candidate.score,
    )
