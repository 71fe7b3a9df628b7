"""What a name means: exact first, then near."""

from __future__ import annotations

import re
from typing import Literal

from django.db.models import Q
from pgvector import HalfVector

from apps.common.text import normalise_name
from apps.memory.controller import neighbours
from apps.memory.controller.types import (
    EntityCandidate,
    RelationCandidate,
    RelationResolution,
    Resolution,
    Scope,
    storable,
)
from apps.memory.models import Entity, Relation
from worker.literals import Value, normal_form

_DIGITS = re.compile(r"\d+")
# Rows come with everything but their vectors, which nobody but the index reads.
ENTITY_COLUMNS = ("embedding",)


def same_digits(one: str, other: str) -> bool:
    """Return whether two names hold the same numbers: "Apollo 11" is never "Apollo 12"."""
    return sorted(_DIGITS.findall(one)) == sorted(_DIGITS.findall(other))


def follow(entity: Entity) -> Entity:
    """Return the entity that this one was merged into, if it was."""
    while entity.merged_into_id is not None:
        entity = Entity.objects.defer(*ENTITY_COLUMNS).get(pk=entity.merged_into_id)
    return entity


def exact_entities(scope: Scope, name: str) -> list[EntityCandidate]:
    """Return the entities that have this name, then those that have it as an alias, by age."""
    normalised = normalise_name(storable(name))
    if not normalised:
        return []
    rows = Entity.objects.filter(space=scope.space).defer(*ENTITY_COLUMNS)
    named: list[tuple[Entity, Literal["name", "alias"]]] = [
        # The name of a merged entity is one more alias of the one that it was merged into.
        (entity, "alias" if entity.merged_into_id else "name")
        for entity in rows.filter(normalised=normalised).order_by("pk")
    ]
    named += [
        (entity, "alias")
        for entity in rows.filter(
            aliases__space=scope.space, aliases__normalised=normalised
        ).order_by("pk")
    ]
    named.sort(key=lambda pair: pair[1] == "alias")
    found: dict[int, EntityCandidate] = {}
    for entity, how in named:
        standing = follow(entity)
        found.setdefault(standing.pk, EntityCandidate(standing, 0.0, how))
    return list(found.values())


def entity_of_value(scope: Scope, value: Value | None, *, kind: str, type: str) -> Entity | None:
    """Return the oldest literal of an equal value, of the same type before one without."""
    form = normal_form(value)
    if not form:
        return None
    rows = Entity.objects.filter(space=scope.space, kind=kind, value__contains=form)
    if type:
        rows = rows.filter(type__in=(type, ""))
    found = sorted(rows.defer(*ENTITY_COLUMNS), key=lambda row: (row.type != type, row.pk))
    return follow(found[0]) if found else None


def resolve_entity(
    scope: Scope, name: str, *, type: str = "", vector: HalfVector | None = None
) -> Resolution:
    """See MemoryController.resolve_entity."""
    exact = exact_entities(scope, name)
    for how in ("name", "alias"):
        fitting = [c for c in exact if c.how == how and (not type or c.entity.type in (type, ""))]
        if type and len(fitting) > 1:  # the same type beats none
            fitting = [c for c in fitting if c.entity.type == type] or fitting
        if len(fitting) == 1:
            return Resolution(fitting[0].entity, fitting[0].how, tuple(exact))
        if fitting:
            return Resolution(None, "ambiguous", tuple(fitting))
    near = _near_entities(scope, name, type=type, vector=vector)
    candidates = (*exact, *(c for c in near if c.entity.pk not in {e.entity.pk for e in exact}))
    takable = [c for c in near if same_digits(c.entity.name, name)]
    if takable and not exact:
        return Resolution(takable[0].entity, "near", candidates)
    return Resolution(None, "new", candidates)


def _near_entities(
    scope: Scope, name: str, *, type: str, vector: HalfVector | None
) -> list[EntityCandidate]:
    """Return the things within tau_resolve, of the same type or with none on either side."""
    vector = vector or neighbours.embed(scope, storable(name))
    if vector is None:
        return []
    rows = Entity.objects.filter(space=scope.space, merged_into=None, kind=Entity.Kind.ITEM).defer(
        *ENTITY_COLUMNS
    )
    if type:
        rows = rows.filter(Q(type=type) | Q(type=""))
    if scope.embedder is not None:
        rows = rows.filter(embedded_by=scope.embedder.name)
    found = neighbours.nearest(scope, rows, vector, limit=scope.config.entity_neighbours)
    return [
        EntityCandidate(entity, distance, "near")
        for entity, distance in found
        if distance < scope.config.tau_resolve
    ]


def relation_names(relation: Relation) -> set[str]:
    """Return the normalised aliases of a relation."""
    return {normalise_name(alias) for alias in relation.aliases}


def exact_relations(scope: Scope, name: str) -> list[RelationCandidate]:
    """Return the relation of this name, then those with the alias; in-use ones first, by age."""
    normalised = normalise_name(storable(name))
    rows = sorted(
        scope.space.relations.defer("embedding").all(),
        key=lambda relation: (relation.retired_at is not None, relation.pk),
    )
    named = [RelationCandidate(r, 0.0, "name") for r in rows if r.normalised == normalised]
    if named:
        return named
    return [RelationCandidate(r, 0.0, "alias") for r in rows if normalised in relation_names(r)]


def near_relations(scope: Scope, vector: HalfVector) -> list[RelationCandidate]:
    """Return the nearest relations, whatever their distance."""
    rows = Relation.objects.filter(space=scope.space).defer("embedding")
    if scope.embedder is not None:
        rows = rows.filter(embedded_by=scope.embedder.name)
    found = neighbours.nearest(scope, rows, vector, limit=scope.config.relation_neighbours)
    return [RelationCandidate(relation, distance, "near") for relation, distance in found]


def resolve_relation(scope: Scope, name: str) -> RelationResolution:
    """See MemoryController.resolve_relation."""
    exact = exact_relations(scope, name)
    if exact:
        return RelationResolution(exact[0].relation, exact[0].how, tuple(exact))
    vector = neighbours.embed(scope, storable(name))
    near = near_relations(scope, vector) if vector is not None else []
    within = tuple(c for c in near if c.distance < scope.config.tau_relation)
    usable = [c for c in within if c.relation.retired_at is None]
    if usable:
        return RelationResolution(usable[0].relation, "near", within)
    return RelationResolution(None, "new", within)
