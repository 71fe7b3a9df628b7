"""Which facts of the memory a candidate's names and relation mean."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Q, QuerySet
from django.utils import timezone

from apps.accounts.models import Space
from apps.curation.models import Candidate
from apps.memory.controller import EntityInput
from apps.memory.controller.entities import resolved
from apps.memory.controller.types import Scope
from apps.memory.models import Entity, Triple
from worker.implications import Step


def facts_held(candidate: Candidate, steps: Sequence[Step]) -> list[Triple]:
    """Return the facts that the memory holds today with the names of an unsaved or saved candidate
    and one of some relations, turned round where a step says so; the oldest first.

    A name means every entity that is called exactly so, whatever its type.
    """
    subjects = called_so(candidate, "subject") if steps else []
    objects = called_so(candidate, "object") if subjects else []
    wanted = Q(pk__in=())
    for step in steps:
        one, other = (objects, subjects) if step.turned else (subjects, objects)
        wanted |= Q(relation=int(step.relation_id), subject__in=one, object__in=other)
    if not objects:
        return []
    rows = held_today(candidate.space).filter(wanted)
    return list(rows.select_related("subject", "relation", "object").order_by("pk"))


def held_today(space: Space) -> QuerySet[Triple]:
    """Return the facts that a memory holds and that have not ended."""
    return Triple.objects.filter(
        Q(valid_to__isnull=True) | Q(valid_to__gt=timezone.now().date()),
        space=space,
        status=Triple.Status.ACTIVE,
    )


def called_so(candidate: Candidate, part: str) -> list[Entity]:
    """Return the entities that a name of a candidate means, by its exact words or value."""
    is_object = part == "object"
    given = EntityInput(
        name=getattr(candidate, f"{part}_text"),
        type=getattr(candidate, f"{part}_type"),
        kind=candidate.object_kind if is_object else Entity.Kind.ITEM,
        value=candidate.object_value if is_object else None,
    )
    found = resolved(Scope(candidate.space), given)
    if found.entity is not None:
        return [found.entity]
    return [one.entity for one in found.candidates if one.distance == 0]
