"""Telling two things apart that the memory took for one: undoing a merge, splitting an entity."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.utils import timezone

from apps.accounts.models import User
from apps.audit.services import record
from apps.common.text import plain
from apps.memory.controller import EntityInput
from apps.memory.controller.writing import lock, triple_payload
from apps.memory.models import Alias, Entity, EntityMerge, Evidence, Triple
from apps.memory.services.entities import DuplicateEntity
from apps.memory.services.merge_plans import LITERALS, SIDES, UnmergePlan, facts_of, unmerge_plan
from apps.memory.services.merging import evidence_moved, triple_moved


class PartingRefused(ValueError):
    """This cannot be taken apart; the message says why."""


@dataclass(frozen=True)
class Unmerged:
    """What taking a merge back did, and what it left with the target."""

    source: Entity
    plan: UnmergePlan


@dataclass(frozen=True)
class Split:
    """A new entity and how many facts it got."""

    entity: Entity
    moved: int


def entities_unmerge(*, merge: EntityMerge, actor: User) -> Unmerged:
    """Make the source of a merge an entity of its own again, with what it brought along.

    What came to the target since stays there, and so does what has changed since (``left``).
    Raises PartingRefused.
    """
    try:
        with transaction.atomic():
            lock(merge.space)
            merge = (
                EntityMerge.objects.select_for_update(of=("self",))
                .select_related("space", "source", "target")
                .get(pk=merge.pk)
            )
            plan = unmerge_plan(merge)
            if plan.problem:
                raise PartingRefused(plan.problem)
            Entity.objects.filter(pk=merge.source_id).update(merged_into=None)
            Entity.objects.filter(pk__in=merge.pointers, merged_into=merge.target).update(
                merged_into=merge.source
            )
            _facts_back(plan, actor)
            _names_back(merge)
            EntityMerge.objects.filter(pk=merge.pk).update(
                undone_at=timezone.now(), undone_by=actor
            )
            record(
                space=merge.space, action="entity.unmerged", actor=actor, subject=merge.target,
                payload={
                    "merge": merge.pk,
                    "source": {"id": merge.source_id, "name": merge.source.name},
                    "target": {"id": merge.target_id, "name": merge.target.name},
                    "moved": [triple.pk for triple, _ in plan.moves],
                    "restored": [triple.pk for triple in plan.restored],
                    "left": {str(triple.pk): why for triple, why in plan.left},
                    "since": [triple.pk for triple in plan.since],
                },
            )  # fmt: skip
    except IntegrityError as error:
        raise PartingRefused(
            "What was merged cannot stand beside what the memory holds by now."
        ) from error
    return Unmerged(Entity.objects.get(pk=merge.source_id), plan)


def _facts_back(plan: UnmergePlan, actor: User) -> None:
    merge = plan.merge
    restored = {triple.pk for triple in plan.restored}
    for triple, sides in plan.moves:
        place: dict[str, object] = {f"{side}_id": merge.source_id for side in sides}
        if triple.pk in restored:
            place |= {
                "status": Triple.Status.ACTIVE,
                "superseded_by": None,
                "retracted_at": None,
            }
        Triple.objects.filter(pk=triple.pk).update(**place)
        triple_moved(triple, merge.target, merge.source, sides, actor, merge=merge.pk)
        if triple.pk in restored:
            record(
                space=merge.space, action="triple.restored", actor=actor, subject=triple,
                payload=triple_payload(triple) | {"merge": merge.pk},
            )  # fmt: skip
    for pk in plan.evidence:
        evidence = Evidence.objects.select_related("triple").get(pk=pk)
        duplicate = Triple.objects.get(pk=merge.evidence[str(pk)])
        if evidence.triple_id == merge.duplicates[str(duplicate.pk)]:
            evidence_moved(evidence, evidence.triple, duplicate, merge, actor)


def _names_back(merge: EntityMerge) -> None:
    Alias.objects.filter(entity=merge.target_id, normalised__in=merge.named).delete()
    for name, passage in merge.names:
        Alias.objects.create(space=merge.space, entity=merge.source, name=name, passage_id=passage)


def entity_split(
    *,
    entity: Entity,
    actor: User,
    triples: Collection[int],
    name: str,
    type: str,
    description: str,
) -> Split:
    """Make a new entity of the given facts of another one; their evidence goes along.

    Merging the new one back undoes it. Raises PartingRefused for facts that are not the entity's
    and for dates and numbers, DuplicateEntity and InvalidName.
    """
    if entity.kind in LITERALS:
        raise PartingRefused("A date or a number is what it says: it cannot be two things.")
    name, description = EntityInput(name).name, plain(description)
    with transaction.atomic():
        lock(entity.space)
        rows = list(facts_of(entity).filter(pk__in=triples))
        if not rows or len(rows) != len(set(triples)):
            raise PartingRefused("Choose the facts that belong to the other one.")
        try:
            with transaction.atomic():
                new = Entity.objects.create(
                    space=entity.space,
                    name=name,
                    type=type,
                    kind=entity.kind,
                    description=description,
                )
        except IntegrityError as error:
            raise DuplicateEntity from error
        record(
            space=entity.space, action="entity.created", actor=actor, subject=new,
            payload={"name": new.name, "type": new.type, "kind": new.kind},
        )  # fmt: skip
        for triple in rows:
            sides = [one for one in SIDES if getattr(triple, f"{one}_id") == entity.pk]
            Triple.objects.filter(pk=triple.pk).update(**{f"{one}_id": new.pk for one in sides})
            triple_moved(triple, entity, new, sides, actor)
        record(
            space=entity.space, action="entity.split", actor=actor, subject=entity,
            payload={
                "from": {"id": entity.pk, "name": entity.name},
                "to": {"id": new.pk, "name": new.name, "description": description},
                "moved": [triple.pk for triple in rows],
            },
        )  # fmt: skip
    return Split(new, len(rows))
