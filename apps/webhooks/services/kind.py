"""Deliveries as a kind of job, and what the log is told of endpoints."""

from __future__ import annotations

from typing import Any, Final

from apps.accounts.models import User
from apps.audit.services import record
from apps.common import jobs
from apps.webhooks.models import Delivery, Endpoint

SYSTEM: Final = "memweb"


def told(endpoint: Endpoint, action: str, actor: User | None, **more: Any) -> None:
    """Write an event of an endpoint; by memweb itself where nobody acted."""
    record(
        space=endpoint.space,
        action=action,
        actor=actor,
        actor_label="" if actor else SYSTEM,
        subject=endpoint,
        payload={"endpoint": endpoint.pk, "name": endpoint.name, "host": endpoint.host, **more},
    )


def _record_failure(delivery: Delivery) -> None:
    told(delivery.endpoint, "webhook.given_up", None, messages=1, reason=delivery.error)


DELIVERIES: Final = jobs.Kind(
    model=Delivery,
    task="webhooks.deliver",
    queue="call",
    worker="The delivery",
    record_failure=_record_failure,
    most_rung=16,
    limit="",
    things="messages",
)
