"""How facts leave the memory and come back: nothing is deleted, everything is told."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone

from apps.accounts.models import User
from apps.audit.services import record
from apps.common.text import plain
from apps.memory.controller.types import (
    ConflictError,
    EntityInput,
    EvidenceInput,
    InvalidPeriod,
    NotActive,
    NotPast,
    SameEnd,
    Scope,
    TripleInput,
    Written,
    WrongSpace,
)
from apps.memory.controller.writing import lock, standing_against, triple_payload, write
from apps.memory.fading import USE_HALF_LIFE_DAYS, counted_sql
from apps.memory.models import Evidence, Triple


def _current(scope: Scope, triple: Triple) -> Triple:
    """Return the row as it stands now, after ``lock``."""
    if triple.space_id != scope.space.pk:
        raise WrongSpace
    return Triple.objects.select_related("subject", "relation", "object").get(pk=triple.pk)


def supersede(
    scope: Scope,
    old: Triple,
    new: TripleInput,
    *,
    actor: User,
    evidence: EvidenceInput | None,
    valid_to: date | None,
    despite_conflicts: bool,
) -> Written:
    """See MemoryController.supersede."""
    with transaction.atomic():
        lock(scope.space)
        row = _current(scope, old)
        if row.status != Triple.Status.ACTIVE:
            raise NotActive
        ends = _end_of(row, new, valid_to)
        # Two rows of one key may not both be active: the old one steps back first, and is named
        # its own successor for the moment, because a superseded row must name one.
        now = timezone.now()
        rows = Triple.objects.filter(pk=row.pk)
        rows.update(
            status=Triple.Status.SUPERSEDED,
            valid_to=ends,
            retracted_at=now,
            superseded_by=row.pk,
        )
        started = TripleInput(
            new.subject, new.relation, new.object, new.valid_from or valid_to, new.valid_to
        )
        written = write(
            scope, started, actor=actor, evidence=evidence, despite_conflicts=despite_conflicts
        )
        rows.update(superseded_by=written.triple)
        row.refresh_from_db()
        record(
            space=scope.space, action="triple.superseded", actor=actor, subject=row,
            payload=triple_payload(row) | {"superseded_by": written.triple.pk},
        )  # fmt: skip
        return written


def _end_of(old: Triple, new: TripleInput, valid_to: date | None) -> date | None:
    """Return when a superseded fact ended. One that the new fact corrects from the very day on
    which it began held on no day, and so has no end either. Raises InvalidPeriod."""
    ends = valid_to or new.valid_from
    if ends is not None and old.valid_to is not None:
        ends = min(ends, old.valid_to)
    if ends is None:
        return old.valid_to
    if old.valid_from is not None and ends <= old.valid_from:
        if valid_to is None and ends == old.valid_from:
            return None
        raise InvalidPeriod(old.valid_from, ends)
    return ends


def retract(scope: Scope, triple: Triple, *, actor: User, reason: str) -> Triple:
    """See MemoryController.retract."""
    reason = plain(reason)
    with transaction.atomic():
        lock(scope.space)
        row = _current(scope, triple)
        if row.status == Triple.Status.RETRACTED:
            raise NotActive
        row.status = Triple.Status.RETRACTED
        row.retracted_at = timezone.now()
        row.save(update_fields=["status", "retracted_at"])
        record(
            space=scope.space, action="triple.retracted", actor=actor, subject=row,
            payload=triple_payload(row) | ({"reason": reason} if reason else {}),
        )  # fmt: skip
        return row


def restore(
    scope: Scope,
    triple: Triple,
    *,
    actor: User,
    valid_to: date | None,
    keep_valid_to: bool,
    despite_conflicts: bool,
) -> Triple:
    """See MemoryController.restore."""
    with transaction.atomic():
        lock(scope.space)
        row = _current(scope, triple)
        if row.status == Triple.Status.ACTIVE:
            raise NotPast
        if not keep_valid_to:
            row.valid_to = valid_to
        again = TripleInput(
            EntityInput(row.subject.name, entity=row.subject),
            row.relation,
            EntityInput(row.object.name, entity=row.object),
            row.valid_from,
            row.valid_to,
        )
        twins, others = standing_against(scope, again, row.subject, row.object)
        if twins or (others and not despite_conflicts):
            raise ConflictError(twins or others)
        row.status = Triple.Status.ACTIVE
        row.retracted_at = None
        row.superseded_by = None
        row.save(update_fields=["status", "retracted_at", "superseded_by", "valid_to"])
        record(
            space=scope.space, action="triple.restored", actor=actor, subject=row,
            payload=triple_payload(row),
        )  # fmt: skip
        return row


def end(scope: Scope, triple: Triple, *, actor: User, valid_to: date | None) -> Triple:
    """See MemoryController.end."""
    with transaction.atomic():
        lock(scope.space)
        row = _current(scope, triple)
        if row.status != Triple.Status.ACTIVE:
            raise NotActive
        if valid_to == row.valid_to:
            raise SameEnd
        before = row.valid_to
        if before is not None and (valid_to is None or valid_to > before):
            subject, object_ = (
                EntityInput(one.name, entity=one) for one in (row.subject, row.object)
            )
            longer = TripleInput(subject, row.relation, object_, row.valid_from, valid_to)
            if others := standing_against(scope, longer, row.subject, row.object)[1]:
                raise ConflictError(others)
        elif valid_to and row.valid_from and valid_to <= row.valid_from:
            raise InvalidPeriod(row.valid_from, valid_to)
        row.valid_to = valid_to
        row.save(update_fields=["valid_to"])
        ends = {"valid_to": before.isoformat() if before else None}
        payload = triple_payload(row)
        record(
            space=scope.space, action="triple.ended" if valid_to else "triple.reopened",
            actor=actor, subject=row,
            payload=payload | {"before": ends, "after": {"valid_to": payload["valid_to"]}},
        )  # fmt: skip
        return row


def retract_evidence(scope: Scope, evidence: Evidence, *, actor: User, keep_triple: bool) -> bool:
    """See MemoryController.retract_evidence."""
    with transaction.atomic():
        lock(scope.space)
        row = Evidence.objects.select_related("triple").get(pk=evidence.pk)
        if row.space_id != scope.space.pk:
            raise WrongSpace
        if row.retracted_at is not None:
            raise NotActive
        row.retracted_at = timezone.now()
        row.save(update_fields=["retracted_at"])
        record(
            space=scope.space, action="evidence.retracted", actor=actor, subject=row.triple,
            payload={"evidence": row.pk, "passage": row.passage_id},
        )  # fmt: skip
        last = not row.triple.evidence.filter(retracted_at__isnull=True).exists()
        if keep_triple or not last or row.triple.status == Triple.Status.RETRACTED:
            return False
        retract(scope, row.triple, actor=actor, reason="its last evidence was retracted")
        return True


_USED = f"""
INSERT INTO memory_factschedule AS s (triple_id, space_id, uses, used_at)
SELECT id, space_id, 1, now() FROM memory_triple WHERE id = ANY(%(triples)s) ORDER BY id
    ON CONFLICT (triple_id) DO UPDATE
   SET used_at = now(),
       uses = 1 + {counted_sql("s.uses", "coalesce(s.used_at, now())")}
"""  # noqa: S608 - of our own words alone


def mark_read(scope: Scope, triple_ids: Iterable[int]) -> int:
    """See MemoryController.mark_read."""
    with transaction.atomic():
        rows = Triple.objects.filter(space=scope.space, pk__in=set(triple_ids))
        # Locked in one order, so that two answers that cite the same facts never wait in a ring.
        ids = list(rows.select_for_update(no_key=True).order_by("pk").values_list("pk", flat=True))
        with connection.cursor() as cursor:
            cursor.execute(_USED, {"triples": ids, "half_life": USE_HALF_LIFE_DAYS})
        return Triple.objects.filter(pk__in=ids).update(
            read_count=F("read_count") + 1, last_read_at=timezone.now()
        )
