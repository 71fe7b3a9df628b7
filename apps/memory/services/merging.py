"""Making one entity another name of another one."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from apps.accounts.models import User
from apps.audit.services import record
from apps.memory.controller.entities import add_alias
from apps.memory.controller.resolve import follow
from apps.memory.controller.writing import lock, triple_payload
from apps.memory.models import Alias, Entity, EntityMerge, Evidence, Triple
from apps.memory.services.merge_plans import LITERALS, SIDES, MergePlan, merge_plan
from worker.literals import agree


class MergeRefused(ValueError):
    """An entity cannot be merged into itself or into another space's."""

    def __init__(self) -> None:
        super().__init__("Choose another entity of this space to merge into.")


class NotOneThing(MergeRefused):
    """A date or a number is merged with something that it does not say."""

    def __init__(self, source: Entity, target: Entity) -> None:
        ValueError.__init__(
            self,
            f"“{source.name}” and “{target.name}” cannot be one thing: a date or a number is "
            "what it says.",
        )


class UnseenConflicts(ValueError):
    """The merge sets facts beside each other that a relation of one value does not allow."""

    def __init__(self, plan: MergePlan) -> None:
        super().__init__("Together they say two things of which one can hold: see them first.")
        self.plan = plan


@dataclass(frozen=True)
class Merged:
    """What a merge did: facts moved, facts that the target had already, aliases moved."""

    merge: EntityMerge
    target: Entity
    moved: int
    duplicates: int
    aliases: int


def refuse_two_things(source: Entity, target: Entity) -> None:
    """Raise NotOneThing where one is a date or a number that the other one is not."""
    if not LITERALS.intersection((source.kind, target.kind)):
        return
    if source.normalised != target.normalised and not agree(source.value, target.value):
        raise NotOneThing(source, target)


def entities_merge(
    *,
    source: Entity,
    target: Entity,
    actor: User,
    despite: Collection[tuple[int, int]] = (),
) -> Merged:
    """Make ``source`` another name of ``target``: its facts, names and evidence move there.

    A fact that the target states already is superseded by it and gives it its evidence. The
    source stays as a pointer, without vector, so that nothing that names it is lost, and the
    merge as a row by which ``entities_unmerge`` takes it back. ``despite`` are the clashing pairs
    (``MergePlan.clashes``) that the actor has seen. Raises MergeRefused, NotOneThing and
    UnseenConflicts.
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
        refuse_two_things(source, target)
        plan = merge_plan(source, target)
        if {(one.pk, other.pk) for one, other in plan.clashes} - set(despite):
            raise UnseenConflicts(plan)
        merge = EntityMerge(space=source.space, source=source, target=target, actor=actor)
        merge.duplicates = {str(one.pk): twin.pk for one, twin in plan.duplicates}
        # One step from every pointer to what it points to.
        pointers = Entity.objects.filter(merged_into=source)
        merge.pointers = list(pointers.values_list("pk", flat=True))
        pointers.update(merged_into=target)
        merge.save()
        _move_facts(merge, plan, actor)
        Entity.objects.filter(pk=source.pk).update(
            merged_into=target, embedding=None, embedded_by=""
        )
        _move_names(merge, actor)
        merge.save(update_fields=["moved", "evidence", "names", "named"])
        record(
            space=source.space, action="entity.merged", actor=actor, subject=target,
            payload={
                "merge": merge.pk,
                "source": {"id": source.pk, "name": source.name},
                "target": {"id": target.pk, "name": target.name},
                "moved": [triple.pk for triple in plan.moves],
                "duplicates": merge.duplicates,
                "evidence": merge.evidence,
                "aliases": list(plan.names),
                "despite": [[one.pk, other.pk] for one, other in plan.clashes],
            },
        )  # fmt: skip
        return Merged(merge, target, len(plan.moves), len(plan.duplicates), len(merge.named))


def _move_facts(merge: EntityMerge, plan: MergePlan, actor: User) -> None:
    twins = {one.pk: twin for one, twin in plan.duplicates}
    now = timezone.now()
    for triple in plan.moves:
        sides = [one for one in SIDES if getattr(triple, f"{one}_id") == merge.source_id]
        merge.moved[str(triple.pk)] = sides
        place: dict[str, object] = {f"{side}_id": merge.target_id for side in sides}
        twin = twins.get(triple.pk)
        if twin is not None:
            place |= {
                "status": Triple.Status.SUPERSEDED,
                "superseded_by": twin,
                "retracted_at": now,
            }
        Triple.objects.filter(pk=triple.pk).update(**place)
        triple_moved(triple, merge.source, merge.target, sides, actor, merge=merge.pk)
        if twin is not None:
            record(
                space=merge.space, action="triple.superseded", actor=actor, subject=triple,
                payload=triple_payload(triple) | {"superseded_by": twin.pk, "merge": merge.pk},
            )  # fmt: skip
            merge.evidence |= _move_evidence(triple, twin, merge, actor)


def triple_moved(
    triple: Triple, source: Entity, target: Entity, sides: Collection[str], actor: User,
    **why: int,
) -> None:  # fmt: skip
    """Tell of a fact that names another entity now; ``triple`` is as it was before."""
    record(
        space=source.space, action="triple.moved", actor=actor, subject=triple,
        payload=triple_payload(triple) | {
            "sides": list(sides),
            "from": {"id": source.pk, "name": source.name},
            "to": {"id": target.pk, "name": target.name},
            **why,
        },
    )  # fmt: skip


def _move_evidence(triple: Triple, twin: Triple, merge: EntityMerge, actor: User) -> dict[str, int]:
    """Give the standing evidence of a duplicate to its twin; what that has already stays."""
    there = set(
        twin.evidence.filter(retracted_at__isnull=True).values_list(
            "passage_id", "subject_start", "object_start"
        )
    )
    moved: dict[str, int] = {}
    for evidence in triple.evidence.filter(retracted_at__isnull=True):
        place = (evidence.passage_id, evidence.subject_start, evidence.object_start)
        if place not in there:
            there.add(place)
            moved[str(evidence.pk)] = triple.pk
            evidence_moved(evidence, triple, twin, merge, actor)
    return moved


def evidence_moved(
    evidence: Evidence, source: Triple, target: Triple, merge: EntityMerge, actor: User
) -> None:
    """Give evidence to another fact, and tell of it."""
    Evidence.objects.filter(pk=evidence.pk).update(triple=target)
    record(
        space=merge.space, action="evidence.moved", actor=actor, subject=target,
        payload={
            "evidence": evidence.pk,
            "from": source.pk,
            "to": target.pk,
            "merge": merge.pk,
        },
    )  # fmt: skip


def _move_names(merge: EntityMerge, actor: User) -> None:
    aliases = list(merge.source.aliases.select_related("passage").all())
    merge.names = [[alias.name, alias.passage_id] for alias in aliases]
    Alias.objects.filter(pk__in=[alias.pk for alias in aliases]).delete()
    names = [(merge.source.name, None), *((alias.name, alias.passage) for alias in aliases)]
    for name, passage in names:
        if alias := add_alias(merge.target, name, actor=actor, seen_in=passage):
            merge.named.append(alias.normalised)
