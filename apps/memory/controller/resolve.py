"""What a name means: exact first, then near."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal

from django.db.models import Q
from pgvector import HalfVector

from apps.common.names import normalise_name
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


# The entities that have one of some normalised names, own names first, then by age. A merged one
# stands for the one that it was merged into; pointers are one step long. OFFSET 0 keeps the looks
# into the indexes as they are written, one for each name: from how many rows the planner expects
# it may read all entities instead, or start processes for what takes less time.
_NAMED = """
SELECT q.asked, n.own, {columns}
  FROM unnest(%(names)s::text[]) AS q(asked),
  LATERAL (
      (SELECT coalesce(merged_into_id, id) AS entity_id, merged_into_id IS NULL AS own, id AS age
         FROM memory_entity WHERE space_id = %(space)s AND normalised = q.asked)
      UNION ALL
      (SELECT entity_id, false, entity_id
         FROM memory_alias WHERE space_id = %(space)s AND normalised = q.asked)
      OFFSET 0
  ) AS n,
  LATERAL (SELECT * FROM memory_entity WHERE id = n.entity_id OFFSET 0) AS e
 ORDER BY n.own DESC, n.age, e.id
"""


def columns_of(model: type[Entity] | type[Relation], table: str) -> str:
    """Return every column of a row but its vector, for a statement that calls the row ``table``."""
    found = (field.column for field in model._meta.concrete_fields if field.name != "embedding")
    return ", ".join(f"{table}.{column}" for column in found)


def named(columns: str) -> str:
    """Return the statement for the rows of ``names``, with these ``columns`` of ``e``."""
    return _NAMED.format(columns=columns)


# Written out: to build such queries takes longer than to run them.
_EXACT_ENTITIES = named(columns_of(Entity, "e"))


def exact_entities(scope: Scope, *names: str) -> list[list[EntityCandidate]]:
    """Return for each name the entities that have it, then those that have it as an alias, by age;
    all names are looked up at once."""
    asked = [normalise_name(storable(name)) for name in names]
    found: dict[str, dict[int, EntityCandidate]] = {name: {} for name in asked if name}
    if found:
        given = {"space": scope.space.pk, "names": list(found)}
        for entity in Entity.objects.raw(_EXACT_ENTITIES, given):
            standing = follow(entity)
            how: Literal["name", "alias"] = "name" if entity.own else "alias"  # type: ignore[attr-defined]
            own = found[entity.asked]  # type: ignore[attr-defined]
            own.setdefault(standing.pk, EntityCandidate(standing, 0.0, how))
    return [list(found.get(name, {}).values()) for name in asked]


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
    scope: Scope,
    name: str,
    *,
    type: str = "",
    vector: HalfVector | None = None,
    exact: list[EntityCandidate] | None = None,
) -> Resolution:
    """See MemoryController.resolve_entity. ``exact`` is what ``exact_entities`` has found of the
    name just now."""
    if exact is None:
        (exact,) = exact_entities(scope, name)
    for how in ("name", "alias"):
        fitting = _of_type([c for c in exact if c.how == how], type)
        if len(fitting) == 1:
            return Resolution(fitting[0].entity, fitting[0].how, tuple(exact))
        if fitting:
            return Resolution(None, "ambiguous", tuple(fitting))
    near = _near_entities(scope, name, type=type, vector=vector)
    known = {c.entity.pk for c in exact}
    candidates = (*exact, *(c for c in near if c.entity.pk not in known))
    takable = [c for c in near if same_digits(c.entity.name, name)]
    if takable and not exact:
        return Resolution(takable[0].entity, "near", candidates)
    return Resolution(None, "new", candidates)


def _of_type(candidates: list[EntityCandidate], type: str) -> list[EntityCandidate]:
    """Return those of the type or without one; where there are several, the same type beats none.

    Without a type all fit.
    """
    if not type:
        return candidates
    fitting = [c for c in candidates if c.entity.type in (type, "")]
    same = [c for c in fitting if c.entity.type == type]
    return same or fitting


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


@lru_cache(maxsize=4096)
def _normalised(names: tuple[str, ...]) -> frozenset[str]:
    return frozenset(map(normalise_name, names))


def relation_names(relation: Relation) -> frozenset[str]:
    """Return the normalised aliases of a relation."""
    return _normalised(tuple(relation.aliases))


# ``back`` is the inverse of a relation's inverse, see ``equivalent``.
_RELATIONS = f"""
SELECT {columns_of(Relation, "r")}, i.inverse_id AS back
  FROM memory_relation AS r LEFT JOIN memory_relation AS i ON i.id = r.inverse_id
 WHERE r.space_id = %(space)s
"""  # noqa: S608 - columns of our own model
_THE_RELATION = _RELATIONS + " AND r.id = %(id)s"
_NAMED_SO = _RELATIONS + " AND r.normalised = %(normalised)s"
_OLDEST_FIRST = _RELATIONS + " ORDER BY r.retired_at IS NOT NULL, r.id"


def the_relation(scope: Scope, pk: int) -> Relation | None:
    """Return the relation of this id; None where the space has none."""
    return next(
        iter(Relation.objects.raw(_THE_RELATION, {"space": scope.space.pk, "id": pk})), None
    )


def equivalent(relation: Relation) -> int | None:
    """Return the relation that states the same facts from the other side, if there is one.

    Only a pair of relations that name each other counts: where two relations claim one inverse
    ("father" and "mother" of "child"), that inverse is ambiguous and is not followed.
    """
    if hasattr(relation, "back"):
        back = relation.back
    else:
        back = relation.inverse.inverse_id if relation.inverse else None
    return relation.inverse_id if back == relation.pk else None


def exact_relations(scope: Scope, name: str) -> list[RelationCandidate]:
    """Return the relation of this name, then those with the alias; in-use ones first, by age."""
    given = {"space": scope.space.pk, "normalised": normalise_name(storable(name))}
    found = [RelationCandidate(r, 0.0, "name") for r in Relation.objects.raw(_NAMED_SO, given)]
    if found:
        return found
    rows = Relation.objects.raw(_OLDEST_FIRST, given)
    return [
        RelationCandidate(r, 0.0, "alias") for r in rows if given["normalised"] in relation_names(r)
    ]


def near_relations(scope: Scope, vector: HalfVector) -> list[RelationCandidate]:
    """Return the nearest relations, whatever their distance."""
    rows = Relation.objects.filter(space=scope.space).defer("embedding")
    if scope.embedder is not None:
        rows = rows.filter(embedded_by=scope.embedder.name)
    found = neighbours.one_by_one(rows, vector, limit=scope.config.relation_neighbours)
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
