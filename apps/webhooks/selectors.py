from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet

from apps.accounts.models import Space
from apps.webhooks.models import Delivery, Endpoint

STATES = Delivery.State


def endpoints_of(space: Space) -> QuerySet[Endpoint]:
    """Return the endpoints of a space by name, with how many messages wait, arrived and failed."""
    counted = {
        "waiting": Q(deliveries__state__in=Delivery.OPEN),
        "arrived": Q(deliveries__state=STATES.DONE),
        "failed": Q(deliveries__state=STATES.FAILED),
    }
    rows = Endpoint.objects.filter(space=space).select_related("made_by")
    return rows.annotate(
        **{name: Count("deliveries", filter=which) for name, which in counted.items()}
    )


def endpoints_ended(space: Space) -> QuerySet[Endpoint]:
    """Return the endpoints that memweb itself has switched off, for dashboards."""
    return Endpoint.objects.filter(space=space, is_on=False).exclude(ended_at=None)


def deliveries_of(endpoint: Endpoint, state: str = "") -> QuerySet[Delivery]:
    """Return the messages to an endpoint, the newest first; those of one state alone."""
    rows = Delivery.objects.filter(endpoint=endpoint).order_by("-pk")
    return rows.filter(state=state) if state else rows


@dataclass(frozen=True)
class Standing:
    """How an endpoint is, as a badge: the state and what it is called."""

    state: str
    label: str


def standing_of(endpoint: Endpoint) -> Standing:
    """Return how an endpoint is."""
    if endpoint.ended_at is not None:
        return Standing("failed", "switched off: it failed for too long")
    if not endpoint.is_on:
        return Standing("cancelled", "off")
    if endpoint.failures:
        return Standing("deferred", "failing")
    return Standing("active", "on")
