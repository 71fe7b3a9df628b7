"""Withdrawing what only one source supports, and taking that back: each one transaction, one event
and one batch of rows, however many facts there are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import connection, transaction
from django.utils import timezone

from apps.accounts.models import User
from apps.audit.services import record
from apps.memory.controller import MemoryController
from apps.memory.controller.writing import lock
from apps.provenance.models import Withdrawal, WithdrawnRow
from apps.provenance.selectors.resting import (
    Source,
    borne_evidence,
    borne_facts,
    changed_since,
    resting_on,
    values_of,
)

AT_ONCE: Final = 2_000


class WithdrawalError(Exception):
    """A withdrawal that cannot be made or taken back; the message says why."""


@dataclass(frozen=True)
class Withdrawn:
    """What was withdrawn or brought back, and the facts that were left as they are."""

    withdrawal: Withdrawal
    left: tuple[int, ...]


def withdraw(*, source: Source, actor: User, reason: str, seen_at: datetime) -> Withdrawn:
    """Retract the facts that only the source supports, and all evidence that rests on it.

    A fact on which somebody decided, or that got or lost evidence, after ``seen_at`` (when the
    dry run was shown) is left alone with its evidence and told. Raises WithdrawalError where
    nothing is left to withdraw.
    """
    space = source.space
    memory = MemoryController(space)
    with transaction.atomic():
        lock(space)
        resting = resting_on(source)
        left = changed_since([*resting.going, *resting.staying], seen_at)
        facts = [pk for pk in resting.going if pk not in left]
        evidence = _evidence_without(resting.evidence, left)
        if not facts and not evidence:
            raise WithdrawalError(_nothing(left))
        moment = timezone.now()
        withdrawal = Withdrawal.objects.create(
            space=space, actor=actor, reason=reason, at=moment, **values_of(source)
        )
        was = memory.retract_at_once(facts=facts, evidence=evidence, moment=moment)
        rows = [
            WithdrawnRow(withdrawal=withdrawal, triple_id=pk, was=status, was_retracted_at=at)
            for pk, status, at in was
        ] + [WithdrawnRow(withdrawal=withdrawal, evidence_id=pk) for pk in evidence]
        WithdrawnRow.objects.bulk_create(rows, batch_size=AT_ONCE)
        withdrawal.facts, withdrawal.evidence = len(was), len(evidence)
        withdrawal.save(update_fields=["facts", "evidence"])
        record(
            space=space,
            action="provenance.withdrawn",
            actor=actor,
            subject=withdrawal,
            payload={
                "withdrawal": withdrawal.pk,
                "kind": str(source.kind),
                "source": source.name,
                "facts": len(was),
                "evidence": len(evidence),
                "stayed": len(resting.staying),
                "left": sorted(left),
                "reason": reason,
            },
        )
    return Withdrawn(withdrawal, tuple(sorted(left)))


def _nothing(left: frozenset[int]) -> str:
    if left:
        return "Everything that rests on this has changed since you looked: look again."
    return "Nothing rests on this any more."


def _evidence_without(evidence: tuple[int, ...], facts: frozenset[int]) -> list[int]:
    """Return evidence but for that of these facts."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM memory_evidence WHERE id = ANY(%s) AND triple_id <> ALL(%s::bigint[])"
            " ORDER BY id",
            [list(evidence), list(facts)],
        )
        return [pk for (pk,) in cursor.fetchall()]


def withdrawal_undo(*, withdrawal: Withdrawal, actor: User) -> Withdrawn:
    """Bring back what a withdrawal took, as it was.

    What has changed since is left alone: a fact that an equal one or one that contradicts it has
    replaced, and what no standing decision bears any more. Raises WithdrawalError when it was
    undone before, or a later withdrawal stands.
    """
    space = withdrawal.space
    with transaction.atomic():
        lock(space)
        now = Withdrawal.objects.select_for_update().get(pk=withdrawal.pk)
        if now.undone_at is not None:
            raise WithdrawalError("This withdrawal was undone before.")
        later = Withdrawal.objects.filter(space=space, undone_at=None, pk__gt=now.pk)
        if later.exists():
            raise WithdrawalError("A later withdrawal stands: undo that one first.")
        facts, evidence, left = _brought_back(now)
        now.undone_at, now.undone_by = timezone.now(), actor
        now.save(update_fields=["undone_at", "undone_by"])
        record(
            space=space,
            action="provenance.withdrawal_undone",
            actor=actor,
            subject=now,
            payload={
                "withdrawal": now.pk,
                "source": now.name,
                "facts": facts,
                "evidence": evidence,
                "left": left,
            },
        )
    withdrawal.refresh_from_db()
    return Withdrawn(withdrawal, tuple(left))


def _brought_back(withdrawal: Withdrawal) -> tuple[int, int, list[int]]:
    """Bring back the rows of a withdrawal; returns how many facts and pieces of evidence those
    were, and the facts of it that stay away."""
    memory = MemoryController(withdrawal.space)
    rows = list(withdrawal.rows.all())
    pieces = [one.evidence_id for one in rows if one.evidence_id is not None]
    evidence = memory.evidence_back_at_once(
        evidence=sorted(borne_evidence(pieces)), moment=withdrawal.at
    )
    stood = {
        one.triple_id: (one.triple_id, one.was, one.was_retracted_at)
        for one in rows
        if one.triple_id is not None
    }
    borne = borne_facts(withdrawal.space, list(stood))
    facts = memory.facts_back_at_once(
        facts=[stood[pk] for pk in sorted(borne)], moment=withdrawal.at
    )
    return len(facts), len(evidence), sorted(stood.keys() - facts)
