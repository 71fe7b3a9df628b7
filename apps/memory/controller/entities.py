"""Which entity a name in a write stands for, made when there is none."""

from __future__ import annotations

from typing import Any

from apps.accounts.models import User
from apps.audit.services import record
from apps.common.names import normalise_name
from apps.memory.controller.resolve import (
    entity_of_value,
    exact_entities,
    follow,
    resolve_entity,
)
from apps.memory.controller.types import (
    AmbiguousName,
    EntityCandidate,
    EntityInput,
    Resolution,
    Scope,
    WrongSpace,
)
from apps.memory.models import Alias, Entity
from apps.sources.models import Passage
from worker.literals import as_json, parse_literal

Exact = list[EntityCandidate] | None  # what has a name exactly; None where nobody looked yet
LITERALS = (Entity.Kind.TIME, Entity.Kind.QUANTITY, Entity.Kind.TEXT)


def value_of(given: EntityInput) -> dict[str, Any] | None:
    """Return the value of a literal, read from its name where none is given."""
    if given.value is not None or given.kind not in LITERALS:
        return given.value
    return as_json(parse_literal(given.name, given.kind), given.name)


def resolved(scope: Scope, given: EntityInput, *, exact: Exact = None) -> Resolution:
    """Resolve by exact names and, for a literal, by an equal value: only a person takes a near
    name for the same thing.

    Measured on Re-DocRED, at most six in ten of the nearest names of all-MiniLM-L6-v2 belong to
    the same entity, at any threshold.
    """
    exactly = Scope(scope.space, None, scope.config)
    resolution = resolve_entity(exactly, given.name, type=given.type, exact=exact)
    if resolution.how == "new" and given.kind in LITERALS:
        found = entity_of_value(scope, value_of(given), kind=given.kind, type=given.type)
        return Resolution(found, "value", resolution.candidates) if found else resolution
    return resolution


def find(scope: Scope, given: EntityInput) -> Entity | None:
    if given.entity is not None:
        return follow(given.entity)
    if given.another:
        return _noted(scope, given)
    return resolved(scope, given).entity


def _noted(scope: Scope, given: EntityInput) -> Entity | None:
    """Return the entity of this very name, type and note."""
    rows = Entity.objects.filter(
        space=scope.space,
        normalised=normalise_name(given.name),
        type=given.type,
        description=given.another,
        merged_into=None,
    )
    return rows.defer("embedding").first()


def look_up(scope: Scope, subject: EntityInput, object: EntityInput) -> tuple[Exact, Exact]:
    """Look both names of a fact up at once, or leave it to ``find_or_create``: where one needs
    no look, or where both have one name, which making the first gives another meaning."""
    named = [given.entity is None and not given.another for given in (subject, object)]
    if not all(named) or normalise_name(subject.name) == normalise_name(object.name):
        return None, None
    one, other = exact_entities(scope, subject.name, object.name)
    return one, other


def find_or_create(
    scope: Scope,
    given: EntityInput,
    *,
    actor: User,
    seen_in: Passage | None,
    exact: Exact = None,
) -> tuple[Entity, bool]:
    """Return the entity that a name in a write stands for, and whether it was made for that."""
    if given.entity is not None:
        if given.entity.space_id != scope.space.pk:
            raise WrongSpace
        entity = follow(Entity.objects.defer("embedding").get(pk=given.entity.pk))
    elif given.another:
        noted = _noted(scope, given)
        return (noted, False) if noted else (_create(scope, given, actor=actor), True)
    else:
        resolution = resolved(scope, given, exact=exact)
        if resolution.how == "ambiguous":
            raise AmbiguousName(given.name, resolution.candidates)
        if resolution.entity is None:
            return _create(scope, given, actor=actor), True
        entity = resolution.entity
        _give_value(entity, given, actor=actor)
    add_alias(entity, given.name, actor=actor, seen_in=seen_in)
    return entity, False


def _create(scope: Scope, given: EntityInput, *, actor: User) -> Entity:
    """Make the entity, which resolving has not found: nobody else writes to the space meanwhile."""
    entity = Entity.objects.create(
        space=scope.space,
        name=given.name,
        type=given.type,
        description=given.another,
        kind=given.kind,
        value=value_of(given),
    )
    record(
        space=scope.space, action="entity.created", actor=actor, subject=entity,
        payload={
            "name": entity.name,
            "type": entity.type,
            "kind": entity.kind,
            **({"description": given.another} if given.another else {}),
        },
    )  # fmt: skip
    return entity


def _give_value(entity: Entity, given: EntityInput, *, actor: User) -> None:
    """Keep the value of a literal that the memory had by its name alone."""
    value = value_of(given)
    if value is None or given.kind != entity.kind or entity.value is not None:
        return
    Entity.objects.filter(pk=entity.pk).update(value=value)
    entity.value = value
    record(
        space=entity.space, action="entity.changed", actor=actor, subject=entity,
        payload={"name": entity.name, "value": value},
    )  # fmt: skip


def add_alias(entity: Entity, name: str, *, actor: User, seen_in: Passage | None) -> Alias | None:
    """Record another surface form; None when the entity has it already."""
    normalised = normalise_name(name)
    if normalised == entity.normalised:
        return None
    alias, created = Alias.objects.get_or_create(
        entity=entity,
        normalised=normalised,
        defaults={"space_id": entity.space_id, "name": name, "passage": seen_in},
    )
    if not created:
        return None
    record(
        space=entity.space, action="entity.changed", actor=actor, subject=entity,
        payload={"name": entity.name, "alias": name},
    )  # fmt: skip
    return alias
