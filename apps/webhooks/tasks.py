"""What a worker is rung for: thin calls of the services."""

from __future__ import annotations

from celery import shared_task

from apps.webhooks.services import DELIVERIES, deliveries_run, deliveries_sweep, follow
from memweb.queues import BY_CLOCK


@shared_task(name=DELIVERIES.task)
def deliver(delivery_id: int) -> None:
    """Send what is due; what rang may come later."""
    deliveries_run()


@shared_task(name="webhooks.follow", **BY_CLOCK)
def follow_logs() -> None:
    """Plan what the logs say that endpoints are to be told of, and look after what waits."""
    follow()
    deliveries_sweep()
