"""A candidate in the words of the memory."""

from __future__ import annotations

from dataclasses import dataclass

from apps.curation.models import Candidate
from apps.memory.controller import EntityInput, EvidenceInput, TripleInput
from apps.memory.models import Entity, Triple


@dataclass(frozen=True)
class Picked:
    """The entities that the reviewer says the names mean; None leaves it to the exact name.

    The hints on the candidate are not enough for that: only a person takes a near name for the
    same thing.
    """

    subject: Entity | None = None
    object: Entity | None = None

    def changes(self) -> dict[str, Entity]:
        """Return the fields of the candidate that keep what was picked."""
        fields = {"subject_entity": self.subject, "object_entity": self.object}
        return {name: entity for name, entity in fields.items() if entity is not None}


NOTHING_PICKED = Picked()


def triple_of(candidate: Candidate, picked: Picked = NOTHING_PICKED) -> TripleInput:
    """Return what the candidate would write. Raises InvalidName and InvalidPeriod."""
    return TripleInput(
        subject=EntityInput(
            name=candidate.subject_text, type=candidate.subject_type, entity=picked.subject
        ),
        relation=candidate.relation,
        object=EntityInput(
            name=candidate.object_text,
            type=candidate.object_type,
            kind=candidate.object_kind,
            value=candidate.object_value,
            entity=picked.object,
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
    """Return where the document says it, or None for a candidate without a document.

    As evidence ``of`` a triple of the inverse relation, subject and object change places.
    """
    if candidate.passage is None:
        return None
    subject = _pair(candidate.subject_start, candidate.subject_end)
    object_ = _pair(candidate.object_start, candidate.object_end)
    relation = candidate.relation
    turned = of is not None and of.relation_id == relation.inverse_id != relation.pk
    if turned:
        subject, object_ = object_, subject
    return EvidenceInput(
        passage=candidate.passage,
        sentence=_pair(candidate.sentence_start, candidate.sentence_end),
        subject=subject,
        object=object_,
        score=candidate.score,
    )


def _pair(start: int | None, end: int | None) -> tuple[int, int]:
    assert start is not None
    assert end is not None
    return start, end
