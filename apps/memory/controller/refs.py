"""Rows of the memory as heads see them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import fields
from typing import Any, Literal

from apps.memory.models import Entity, Relation
from worker.literals import value_from_json
from worker.types import EntityRef, RelationSpec

ENTITY = ("name", "type", "description", "kind", "value")  # columns of Entity beside the id
# Of Relation, the id first; whether there are facts of it is no column.
COLUMNS = tuple(field.name for field in fields(RelationSpec) if field.compare)


def entity_ref(entity: Entity) -> EntityRef:
    """Return an entity as heads see it."""
    return ref_of(entity.pk, [getattr(entity, column) for column in ENTITY])


def ref_of(pk: int, values: Sequence[Any], how: Literal["exact", "alias"] = "exact") -> EntityRef:
    """Return an entity as heads see it, of the values of its columns ``ENTITY``; its own value
    may be JSON's text."""
    name, type_, description, kind, value = values
    stored = json.loads(value) if isinstance(value, str) else value
    return EntityRef(
        str(pk), name, type_, description, how=how, kind=kind, value=value_from_json(stored)
    )


def relation_spec(relation: Relation) -> RelationSpec:
    """Return a relation as heads see it."""
    return spec_of([getattr(relation, column) for column in COLUMNS])


def spec_of(values: Iterable[Any]) -> RelationSpec:
    """Return a relation as heads see it, of the values of its ``COLUMNS``."""
    plain: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in zip(COLUMNS, values, strict=True)
    }
    return RelationSpec(**plain | {name: str(plain[name] or "") for name in ("id", "inverse_id")})
