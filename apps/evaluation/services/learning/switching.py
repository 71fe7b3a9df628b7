"""Switching learned weights on, and back."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from apps.accounts.models import Space, User
from apps.audit.services import record
from apps.evaluation.models import LearnedWeights
from apps.evaluation.services.learning.errors import (
    AnotherHead,
    BaseChanged,
    LearningRefused,
    NoneOn,
    NotReady,
    OnAlready,
)
from apps.evaluation.services.learning.jobs import head_of, told
from worker.learned.bases import base_of
from worker.setups import HeadSetup


def learned_switch_on(*, row: LearnedWeights, actor: User) -> LearnedWeights:
    """Let the space's head propose by learned weights, from the next document on. Raises
    LearningRefused."""
    with transaction.atomic():
        space = Space.objects.select_for_update(no_key=True).get(pk=row.space_id)
        row = LearnedWeights.objects.select_for_update().get(pk=row.pk)
        _check(row, space)
        before = weights_on(space)
        if before is not None and before.sha256 == row.sha256:
            raise OnAlready
        row.switched_at, row.switched_by, row.instead_of = timezone.now(), actor, before
        row.save(update_fields=["switched_at", "switched_by", "instead_of"])
        row.space = _choose(space, row.sha256, actor)
        told(row, "learning.switched_on", actor=actor, sha256=row.sha256)
    return row


def learned_switch_back(*, space: Space, actor: User) -> LearnedWeights | None:
    """Go back to what was on before the weights that are on: others, which are returned, or the
    shipped ones. Others of another version of the head are passed over. Raises NoneOn."""
    with transaction.atomic():
        space = Space.objects.select_for_update(no_key=True).get(pk=space.pk)
        now = weights_on(space)
        if now is None:
            raise NoneOn
        target, seen = now.instead_of, {now.pk}
        while target is not None and (target.pk in seen or trouble_of(target, space)):
            seen.add(target.pk)
            target = target.instead_of if target.instead_of_id not in seen else None
        _choose(space, target.sha256 if target else "", actor)
        more: dict[str, Any] = {"to": target.pk} if target else {}
        told(now, "learning.switched_back", actor=actor, sha256=now.sha256, **more)
    return target


def weights_on(space: Space) -> LearnedWeights | None:
    """Return the learned weights that the space's head is to use. Two trainings can come to the
    same weights: then it is the one that was switched on, which knows what was on before it."""
    sha256 = space.write_head.get("learned")
    if not sha256:
        return None
    same = LearnedWeights.objects.filter(space=space, sha256=sha256)
    return same.order_by(F("switched_at").desc(nulls_last=True), "-pk").first()


def trouble_of(row: LearnedWeights, space: Space) -> str:
    """Say why learned weights cannot be used as things stand; empty where they can."""
    try:
        _check(row, space)
    except LearningRefused as error:
        return str(error)
    return ""


def setup_with(row: LearnedWeights) -> HeadSetup:
    """Return the setup of the space's write head with learned weights."""
    kept = row.space.write_head | {"learned": row.sha256}
    return HeadSetup.of(kept, default=settings.WRITE_HEAD)


def _check(row: LearnedWeights, space: Space) -> None:
    if row.state != LearnedWeights.State.DONE:
        raise NotReady
    if head_of(space) != row.backend:
        raise AnotherHead
    if base_of(row.backend) != row.base:
        raise BaseChanged


def _choose(space: Space, sha256: str, actor: User) -> Space:
    """Set what the space's write head has learned, as the choice of a head that it is."""
    before = dict(space.write_head)
    after = {name: value for name, value in before.items() if name != "learned"}
    if sha256:
        after["learned"] = sha256
    Space.objects.filter(pk=space.pk).update(write_head=after)
    space.write_head = after
    record(
        space=space,
        actor=actor,
        action="space.head_chosen",
        subject=space,
        payload={"head": "write", "backend": head_of(space), "before": before, "after": after},
    )
    return space
