"""Changes that an owner makes to entities and facts."""

from __future__ import annotations

from typing import Any

from django.db import IntegrityError, transaction

from apps.accounts.models import User
from apps.audit.services import record
from apps.audit.versions import check_version
from apps.common.names import normalise_name
from apps.common.text import plain
from apps.memory.controller import EntityInput, MemoryController
from apps.memory.controller.entities import add_alias, value_of
from apps.memory.controller.writing import lock
from apps.memory.models import Alias, Entity, Triple


class DuplicateEntity(ValueError):
    """Another entity has this name, type and description."""

    def __init__(self) -> None:
        super().__init__(
            "Another entity has this name and type: give one of them a description that tells "
            "them apart, or merge them."
        )


def entity_shown(entity: Entity) -> dict[str, Any]:
    """Return what the form of an entity shows of it."""
    return {field: getattr(entity, field) for field in ("name", "type", "description")}


def entity_change(
    *,
    entity: Entity,
    actor: User,
    name: str,
    type: str,
    description: str,
    version: str | None = None,
) -> Entity:
    """Rename or describe an entity; the old name stays as an alias.

    Raises DuplicateEntity, InvalidName, and ChangedMeanwhile where the form shows another
    ``version`` of it.
    """
    name, description = EntityInput(name).name, plain(description)
    with transaction.atomic():
        lock(entity.space)
        row = Entity.objects.defer("embedding").get(pk=entity.pk)
        check_version(row, entity_shown(row), version)
        given = {"name": name, "type": type, "description": description}
        changed = {
            field: [getattr(row, field), value]
            for field, value in given.items()
            if getattr(row, field) != value
        }
        if not changed:
            return row
        columns: dict[str, object] = {**given, "normalised": normalise_name(name)}
        if value := value_of(EntityInput(name, kind=row.kind)):
            columns["value"] = value
        if "name" in changed:
            columns |= {"embedding": None, "embedded_by": ""}
        try:
            with transaction.atomic():
                Entity.objects.filter(pk=row.pk).update(**columns)
        except IntegrityError as error:
            raise DuplicateEntity from error
        renamed = Entity.objects.get(pk=row.pk)
        Alias.objects.filter(entity=row, normalised=renamed.normalised).delete()
        record(
            space=row.space, action="entity.changed", actor=actor, subject=row,
            payload={"changed": changed},
        )  # fmt: skip
        add_alias(renamed, row.name, actor=actor, seen_in=None)
        return renamed


def alias_add(*, entity: Entity, actor: User, name: str) -> bool:
    """Add another name of an entity; False when it has it already. Raises InvalidName."""
    with transaction.atomic():
        lock(entity.space)
        given = EntityInput(name)
        return add_alias(entity, given.name, actor=actor, seen_in=None) is not None


def triple_retract(*, triple: Triple, actor: User, reason: str) -> Triple:
    """Take a fact back by hand, with the reason. Raises NotActive."""
    return MemoryController(triple.space).retract(triple, actor=actor, reason=reason)
