"""What reviewers say of facts that are due, and take back: on the card as they saw it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from datetime import date
from typing import Final

from django.db import transaction
from django.utils import timezone

from apps.accounts.models import User
from apps.asking.due_selectors import version_of
from apps.asking.models import DueHold, LastWord
from apps.asking.services.errors import DueChanged, DueRefused, NothingSaid
from apps.audit.services import record
from apps.common.names import normalise_name
from apps.curation.models import Candidate
from apps.curation.services import (
    CurationError,
    FactInWords,
    Name,
    Occasion,
    candidate_propose,
)
from apps.memory.controller import MemoryController, NotActive
from apps.memory.controller.spacing import (
    Standing,
    put_off,
    schedule_put_back,
    schedule_standing,
)
from apps.memory.controller.types import InvalidName, InvalidPeriod
from apps.memory.controller.writing import lock, triple_payload
from apps.memory.models import FactSchedule, Triple
from apps.memory.services import LATER_DAYS, fact_put_off, fact_still_true, triple_retract

SAME: Final = "The fact says this already. If it holds, say that it is still true."
_UNDONE: Final = {
    LastWord.Kind.STILL_TRUE: "triple.still_true_undone",
    LastWord.Kind.PUT_OFF: "triple.put_off_undone",
}
WAITS_DAYS: Final = 14  # a fact for whose decision somebody waits does not come up


def _row(triple: Triple) -> FactSchedule:
    parts = ("triple__subject", "triple__relation", "triple__object")
    row = FactSchedule.objects.select_related(*parts)
    return row.defer(*(f"{one}__embedding" for one in parts)).get(pk=triple.pk)


def _as_shown(triple: Triple, version: str | None) -> Standing:
    """Return how the schedule of an active fact stands, behind the other writers of its space.
    Raises NotActive, and DueChanged where it is another than of ``version``."""
    lock(triple.space)
    if Triple.objects.get(pk=triple.pk).status != Triple.Status.ACTIVE:
        raise NotActive
    standing = schedule_standing(triple.pk)
    if version is not None and version != version_of(_row(triple)):
        raise DueChanged
    return standing


def _say(
    triple: Triple, actor: User, version: str | None, kind: LastWord.Kind, act: Callable[[], object]
) -> None:
    with transaction.atomic():
        standing = _as_shown(triple, version)
        act()
        said = {"actor": actor, "kind": kind, "after": version_of(_row(triple))}
        LastWord.objects.update_or_create(
            triple=triple, defaults=said | {"at": timezone.now()} | asdict(standing)
        )
        DueHold.objects.filter(triple=triple, holder=actor).delete()


def due_still_true(*, triple: Triple, actor: User, version: str | None = None) -> None:
    """Note that a fact still holds, so that it can be taken back. Raises NotActive, and DueChanged
    for a fact that is another than of the ``version`` that was shown."""

    def act() -> None:
        fact_still_true(triple=triple, actor=actor)

    _say(triple, actor, version, LastWord.Kind.STILL_TRUE, act)


def due_put_off(
    *, triple: Triple, actor: User, version: str | None = None, days: int = LATER_DAYS
) -> None:
    """Let a fact come up again some days later, so that it can be taken back. Raises as
    ``due_still_true``."""

    def act() -> None:
        fact_put_off(triple=triple, actor=actor, days=days)

    _say(triple, actor, version, LastWord.Kind.PUT_OFF, act)


def due_retract(*, triple: Triple, actor: User, reason: str, version: str | None = None) -> None:
    """Take a fact out of the memory, due or not, so that it can be taken back. Raises as
    ``due_still_true``."""

    def act() -> None:
        triple_retract(triple=triple, actor=actor, reason=reason)

    _say(triple, actor, version, LastWord.Kind.RETRACTED, act)


def due_take_back(*, triple: Triple, actor: User) -> None:
    """Take back what the actor last said of a fact: it is as before, in the memory and due.

    Raises NothingSaid, DueChanged where something else happened to the fact since, and
    ConflictError where what was retracted cannot stand beside what came into the memory since.
    """
    with transaction.atomic():
        lock(triple.space)
        word = LastWord.objects.filter(triple=triple, actor=actor).first()
        if word is None:
            raise NothingSaid
        row = _row(triple)
        if version_of(row) != word.after:
            raise DueChanged
        if word.kind == LastWord.Kind.RETRACTED:
            MemoryController(triple.space).restore(row.triple, actor=actor, keep_valid_to=True)
        else:
            record(
                space=triple.space, action=_UNDONE[LastWord.Kind(word.kind)], actor=actor,
                subject=row.triple, payload=triple_payload(row.triple),
            )  # fmt: skip
        standing = Standing(
            word.stability, word.difficulty, word.held_at, word.confirmations, word.put_off_until
        )
        schedule_put_back(triple.pk, standing)
        word.delete()


def fact_correct(
    *,
    triple: Triple,
    actor: User,
    object: str,
    valid_from: date | None = None,
    version: str | None = None,
) -> Candidate:
    """Propose what holds in place of a fact, for review; the fact stands until it is accepted.

    Raises DueRefused, NotActive for a fact that left the memory, and DueChanged for one that is
    another than of the ``version`` that was shown.
    """
    is_same = normalise_name(object) == normalise_name(triple.object.name)
    if is_same and valid_from in (None, triple.valid_from):
        raise DueRefused(SAME)
    fact = FactInWords(
        Name(triple.subject.name, entity=triple.subject),
        triple.relation,
        Name(object, like=triple.object),
        valid_from=valid_from,
    )
    try:
        with transaction.atomic():
            _as_shown(triple, version)
            found = candidate_propose(
                space=triple.space, actor=actor, fact=fact, replaces=triple,
                occasion=Occasion(Candidate.Origin.DUE),
            )  # fmt: skip
            put_off(triple.pk, WAITS_DAYS)
            DueHold.objects.filter(triple=triple, holder=actor).delete()
    except (CurationError, InvalidName, InvalidPeriod) as error:
        raise DueRefused(str(error)) from error
    return found
