"""What a question was taken for, by the rows of its answer, and where a right answer would go."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from apps.asking.models import Answer, Citation, Misreading, ReadCall
from apps.curation.services import Name
from apps.memory.models import Entity, Relation, Triple

SUBJECT, OBJECT = Misreading.Known.SUBJECT.value, Misreading.Known.OBJECT.value


@dataclass(frozen=True)
class Understood:
    """A reading: the entity that stands on the ``known`` side (subject, object) of the relation.

    Names are those of the moment. An id is None where the read was sure of no row.
    """

    known: str
    entity: int | None
    entity_name: str
    relation: int | None
    relation_name: str


@dataclass(frozen=True)
class Slot:
    """A fact with one side left open, as the memory would store it. ``cited`` is the fact that
    the answer stated there."""

    relation: Relation
    known: str
    entity: Entity
    cited: Triple | None = None

    @property
    def is_single(self) -> bool:
        """Return whether only one name can be right at a time."""
        return self.known == SUBJECT and self.relation.single_valued

    @property
    def stated(self) -> Entity | None:
        """Return what the answer stated on the open side."""
        if self.cited is None:
            return None
        return self.cited.object if self.known == SUBJECT else self.cited.subject

    def names(self, text: str, entity: Entity | None = None) -> tuple[Name, Name]:
        """Return subject and object with ``text`` on the open side."""
        here = Name(self.entity.name, entity=self.entity)
        there = Name(text, entity=entity, like=self.stated)
        return (here, there) if self.known == SUBJECT else (there, here)


def understood_of(answer: Answer, citation: Citation | None = None) -> Understood | None:
    """Return the reading that the answer, or one of its facts, rests on; of an abstention the
    first reading that led to nothing. None when nothing was read."""
    read = _read_of(answer, citation)
    if read is None:
        return None
    known = SUBJECT if read.subject else OBJECT
    of = citation.triple if citation else None
    entity = _accepted(read, "entity", (of.subject_id, of.object_id) if of else ())
    relation = _accepted(read, "relation", (of.relation_id,) if of else ())
    return Understood(
        known=known,
        entity=int(entity["id"]) if entity else None,
        entity_name=str(entity["name"]) if entity else read.subject or read.object,
        relation=int(relation["id"]) if relation else None,
        relation_name=str(relation["name"]) if relation else read.relation,
    )


def slot_of(answer: Answer, citation: Citation | None = None) -> Slot | None:
    """Return where a right answer would go: beside or instead of the citation's fact, or, without
    a citation, where the answer looked. None when it looked nowhere."""
    understood = understood_of(answer, citation)
    if citation is not None:
        triple = citation.triple
        known = understood.known if understood else SUBJECT
        if understood and triple.subject_id != triple.object_id:
            # A fact of an equivalent relation is stored the other way round.
            known = {triple.subject_id: SUBJECT, triple.object_id: OBJECT}.get(
                understood.entity or 0, known
            )
        entity = triple.subject if known == SUBJECT else triple.object
        return Slot(triple.relation, known, entity, cited=triple)
    if understood is None or understood.entity is None or understood.relation is None:
        return None
    space = answer.question.space_id
    entities = Entity.objects.filter(space=space, pk=understood.entity).defer("embedding")
    relations = Relation.objects.filter(space=space, pk=understood.relation).defer("embedding")
    found, relation = entities.first(), relations.first()
    if found is None or relation is None:
        return None
    return Slot(relation, understood.known, found)


def _read_of(answer: Answer, citation: Citation | None) -> ReadCall | None:
    reads = list(answer.reads.all())
    if citation is not None:
        wanted = {citation.triple_id}
    else:
        wanted = set(answer.stated.values_list("triple_id", flat=True))
    if wanted:
        found = [read for read in reads if wanted & _triples(read)]
        return found[-1] if found else None
    empty = [read for read in reads if not read.results]
    return empty[0] if empty else (reads[-1] if reads else None)


def _triples(read: ReadCall) -> set[int]:
    return {int(result["triple"]) for result in read.results}


def _accepted(read: ReadCall, role: str, near: Sequence[int]) -> dict[str, Any] | None:
    """Return the candidate that the read took, one of ``near`` before others."""
    taken = [one for one in read.candidates if one["role"] == role and one["accepted"]]
    taken.sort(key=lambda one: (one["id"] not in near, one["distance"], one["id"]))
    return taken[0] if taken else None
