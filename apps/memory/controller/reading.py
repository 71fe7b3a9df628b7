"""MEM_READ: MemLLM's read algorithm (arXiv 2404.11672) over HNSW indexes and a bi-temporal table.

The candidates are the exact matches of a name and its neighbours; a pair of an entity and a
relation scores the mean of their distances and is accepted under tau_query. Exact matches win: a
name that the memory has stands for nothing else, even where it leads to no fact, because "place of
death" is no answer to "place of birth" however near it lies. Unlike the original, the cut at the
limit is in a fixed order.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Literal

from django.db.models import Case, F, FloatField, Q, QuerySet, Value, When
from pgvector import HalfVector

from apps.memory.controller import neighbours
from apps.memory.controller.refs import entity_ref, relation_spec
from apps.memory.controller.resolve import (
    ENTITY_COLUMNS,
    exact_entities,
    exact_relations,
    follow,
    near_relations,
    same_digits,
)
from apps.memory.controller.types import Scope, storable
from apps.memory.models import Entity, Relation, Triple
from worker.types import Fact, MemoryQuery, ReadCandidate, ReadResult


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
    if query.include_past:
        standing = held_between(scope, query.since, query.until, known_at=known_at)
    else:
        standing = standing_at(scope, as_of=as_of, known_at=known_at)
    pairs = _pairs(scope, entities, relations)
    facts = _facts(standing, query, pairs, relations, limit)
    taken = {("entity", pk) for pk, _ in pairs} | {("relation", pk) for _, pk in pairs}
    shown = tuple(
        option.shown(accepted=option.exact or (option.role, option.row.pk) in taken)
        for option in (*entities, *relations)
    )
    return ReadResult(query, shown, tuple(facts[:limit]), truncated=len(facts) > limit)


def _entity_options(scope: Scope, query: MemoryQuery) -> list[_Option]:
    known = query.subject if query.subject is not None else query.object
    pinned = query.subject_id if query.subject is not None else query.object_id
    rows = Entity.objects.filter(space=scope.space).defer(*ENTITY_COLUMNS)
    if pinned is not None:
        entity = rows.filter(pk=int(pinned)).first() if pinned.isdecimal() else None
        return [_Option(follow(entity), 0.0, True, True)] if entity else []
    name = storable(known or "")
    exact = [_Option(c.entity, 0.0, True, True) for c in exact_entities(scope, name)]
    seen = {option.row.pk for option in exact}
    vector, embedded_by = neighbours.embed(scope, name), ""
    if vector is not None and scope.embedder is not None:
        embedded_by = scope.embedder.name
    elif exact:  # without an embedder, the vector of a known entity does
        vector, embedded_by = _stored_vector(seen)
    if vector is None:
        return exact
    near = neighbours.nearest(
        scope,
        rows.filter(merged_into=None, embedded_by=embedded_by).exclude(pk__in=seen),
        vector,
        limit=scope.config.entity_neighbours,
    )
    tau = scope.config.tau_entity
    options = [
        _Option(entity, distance, False, distance < tau and same_digits(entity.name, name))
        for entity, distance in near
    ]
    return exact + _cut(options, tau, scope.config.shown_beyond)


def _stored_vector(entities: set[int]) -> tuple[HalfVector | None, str]:
    row = (
        Entity.objects.filter(pk__in=entities, embedding__isnull=False)
        .order_by("pk")
        .values_list("embedding", "embedded_by")
        .first()
    )
    return row or (None, "")


def _relation_options(scope: Scope, query: MemoryQuery) -> list[_Option]:
    if query.relation_id is not None:
        rows = scope.space.relations.defer("embedding")
        id_ = query.relation_id
        relation = rows.filter(pk=int(id_)).first() if id_.isdecimal() else None
        return [_Option(relation, 0.0, True, True)] if relation else []
    exact = [_Option(c.relation, 0.0, True, True) for c in exact_relations(scope, query.relation)]
    vector = neighbours.embed(scope, storable(query.relation))
    if vector is None:
        return exact
    seen = {option.row.pk for option in exact}
    tau = scope.config.tau_relation
    options = [
        _Option(c.relation, c.distance, False, c.distance < tau)
        for c in near_relations(scope, vector)
        if c.relation.pk not in seen
    ]
    return exact + _cut(options, tau, scope.config.shown_beyond)


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


def standing_at(scope: Scope, *, as_of: date | None, known_at: datetime | None) -> QuerySet[Triple]:
    """Return the triples that the memory held at ``known_at`` and that were true at ``as_of``.

    ``retracted_at`` of a superseded triple is when it was superseded: before that the memory knew
    it as active, since then as past, true up to ``valid_to`` where that is known.
    """
    if as_of is not None:
        return held_between(scope, as_of, as_of, known_at=known_at)
    rows, current = _known(scope, known_at)
    return rows.filter(current)


def held_between(
    scope: Scope, since: date | None, until: date | None, *, known_at: datetime | None
) -> QuerySet[Triple]:
    """Return the triples, past ones too, that were true on a day from ``since`` to ``until``.

    Both days are included; None is open. A past triple whose end is not known is left out.
    """
    rows, current = _known(scope, known_at)
    rows = rows.filter(current | Q(status=Triple.Status.SUPERSEDED, valid_to__isnull=False))
    if until is not None:
        rows = rows.filter(Q(valid_from__isnull=True) | Q(valid_from__lte=until))
    if since is not None:
        rows = rows.filter(Q(valid_to__isnull=True) | Q(valid_to__gt=since))
    return rows


def _known(scope: Scope, known_at: datetime | None) -> tuple[QuerySet[Triple], Q]:
    """Return the triples recorded by a moment, and which of them the memory then held as active."""
    rows = Triple.objects.filter(space=scope.space)
    if known_at is None:  # reading the present needs no clock, and two clocks may differ
        return rows, Q(status=Triple.Status.ACTIVE)
    return (
        rows.filter(recorded_at__lte=known_at),
        Q(retracted_at__isnull=True) | Q(retracted_at__gt=known_at),
    )


def equivalent(relation: Relation) -> int | None:
    """Return the relation that states the same facts from the other side, if there is one.

    Only a pair of relations that name each other counts: where two relations claim one inverse
    ("father" and "mother" of "child"), that inverse is ambiguous and is not followed.
    """
    other = relation.inverse
    if other is not None and other.inverse_id == relation.pk:
        return other.pk
    return None


def _facts(
    standing: QuerySet[Triple],
    query: MemoryQuery,
    pairs: dict[tuple[int, int], float],
    relations: Iterable[_Option],
    limit: int,
) -> list[Fact]:
    """Return up to ``limit`` + 1 facts of the pairs, nearest first, then by age.

    Facts that an equivalent relation states from the other side are turned round, so that the
    known side of the query is the known side of every fact.
    """
    if not pairs:
        return []
    rows = {o.row.pk: o.row for o in relations if isinstance(o.row, Relation)}
    wanted = {relation for _, relation in pairs}
    turned = {pk: other for pk in wanted if (other := equivalent(rows[pk])) is not None}
    known, unknown = ("subject", "object") if query.subject is not None else ("object", "subject")
    straight = _rows(standing, pairs, known, {pk: pk for pk in wanted}, limit)
    reverse = _rows(standing, pairs, unknown, turned, limit) if turned else []
    back = {other: pk for pk, other in turned.items()}
    facts: dict[tuple[int, int, int, date | None], tuple[float, int, Fact]] = {}
    for triple, score in straight:
        key = (triple.subject_id, triple.relation_id, triple.object_id, triple.valid_from)
        facts[key] = (score, triple.pk, _fact(triple, triple.relation, score))
    for triple, score in reverse:
        relation = rows[back[triple.relation_id]]
        key = (triple.object_id, relation.pk, triple.subject_id, triple.valid_from)
        # Stated both ways, a fact is read as it was asked for.
        facts.setdefault(key, (score, triple.pk, _turn(_fact(triple, relation, score))))
    ordered = sorted(facts.values(), key=lambda item: item[:2])
    return [fact for _, _, fact in ordered[: limit + 1]]


def _rows(
    standing: QuerySet[Triple],
    pairs: dict[tuple[int, int], float],
    side: str,
    stored_as: dict[int, int],
    limit: int,
) -> list[tuple[Triple, float]]:
    """Return the triples of the pairs with the known entity on ``side``, and their scores."""
    by_score: dict[float, Q] = {}
    for (entity, relation), score in pairs.items():
        if relation in stored_as:
            one = Q(**{f"{side}_id": entity, "relation_id": stored_as[relation]})
            by_score[score] = by_score.get(score, Q()) | one
    if not by_score:
        return []
    anything = Q()
    for one in by_score.values():
        anything |= one
    rows = standing.filter(anything).select_related("subject", "relation", "object")
    rows = rows.defer("subject__embedding", "object__embedding", "relation__embedding")
    if len(by_score) == 1:
        (score,) = by_score
        return [(row, score) for row in rows.order_by("pk")[: limit + 1]]
    whens = [When(one, then=Value(score)) for score, one in by_score.items()]
    scored = rows.annotate(pair_score=Case(*whens, output_field=FloatField()))
    return [
        (row, row.pair_score) for row in scored.order_by(F("pair_score").asc(), "pk")[: limit + 1]
    ]


def _fact(triple: Triple, relation: Relation, score: float) -> Fact:
    return Fact(
        triple_id=str(triple.pk),
        subject=entity_ref(triple.subject),
        relation=relation_spec(relation),
        object=entity_ref(triple.object),
        valid_from=triple.valid_from,
        valid_to=triple.valid_to,
        score=round(1 - score, 6),
    )


def _turn(fact: Fact) -> Fact:
    return replace(fact, subject=fact.object, object=fact.subject)
