"""Rows of the memory as heads see them."""

from __future__ import annotations

from apps.memory.models import Entity, Relation
from worker.types import EntityRef, RelationSpec


def entity_ref(entity: Entity) -> EntityRef:
    """Return an entity as heads see it."""
    return EntityRef(str(entity.pk), entity.name, entity.type, entity.description)


def relation_spec(relation: Relation) -> RelationSpec:
    """Return a relation as heads see it."""
    return RelationSpec(
        id=str(relation.pk),
        name=relation.name,
        description=relation.description,
        aliases=tuple(relation.aliases),
        inverse_name=relation.inverse_name,
        single_valued=relation.single_valued,
        subject_types=tuple(relation.subject_types),
        object_types=tuple(relation.object_types),
        template=relation.template,
        wikidata_property=relation.wikidata_property,
        questions=tuple(relation.questions),
        inverse_questions=tuple(relation.inverse_questions),
    )
