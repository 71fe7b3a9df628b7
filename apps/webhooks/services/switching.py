"""Switching an endpoint off, by a person or by memweb itself."""

from __future__ import annotations

from django.utils import timezone

from apps.accounts.models import User
from apps.webhooks.models import Delivery, Endpoint
from apps.webhooks.services.kind import told


def put_out(endpoint: Endpoint, *, actor: User | None, reason: str = "") -> None:
    """Switch off an endpoint whose row the caller holds; what waits for it is not sent any more.

    Without an actor, memweb itself does it, and dashboards say so until somebody acts on it.
    """
    now = timezone.now()
    rows = Endpoint.objects.filter(pk=endpoint.pk, is_on=True)
    if not rows.update(is_on=False, ended_at=None if actor else now, rests_until=None):
        return
    waiting = Delivery.objects.filter(endpoint=endpoint, state=Delivery.State.QUEUED)
    waiting.update(state=Delivery.State.CANCELLED, finished_at=now)
    told(endpoint, "webhook.switched_off", actor, **({"reason": reason} if reason else {}))
