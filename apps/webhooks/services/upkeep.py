"""What the clock looks after, and sending again by hand."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.utils import timezone

from apps.accounts.models import User
from apps.common import jobs
from apps.webhooks.models import Delivery, Endpoint
from apps.webhooks.services.endpoints import NotSwitchedOn
from apps.webhooks.services.following import GIVEN_UP_AFTER
from apps.webhooks.services.kind import DELIVERIES, told
from apps.webhooks.services.sending import LONGEST_REST, LONGEST_WAIT

KEPT: Final = timedelta(days=30)  # of what was sent and answered
AT_ONCE: Final = 1_000
NEVER_TRIED: Final = "The receiver did not take the messages before this one."


def deliveries_sweep() -> int:
    """Ring again for what nobody answered, give up what is too old and forget what is older still;
    return how many were rung for."""
    now = timezone.now()
    _give_up(now - 2 * LONGEST_REST)
    # What lies further ahead than any wait was put off before the clock was set back.
    ahead = Delivery.objects.filter(state=Delivery.State.QUEUED, due_at__gt=now + 2 * LONGEST_WAIT)
    ahead.update(due_at=now)
    old = Delivery.objects.filter(created_at__lt=now - KEPT).exclude(state__in=Delivery.OPEN)
    Delivery.objects.filter(pk__in=list(old.values_list("pk", flat=True)[:AT_ONCE])).delete()
    return jobs.sweep(DELIVERIES)


def delivery_replay(*, delivery: Delivery, actor: User) -> bool:
    """Send a message again that has ended, under its old id; False where it is on its way.
    Raises NotSwitchedOn."""
    now = timezone.now()
    with transaction.atomic():
        rows = Endpoint.objects.select_for_update(of=("self",), no_key=True)
        endpoint = rows.select_related("space").get(pk=delivery.endpoint_id)
        if not endpoint.is_on:
            raise NotSwitchedOn
        ended = Delivery.objects.filter(pk=delivery.pk).exclude(state__in=Delivery.OPEN)
        if not ended.update(
            state=Delivery.State.QUEUED, attempts=0, error="", finished_at=None, rung_at=None,
            due_at=now, until=now + GIVEN_UP_AFTER,
        ):  # fmt: skip
            return False
        told(endpoint, "webhook.replayed", actor, delivery=delivery.pk)
        jobs.ring(DELIVERIES, delivery)
    return True


def _give_up(before: datetime) -> None:
    """Give up what waits for a receiver that is away and has had its time: in one step for each."""
    late = Delivery.objects.filter(state=Delivery.State.QUEUED, until__lt=before)
    for number in list(late.order_by().values_list("endpoint", flat=True).distinct()):
        with transaction.atomic():
            rows = Endpoint.objects.select_for_update(of=("self",), no_key=True)
            endpoint = rows.select_related("space").filter(pk=number).first()
            if endpoint is None:
                continue
            own = late.filter(endpoint=endpoint)
            last = own.exclude(error="").order_by("-pk").values_list("error", flat=True).first()
            reason = last or NEVER_TRIED
            given_up = own.update(
                state=Delivery.State.FAILED, error=reason, finished_at=timezone.now()
            )
            if given_up:
                told(endpoint, "webhook.given_up", None, messages=given_up, reason=reason)
