"""How facts enter the memory.

Every writer of a space waits for the one before it (``lock``), so that deduplication and conflicts
are decided on what stands; the unique constraints say the same to anyone who does not ask here.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import Q

from apps.accounts.models import Space, User
from apps.audit.services import record
from apps.memory.controller.entities import find, find_or_create, look_up, value_of
from apps.memory.controller.spacing import held_again
from apps.memory.controller.types import (
    ConflictError,
    EvidenceInput,
    RelationRetired,
    Scope,
    TripleInput,
    Written,
    WrongSpace,
)
from apps.memory.models import Entity, Evidence, Relation, Triple
from worker.literals import agree
from worker.validity.order import follows_on


def lock(space: Space) -> None:
    """Wait for the other writers of the space, until the end of this transaction.

    A caller that locks rows of its own does so before, and all of them: then two callers never
    wait for each other.
    """
    Space.objects.select_for_update(no_key=True).get(pk=space.pk)


LONGEST_SAID = 1_000  # characters of a sentence that an event quotes


def triple_payload(triple: Triple) -> dict[str, Any]:
    """Return a triple as events tell of it."""
    return {
        "subject": {"id": triple.subject_id, "name": triple.subject.name},
        "relation": {"id": triple.relation_id, "name": triple.relation.name},
        "object": {"id": triple.object_id, "name": triple.object.name},
        "valid_from": triple.valid_from.isoformat() if triple.valid_from else None,
        "valid_to": triple.valid_to.isoformat() if triple.valid_to else None,
    }


def conflicts(scope: Scope, triple: TripleInput) -> tuple[Triple, ...]:
    """See MemoryController.conflicts."""
    if not triple.relation.single_valued:
        return ()
    subject = find(scope, triple.subject)
    return _conflicts(scope, triple, subject, find(scope, triple.object)) if subject else ()


def _conflicts(
    scope: Scope, triple: TripleInput, subject: Entity, object_: Entity | None
) -> tuple[Triple, ...]:
    """Return the active triples with another object whose time overlaps, oldest first."""
    if not triple.relation.single_valued:
        return ()
    rows = _overlapping(
        Triple.objects.filter(
            space=scope.space,
            subject=subject,
            relation=triple.relation,
            status=Triple.Status.ACTIVE,
        ),
        triple.valid_from,
        triple.valid_to,
    )
    value = object_.value if object_ else value_of(triple.object)
    return tuple(
        row
        for row in rows.select_related("subject", "relation", "object").order_by("pk")
        if row.object_id != (object_.pk if object_ else None)
        and not agree(row.object.value, value)
        and not follows_on((row.valid_from, row.valid_to), (triple.valid_from, triple.valid_to))
    )


def _overlapping(rows: Any, start: date | None, end: date | None) -> Any:
    if start is not None:
        rows = rows.filter(Q(valid_to__isnull=True) | Q(valid_to__gt=start))
    if end is not None:
        rows = rows.filter(Q(valid_from__isnull=True) | Q(valid_from__lt=end))
    return rows


def write(
    scope: Scope,
    triple: TripleInput,
    *,
    actor: User,
    evidence: EvidenceInput | None,
    despite_conflicts: bool,
) -> Written:
    """See MemoryController.write."""
    if triple.relation.space_id != scope.space.pk:
        raise WrongSpace
    with transaction.atomic():
        lock(scope.space)
        relation = Relation.objects.defer("embedding").get(pk=triple.relation.pk)
        seen_in = evidence.passage if evidence else None
        found_one, found_other = look_up(scope, triple.subject, triple.object)
        subject, one_is_new = find_or_create(
            scope, triple.subject, actor=actor, seen_in=seen_in, exact=found_one
        )
        object_, other_is_new = find_or_create(
            scope, triple.object, actor=actor, seen_in=seen_in, exact=found_other
        )
        new = one_is_new or other_is_new  # and has no fact that could be the same
        row = None if new else _standing(scope, triple, subject, object_)
        created = row is None
        if row is None:
            if relation.retired_at is not None:
                raise RelationRetired
            against = () if one_is_new else _conflicts(scope, triple, subject, object_)
            if against and not despite_conflicts:
                raise ConflictError(against)
            row = Triple.objects.create(
                space=scope.space,
                subject=subject,
                relation=relation,
                object=object_,
                valid_from=triple.valid_from,
                valid_to=triple.valid_to,
            )
            payload = triple_payload(row) | {"despite": [other.pk for other in against]}
            record(
                space=scope.space, action="triple.written", actor=actor, subject=row,
                payload=payload,
            )  # fmt: skip
        if evidence is None:
            return Written(row, None, created, evidence_created=False)
        found = None if created else _evidence_there(row, evidence)
        if found is not None:
            return Written(row, found, created, evidence_created=False)
        added = _add_evidence(scope, row, evidence, actor=actor)
        if not created:
            held_again([row.pk])
        return Written(row, added, created, evidence_created=True)


def standing_against(
    scope: Scope, triple: TripleInput, subject: Entity, object_: Entity
) -> tuple[list[Triple], tuple[Triple, ...]]:
    """Return the active triples of the same key, and those in conflict with it."""
    same = _same(scope, triple, subject, object_)
    twins = [row for row in same if row.valid_from == triple.valid_from]
    return twins, _conflicts(scope, triple, subject, object_)


def _same(scope: Scope, triple: TripleInput, subject: Entity, object_: Entity) -> list[Triple]:
    return list(
        Triple.objects.filter(
            space=scope.space,
            subject=subject,
            relation=triple.relation,
            object=object_,
            status=Triple.Status.ACTIVE,
        )
        .select_related("subject", "relation", "object")
        .order_by("pk")
    )


def _standing(scope: Scope, triple: TripleInput, subject: Entity, object_: Entity) -> Triple | None:
    """Return the active triple that says the same, if there is one.

    A statement without dates is more evidence for the only dated one. The same beginning with
    another end is the same triple with another time: superseding it is for a person to decide.
    """
    rows = _same(scope, triple, subject, object_)
    twins = [row for row in rows if row.valid_from == triple.valid_from]
    if twins:
        if triple.valid_to is not None and twins[0].valid_to != triple.valid_to:
            raise ConflictError(twins)
        return twins[0]
    if triple.valid_from is None and triple.valid_to is None and len(rows) == 1:
        return rows[0]
    return None


def _evidence_there(triple: Triple, given: EvidenceInput) -> Evidence | None:
    return Evidence.objects.filter(
        triple=triple,
        passage=given.passage,
        subject_start=given.subject[0],
        object_start=given.object[0],
        retracted_at=None,
    ).first()


def _add_evidence(scope: Scope, triple: Triple, given: EvidenceInput, *, actor: User) -> Evidence:
    evidence = Evidence.objects.create(
        space=scope.space,
        triple=triple,
        passage=given.passage,
        **given.spans.fields(),
        score=given.score,
        approved_by=actor,
    )
    record(
        space=scope.space, action="evidence.added", actor=actor, subject=triple,
        payload={
            "evidence": evidence.pk,
            "document": given.passage.document_id,
            "passage": given.passage.pk,
            **{part: list(span) for part, span in given.spans._asdict().items()},
            "said": _said(given),
        },
    )  # fmt: skip
    return evidence


def _said(given: EvidenceInput) -> str:
    """Return the sentence of the evidence, so that the log can be read without the document."""
    start, end = (place - given.passage.start for place in given.sentence)
    return given.passage.text[start:end][:LONGEST_SAID]
