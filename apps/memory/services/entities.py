"""Changes that an owner makes to entities and facts."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.utils import timezone

from apps.accounts.models import User
from apps.audit.services import record
from apps.common.names import normalise_name
from apps.memory.controller import EntityInput, MemoryController
from apps.memory.controller.entities import add_alias, value_of
from apps.memory.controller.resolve import follow
from apps.memory.controller.writing import lock
from apps.memory.models import Alias, Entity, Evidence, Triple


class DuplicateEntity(ValueError):
    """Another entity has this name, type and description."""

    def __init__(self) -> None:
        super().__init__(
            "Another entity has this name and type: give one of them a description that tells "
            "them apart, or merge them."
        )


class MergeRefused(ValueError):
    """An entity cannot be merged into itself or into another space's."""

    def __init__(self) -> None:
        super().__init__("Choose another entity of this space to merge into.")


@dataclass(frozen=True)
class Merged:
    """What a merge did: facts moved, facts that the target had already, aliases moved."""

    target: Entity
    moved: int
    duplicates: int
    aliases: int


def entity_change(*, entity: Entity, actor: User, name: str, type: str, description: str) -> Entity:
    """Rename or describe an entity; the old name stays as an alias.

    Raises DuplicateEntity and InvalidName.
    """
    name = EntityInput(name).name
    with transaction.atomic():
        lock(entity.space)
        row = Entity.objects.defer("embedding").get(pk=entity.pk)
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


def entities_merge(*, source: Entity, target: Entity, actor: User) -> Merged:
    """Make ``source`` another name of ``target``: its facts, names and evidence move there.

    A fact that the target states already is superseded by it and gives it its evidence. The
    source stays as a pointer, without vector, so that nothing that names it is lost. Raises
    MergeRefused.
    """
    with transaction.atomic():
        lock(source.space)
        source = Entity.objects.defer("embedding").get(pk=source.pk)
        target = follow(Entity.objects.defer("embedding").get(pk=target.pk))
        if (
            source.pk == target.pk
            or source.merged_into_id is not None
            or source.space_id != target.space_id
        ):
            raise MergeRefused
        moved, duplicates = _move_triples(source, target)
        # One step from every pointer to what it points to.
        Entity.objects.filter(merged_into=source).update(merged_into=target)
        Entity.objects.filter(pk=source.pk).update(
            merged_into=target, embedding=None, embedded_by=""
        )
        aliases = _move_aliases(source, target)
        record(
            space=source.space, action="entity.merged", actor=actor, subject=target,
            payload={
                "source": {"id": source.pk, "name": source.name},
                "target": {"id": target.pk, "name": target.name},
                "moved": moved,
                "duplicates": duplicates,
            },
        )  # fmt: skip
        return Merged(target, len(moved), len(duplicates), aliases)


def _move_triples(source: Entity, target: Entity) -> tuple[list[int], dict[str, int]]:
    """Return the moved triples, and for each duplicate the triple that stays."""
    moved: list[int] = []
    duplicates: dict[str, int] = {}
    rows = Triple.objects.filter(space=source.space)
    for triple in (rows.filter(subject=source) | rows.filter(object=source)).order_by("pk"):
        subject = target.pk if triple.subject_id == source.pk else triple.subject_id
        object_ = target.pk if triple.object_id == source.pk else triple.object_id
        place: dict[str, object] = {"subject_id": subject, "object_id": object_}
        if triple.status == Triple.Status.ACTIVE:
            twin = rows.filter(
                subject_id=subject,
                relation_id=triple.relation_id,
                object_id=object_,
                valid_from=triple.valid_from,
                status=Triple.Status.ACTIVE,
            ).first()
            if twin is not None:
                place |= {
                    "status": Triple.Status.SUPERSEDED,
                    "superseded_by": twin,
                    "retracted_at": timezone.now(),
                }
                _move_evidence(triple, twin)
                duplicates[str(triple.pk)] = twin.pk
        Triple.objects.filter(pk=triple.pk).update(**place)
        moved.append(triple.pk)
    return moved, duplicates


def _move_evidence(triple: Triple, twin: Triple) -> None:
    there = set(
        twin.evidence.filter(retracted_at__isnull=True).values_list(
            "passage_id", "subject_start", "object_start"
        )
    )
    for evidence in triple.evidence.filter(retracted_at__isnull=True):
        place = (evidence.passage_id, evidence.subject_start, evidence.object_start)
        if place not in there:
            there.add(place)
            Evidence.objects.filter(pk=evidence.pk).update(triple=twin)


def _move_aliases(source: Entity, target: Entity) -> int:
    known = {target.normalised, *target.aliases.values_list("normalised", flat=True)}
    names = [(alias.name, alias.normalised, alias.passage_id) for alias in source.aliases.all()]
    names.append((source.name, source.normalised, None))
    source.aliases.all().delete()
    added = 0
    for name, normalised, passage in names:
        if normalised not in known:
            known.add(normalised)
            Alias.objects.create(space=target.space, entity=target, name=name, passage_id=passage)
            added += 1
    return added


def triple_retract(*, triple: Triple, actor: User, reason: str) -> Triple:
    """Take a fact back by hand, with the reason. Raises NotActive."""
    return MemoryController(triple.space).retract(triple, actor=actor, reason=reason)
