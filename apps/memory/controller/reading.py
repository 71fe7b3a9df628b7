"""MEM_READ: MemLLM's read algorithm (arXiv 2404.11672) over HNSW indexes and a bi-temporal table.

The candidates of each side are the exact matches of its name or, where there is none, its
neighbours; a pair of an entity and a relation scores the mean of their distances and is accepted
under tau_query. A name that the memory has stands for nothing else, even where it leads to no
fact, because "place of death" is no answer to "place of birth" however near it lies: so nothing
else is looked for. Unlike the original, the cut at the limit is in a fixed order.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, TypeAlias

from apps.memory.controller import neighbours
from apps.memory.controller.around import all_of
from apps.memory.controller.facts import Held, Pairs, Row, held_with
from apps.memory.controller.refs import relation_spec
from apps.memory.controller.resolve import (
    ENTITY_COLUMNS,
    equivalent,
    exact_entities,
    exact_relations,
    follow,
    near_relations,
    same_digits,
    the_relation,
)
from apps.memory.controller.schema import rules_in_use
from apps.memory.controller.types import Scope, storable
from apps.memory.models import Entity, Relation
from worker.types import EntityRef, Fact, MemoryQuery, ReadCandidate, ReadResult, RelationSpec, Side

_SIDES: tuple[Side, Side] = ("subject", "object")
# Relation, subject, object and beginning of a fact, with its pair's score and its triple's id.
Found: TypeAlias = dict[tuple[int, str, str, date | None], tuple[float, int, Fact]]


@dataclass(frozen=True)
class _Option:
    """A row that the known side or the relation of a query may mean."""

    row: Entity | Relation
    distance: float
    exact: bool
    within: bool  # its own threshold

    @property
    def role(self) -> Literal["entity", "relation"]:
        return "entity" if isinstance(self.row, Entity) else "relation"

    def shown(self, *, accepted: bool) -> ReadCandidate:
        return ReadCandidate(
            role=self.role,
            id=str(self.row.pk),
            name=self.row.name,
            distance=round(self.distance, 6),
            accepted=accepted,
            exact=self.exact,
        )


def read(
    scope: Scope,
    query: MemoryQuery,
    *,
    as_of: date | None,
    known_at: datetime | None,
    limit: int,
) -> ReadResult:
    """See MemoryController.read."""
    entities = _entity_options(scope, query)
    relations = _relation_options(scope, query)
    held = Held(known_at)
    if query.include_past:
        held = Held(known_at, past=True, since=query.since, until=query.until)
    elif as_of is not None:
        held = Held(known_at, past=True, since=as_of, until=as_of)
    pairs = _pairs(scope, entities, relations)
    if query.whole:
        rows = [o.row for o in _usable(relations) if isinstance(o.row, Relation)]
        facts = all_of(scope, held, rows, limit + 1)
        pairs = {(0, row.pk): 0.0 for row in rows}
    else:
        facts = _facts(scope, held, query, pairs, relations, limit)
    taken = {("entity", pk) for pk, _ in pairs} | {("relation", pk) for _, pk in pairs}
    shown = tuple(
        option.shown(accepted=option.exact or (option.role, option.row.pk) in taken)
        for option in (*entities, *relations)
    )
    return ReadResult(query, shown, tuple(facts[:limit]), truncated=len(facts) > limit)


def _entity_options(scope: Scope, query: MemoryQuery) -> list[_Option]:
    if query.whole:
        return []
    known = query.subject if query.subject is not None else query.object
    pinned = query.subject_id if query.subject is not None else query.object_id
    if pinned is not None:
        entity = _pinned_entity(pinned, scope)
        return [_Option(follow(entity), 0.0, True, True)] if entity else []
    name = storable(known or "")
    exact = [_Option(c.entity, 0.0, True, True) for c in exact_entities(scope, name)[0]]
    vector = None if exact else neighbours.embed(scope, name)
    if vector is None or scope.embedder is None:
        return exact
    rows = Entity.objects.filter(
        space=scope.space, merged_into=None, embedded_by=scope.embedder.name
    ).defer(*ENTITY_COLUMNS)
    near = neighbours.nearest(scope, rows, vector, limit=scope.config.entity_neighbours)
    tau = scope.config.tau_entity
    options = [
        _Option(entity, distance, False, distance < tau and same_digits(entity.name, name))
        for entity, distance in near
    ]
    return _cut(options, tau, scope.config.shown_beyond)


# Written out: a read then takes a third of the time, which went into building such queries.
_PINNED = "SELECT id, name, merged_into_id FROM memory_entity WHERE id = %s AND space_id = %s"


def _pinned_entity(id_: str, scope: Scope) -> Entity | None:
    """Return the row whose id a head gives back; None where the space has none."""
    if not id_.isdecimal():
        return None
    return next(iter(Entity.objects.raw(_PINNED, [int(id_), scope.space.pk])), None)


def _relation_options(scope: Scope, query: MemoryQuery) -> list[_Option]:
    if query.relation_id is not None:
        pinned = query.relation_id
        relation = the_relation(scope, int(pinned)) if pinned.isdecimal() else None
        return [_Option(relation, 0.0, True, True)] if relation else []
    exact = [_Option(c.relation, 0.0, True, True) for c in exact_relations(scope, query.relation)]
    vector = None if exact else neighbours.embed(scope, storable(query.relation))
    if vector is None:
        return exact
    tau = scope.config.tau_relation
    options = [
        _Option(c.relation, c.distance, False, c.distance < tau)
        for c in near_relations(scope, vector)
    ]
    return _cut(options, tau, scope.config.shown_beyond)


def _cut(options: list[_Option], tau: float, beyond: int) -> list[_Option]:
    """Keep what lies within the threshold and the nearest few outside, for the trace."""
    inside = [option for option in options if option.distance < tau]
    return inside + options[len(inside) : len(inside) + beyond]


def _pairs(
    scope: Scope, entities: Sequence[_Option], relations: Sequence[_Option]
) -> dict[tuple[int, int], float]:
    """Return the accepted pairs of (entity, relation) with their mean distance."""
    scored = {
        (entity.row.pk, relation.row.pk): (entity.distance + relation.distance) / 2
        for entity in _usable(entities)
        for relation in _usable(relations)
    }
    return {pair: score for pair, score in scored.items() if score < scope.config.tau_query}


def _usable(options: Sequence[_Option]) -> list[_Option]:
    exact = [option for option in options if option.exact]
    return exact or [option for option in options if option.within]


def _facts(
    scope: Scope,
    held: Held,
    query: MemoryQuery,
    pairs: Pairs,
    relations: Iterable[_Option],
    limit: int,
) -> list[Fact]:
    """Return up to ``limit`` + 1 facts of the pairs, nearest first, then by age.

    Facts that an equivalent relation states from the other side are turned round, so that the
    known side of the query is the known side of every fact. Where there are none at all, those
    count that imply one.
    """
    wanted = {relation for _, relation in pairs}
    named = {o.row.pk: o.row for o in relations if isinstance(o.row, Relation)}
    specs = {pk: relation_spec(named[pk]) for pk in wanted}
    turned = {pk: other for pk in wanted if (other := equivalent(named[pk])) is not None}
    known, unknown = _SIDES if query.subject is not None else _SIDES[::-1]
    found: Found = {}
    for row in held_with(scope, pairs, known, held, limit + 1):
        fact = _fact(row, specs[row.relation], row.subject, row.object)
        found[row.relation, fact.subject.id, fact.object.id, row.valid_from] = (
            row.score, row.id, fact,
        )  # fmt: skip
    back = {other: pk for pk, other in turned.items()}
    stated = {(one, turned[pk]): score for (one, pk), score in pairs.items() if pk in turned}
    for row in held_with(scope, stated, unknown, held, limit + 1):
        relation = back[row.relation]
        fact = _fact(row, specs[relation], row.object, row.subject)
        # Stated both ways, a fact is read as it was asked for.
        found.setdefault(
            (relation, fact.subject.id, fact.object.id, row.valid_from), (row.score, row.id, fact)
        )
    if not found:
        found = _following(scope, held, (known, unknown), pairs, specs, limit)
    ordered = sorted(found.values(), key=lambda item: item[:2])
    return [fact for _, _, fact in ordered[: limit + 1]]


def _following(
    scope: Scope,
    held: Held,
    sides: tuple[Side, Side],
    pairs: Pairs,
    specs: Mapping[int, RelationSpec],
    limit: int,
) -> Found:
    """Return facts from which one that was asked for follows, as the one that was asked for."""
    found: Found = {}
    if not pairs:
        return found
    rules = rules_in_use(scope.space)
    for (entity, relation), score in pairs.items():
        for step in rules.to(str(relation)):
            pair = {(entity, int(step.relation_id)): score}
            for row in held_with(scope, pair, sides[step.turned], held, limit + 1):
                ends = (row.object, row.subject) if step.turned else (row.subject, row.object)
                fact = _fact(row, specs[relation], *ends)
                key = (relation, fact.subject.id, fact.object.id, row.valid_from)
                found.setdefault(key, (row.score, row.id, fact))
    return found


def _fact(row: Row, relation: RelationSpec, subject: EntityRef, object: EntityRef) -> Fact:
    return Fact(
        triple_id=str(row.id),
        subject=subject,
        relation=relation,
        object=object,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        score=round(1 - row.score, 6),
    )
