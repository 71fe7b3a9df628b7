"""Rows of the memory as heads see them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields
from typing import Any

from apps.memory.models import Entity, Relation
from worker.types import EntityRef, RelationSpec

COLUMNS = tuple(field.name for field in fields(RelationSpec))  # of Relation, the id first


def entity_ref(entity: Entity) -> EntityRef:
    """Return an entity as heads see it."""
    return EntityRef(str(entity.pk), entity.name, entity.type, entity.description)


def relation_spec(relation: Relation) -> RelationSpec:
    """Return a relation as heads see it."""
    return spec_of([getattr(relation, column) for column in COLUMNS])


def spec_of(values: Iterable[Any]) -> RelationSpec:
    """Return a relation as heads see it, of the values of its ``COLUMNS``."""
    plain: list[Any] = [tuple(value) if isinstance(value, list) else value for value in values]
    return RelationSpec(str(plain[0]), *plain[1:])
