"""Candidates that a person proposes in words of their own, without a document."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db import transaction

from apps.accounts.models import Space, User
from apps.audit.services import record
from apps.common.names import normalise_name
from apps.curation.models import Candidate
from apps.curation.services.errors import CurationError
from apps.curation.services.triple_import import KINDS
from apps.memory.controller import EntityInput, MemoryController, TripleInput
from apps.memory.controller.writing import lock
from apps.memory.models import Entity, Relation, Triple
from apps.memory.services import relation_knows
from worker.literals import as_json, parse_literal


@dataclass(frozen=True)
class Name:
    """A name as a person gives it; ``entity`` when it is known which one is meant.

    ``like`` is the entity in whose place it is given: a new name takes its type.
    """

    text: str
    entity: Entity | None = None
    like: Entity | None = None


@dataclass(frozen=True)
class FactInWords:
    """A fact as a person gives it."""

    subject: Name
    relation: Relation
    object: Name
    valid_from: date | None = None
    valid_to: date | None = None


@dataclass(frozen=True)
class Occasion:
    """The question for which a person proposes a fact: its number, and whether its answer was
    wrong (a correction) or missing (a gap); or that a program proposes it, or a reviewer of a fact
    that was due, for no question.

    ``wording`` is how it asked for the fact, with ``{subject}`` or ``{object}`` for the name.
    """

    origin: Candidate.Origin
    question: int | None = None
    wording: str = ""


def candidate_propose(
    *,
    space: Space,
    actor: User,
    fact: FactInWords,
    occasion: Occasion,
    replaces: Triple | None = None,
) -> Candidate:
    """Propose a fact for review; nothing enters the memory.

    The candidate keeps the wording of the question where that is new to the relation.
    The same proposal, if it waits already, is returned instead of a second one. Raises
    CurationError for a retired relation, for one or a fact of another space and for what the
    memory holds already, InvalidName and InvalidPeriod.
    """
    relation = fact.relation
    if relation.space_id != space.pk:
        raise CurationError("There is no such relation in this space.")
    if relation.retired_at is not None:
        raise CurationError("This relation is retired and takes no new facts.")
    if replaces is not None and replaces.space_id != space.pk:
        raise CurationError("There is no such fact in this space.")
    given = TripleInput(
        _side(space, fact.subject),
        relation,
        _side(space, fact.object, relation),
        fact.valid_from,
        fact.valid_to,
    )
    with transaction.atomic():
        lock(space)
        if same := _waiting(space, given, replaces):
            return same
        if replaces is None and _stands(given):
            raise CurationError("Nothing to change: the memory holds exactly this already.")
        candidate = Candidate.objects.create(
            space=space,
            origin=occasion.origin,
            proposed_by=actor,
            question=occasion.question,
            subject_text=given.subject.name,
            subject_type=given.subject.type,
            subject_entity=given.subject.entity,
            relation=relation,
            object_text=given.object.name,
            object_type=given.object.type,
            object_kind=given.object.kind,
            object_value=given.object.value,
            object_entity=given.object.entity,
            replaces=replaces,
            valid_from=fact.valid_from,
            valid_to=fact.valid_to,
            wording="" if relation_knows(relation, occasion.wording) else occasion.wording,
        )
        record(
            space=space,
            action="candidate.proposed",
            actor=actor,
            subject=candidate,
            payload={
                "fact": [candidate.subject_text, relation.name, candidate.object_text],
                "candidates": [candidate.pk],
                "origin": occasion.origin,
                "question": occasion.question,
                "replaces": replaces.pk if replaces else None,
            },
        )
    return candidate


def _side(space: Space, name: Name, relation: Relation | None = None) -> EntityInput:
    """Resolve a name by equal names alone. A name of nothing known is an item of no type, unless
    what it replaces or the ``relation`` of which it is the object says more."""
    entity = name.entity
    if entity is not None and entity.space_id != space.pk:
        raise CurationError("There is no such entity in this space.")
    text = EntityInput(name=name.text).name
    if entity is None:
        entity = MemoryController(space).resolve_entity(text).entity
    type, kind = (entity.type, entity.kind) if entity else _typed(text, name.like, relation)
    value = as_json(parse_literal(text, kind), text)
    return EntityInput(name=text, type=type, kind=kind, value=value, entity=entity)


def _typed(text: str, like: Entity | None, relation: Relation | None) -> tuple[str, str]:
    """Return the type and the kind of a new name."""
    types = set(relation.object_types) if relation else set()
    for type in sorted(types & KINDS.keys()):
        if parse_literal(text, KINDS[type]):
            return type, KINDS[type]
    if like is not None:
        return like.type, like.kind
    type = types.pop() if len(types) == 1 else ""
    return type, KINDS.get(type, Entity.Kind.ITEM)


def _waiting(space: Space, given: TripleInput, replaces: Triple | None) -> Candidate | None:
    """Return the same proposal, if it waits for a decision."""
    wanted = (normalise_name(given.subject.name), normalise_name(given.object.name))
    rows = Candidate.objects.filter(
        space=space,
        state__in=Candidate.OPEN,
        relation=given.relation,
        passage=None,
        replaces=replaces,
        valid_from=given.valid_from,
        valid_to=given.valid_to,
    )
    for row in rows.order_by("pk"):
        if (normalise_name(row.subject_text), normalise_name(row.object_text)) == wanted:
            return row
    return None


def _stands(given: TripleInput) -> bool:
    """Return whether the memory holds the same fact, with nothing new about its time."""
    if given.subject.entity is None or given.object.entity is None:
        return False
    same = Triple.objects.filter(
        subject=given.subject.entity,
        relation=given.relation,
        object=given.object.entity,
        status=Triple.Status.ACTIVE,
    )
    if given.valid_from is not None or given.valid_to is not None:
        same = same.filter(valid_from=given.valid_from, valid_to=given.valid_to)
    return same.exists()
