"""Which references are kept in which form: proposed from what they cost and how they are used.

Nothing moves without an owner: one switches proposing on, and either presses a proposal or lets
the clock make them. A move says only in which form the next build keeps the references; until then
they are used as they are.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from apps.accounts.models import Space, User
from apps.audit.services import record
from apps.common.jobs import TooManyOpen
from apps.explicit.hierarchy_selectors import Standing, moves_proposed, standings, weight_of
from apps.explicit.models import (
    ExplicitChoice,
    ExplicitMove,
    ExplicitPlace,
    ExplicitWeight,
    Form,
)
from apps.explicit.selectors import choice_of, is_on
from apps.explicit.services.builds import build_request
from apps.explicit.services.errors import NoCosts, NotOn, NotProposed
from apps.explicit.services.files import SYSTEM, maker_id
from apps.explicit.services.places import weight_save
from apps.memory.controller.writing import lock
from apps.memory.fading import USE_HALF_LIFE_DAYS
from worker import registry
from worker.explicit.hierarchy import Cost, expected_of, proposed, ranges

HORIZON_DAYS: Final = 30.0
EVERY: Final = timedelta(hours=1)
MOST: Final = 200  # proposals of a space at a time, those that save most


@dataclass(frozen=True)
class Weighing:
    """What was proposed, and made, and what is no longer proposed."""

    proposed: int
    made: int
    withdrawn: int


def policy_set(*, space: Space, actor: User, policy: str) -> ExplicitChoice:
    """Say what is done where another form is cheaper. Raises NotOn, and ValueError for a policy
    that is none."""
    policy = ExplicitChoice.Hierarchy(policy)
    with transaction.atomic():
        lock(space)
        row = choice_of(space)
        if row is None or not row.is_on:
            raise NotOn
        if row.hierarchy == policy:
            return row
        row.hierarchy, row.weighed_at = policy, None
        row.save(update_fields=["hierarchy", "weighed_at"])
        if policy == ExplicitChoice.Hierarchy.OFF:
            ExplicitMove.objects.filter(space=space, state=ExplicitMove.State.PROPOSED).delete()
        record(
            space=space, action="explicit.hierarchy_set", actor=actor, subject=space,
            payload={"policy": str(policy)},
        )  # fmt: skip
    return row


def costs_measure(*, space: Space) -> ExplicitWeight:
    """Measure in this process what a reference costs with the language model of a space. Raises
    NotOn, and CannotLoad."""
    choice = choice_of(space)
    if choice is None or not choice.is_on:
        raise NotOn
    registry.keep_at_most(settings.HEADS_MB * 2**20)
    maker = registry.reference_maker(choice.base, choice.adapter)
    return weight_save(maker_id(maker.said), maker.weighed())


def hierarchy_weigh(*, space: Space) -> Weighing:
    """Propose moves of a space anew, and make them where its owner said so. Raises NotOn and
    NoCosts."""
    _proposing(space)
    weight = weight_of(space)
    if weight is None:
        raise NoCosts
    wanted = {move.subject_id: move for move in _moves(space, weight)}
    with transaction.atomic():
        lock(space)
        choice = _proposing(space)  # an owner may have switched it off meanwhile
        ExplicitChoice.objects.filter(pk=choice.pk).update(weighed_at=timezone.now())
        rows = ExplicitMove.objects.filter(space=space, state=ExplicitMove.State.PROPOSED)
        withdrawn, _ = rows.exclude(subject__in=wanted).delete()
        rows.delete()
        ExplicitMove.objects.bulk_create(wanted.values())
        made = 0
        if choice.hierarchy == ExplicitChoice.Hierarchy.ACT:
            made = sum(_make(move, None) for move in list(moves_proposed(space)))
    if made:
        _build(space, choice.changed_by, by_clock=True)
    return Weighing(len(wanted), made, withdrawn)


def _proposing(space: Space) -> ExplicitChoice:
    """Return what an owner chose where other forms are proposed. Raises NotOn."""
    choice = choice_of(space)
    if choice is None or not choice.is_on or choice.hierarchy == ExplicitChoice.Hierarchy.OFF:
        raise NotOn("Proposing other forms is off in this space. An owner switches it on first.")
    return choice


def move_make(*, move: ExplicitMove, actor: User) -> None:
    """Make a proposed move, by the word of an owner. Raises NotOn and NotProposed."""
    with transaction.atomic():
        lock(move.space)
        if not is_on(move.space):
            raise NotOn
        if not _make(move, actor):
            raise NotProposed
    _build(move.space, actor, by_clock=False)


def hierarchy_sweep() -> int:
    """Weigh each space whose owner wants it and that was not weighed in the last hour; return how
    many were."""
    due = timezone.now() - EVERY
    rows = ExplicitChoice.objects.filter(is_on=True).exclude(hierarchy=ExplicitChoice.Hierarchy.OFF)
    weighed = 0
    for choice in rows.exclude(weighed_at__gt=due).select_related("space"):
        try:
            hierarchy_weigh(space=choice.space)
        except (NotOn, NoCosts):
            continue  # the costs come with the next build
        weighed += 1
    return weighed


def _seconds(weight: ExplicitWeight) -> dict[Any, Cost]:
    """Return what a reference costs in seconds, by form."""
    return {form: Cost(*costs) for form, costs in weight.seconds.items()}


def begins(weight: ExplicitWeight) -> dict[str, float]:
    """Return the forms that are ever cheapest with the uses from which on they are."""
    return dict(ranges(_seconds(weight)))


def _moves(space: Space, weight: ExplicitWeight) -> list[ExplicitMove]:
    """Return the moves that save something, those that save most first."""
    costs = _seconds(weight)
    found = []
    for one in standings(space, USE_HALF_LIFE_DAYS, HORIZON_DAYS):
        if move := _move(space, weight, costs, one):
            found.append(move)
    return sorted(found, key=lambda move: -move.saving)[:MOST]


def _move(
    space: Space, weight: ExplicitWeight, costs: dict[Any, Cost], one: Standing
) -> ExplicitMove | None:
    uses = expected_of(
        one.counted, known=one.known, half_life=USE_HALF_LIFE_DAYS, horizon=HORIZON_DAYS
    )
    here: dict[Any, Cost] = {
        form: Cost(costs[form].write * one.references, costs[form].read)
        for form in (Form.TEXT.value, Form.MEMORY.value)
    }
    now: Any = one.form
    move = proposed(now, here, uses, changes=one.changes)
    if move is None:
        return None
    size = weight.bytes * one.references if move.promotes else -one.bytes
    return ExplicitMove(
        space=space, subject_id=one.subject, now=move.now, to=move.to, expected=uses,
        changes=one.changes, saving=move.saving, each=here[now].read - here[move.to].read,
        write=here[move.to].write, bytes=size,
    )  # fmt: skip


def _make(move: ExplicitMove, actor: User | None) -> bool:
    """Make a move, if it is still proposed, and tell of it; what was measured before it stays with
    it."""
    now = timezone.now()
    place, _ = ExplicitPlace.objects.get_or_create(
        space_id=move.space_id, subject_id=move.subject_id, defaults={"form": move.now}
    )
    rows = ExplicitMove.objects.filter(pk=move.pk, state=ExplicitMove.State.PROPOSED)
    if not rows.update(
        state=ExplicitMove.State.MADE, made_at=now, made_by=actor, before_uses=place.uses,
        before_seconds=place.seconds,
    ):  # fmt: skip
        return False
    last = ExplicitMove.objects.filter(
        subject=move.subject_id, state=ExplicitMove.State.MADE, after_uses=None
    )
    last.exclude(pk=move.pk).update(after_uses=place.uses, after_seconds=place.seconds)
    ExplicitPlace.objects.filter(pk=place.pk).update(form=move.to, uses=0, seconds=0.0)
    promotes = move.to == Form.MEMORY
    record(
        space=move.space, action="explicit.promoted" if promotes else "explicit.demoted",
        actor=actor, actor_label="" if actor else SYSTEM, subject=move.subject,
        payload={
            "move": move.pk, "entity": move.subject_id, "about": move.subject.name,
            "uses": round(move.expected), "saving_ms": round(1000 * move.saving),
            "by_policy": actor is None,
        },
    )  # fmt: skip
    return True


def _build(space: Space, actor: User, *, by_clock: bool) -> None:
    """Let the references be kept as was decided. Where a person has too many builds open the clock
    asks later."""
    try:
        build_request(space=space, actor=actor, by_clock=by_clock)
    except (NotOn, TooManyOpen):
        return
