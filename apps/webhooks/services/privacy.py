"""What an erasure takes of webhooks, and what a person's copy of their data has of them.

Messages hold numbers and no words, so that what was sent need not be chased. An endpoint that a
person made goes with that person's data: its address may name them, and nobody else has said that
it should be told of anything.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from django.db.models import F, QuerySet

from apps.accounts.models import User
from apps.provenance.services.also_kept import (
    Gone,
    Keeper,
    Row,
    Section,
    also_erase,
    also_export,
)
from apps.webhooks.models import Endpoint
from apps.webhooks.services.kind import told

THINGS: Final = "webhooks"


def endpoints_made(gone: Gone) -> int:
    """Count the endpoints that an erasure takes with it."""
    return _of(gone).count()


def endpoints_erase(gone: Gone) -> None:
    """Remove the endpoints that erased people made, with an event for each that does not name
    them."""
    for endpoint in _of(gone).select_for_update(of=("self",)):
        endpoint.name, endpoint.address = f"webhook {endpoint.pk}", ""
        told(endpoint, "webhook.removed", gone.actor, because=gone.what)
        Endpoint.objects.filter(pk=endpoint.pk).delete()


def endpoints_of(person: User) -> Iterable[Row]:
    """Return the endpoints that a person made, for their copy of their data."""
    rows = Endpoint.objects.filter(made_by=person).order_by("pk")
    return rows.values(
        "id", "name", "address", "kinds", "is_on", "created_at", in_space=F("space__slug")
    ).iterator(chunk_size=2_000)


def register() -> None:
    """Let erasures, and copies of a person's data, reach what is kept here."""
    also_erase(Keeper(THINGS, count=endpoints_made, erase=endpoints_erase))
    also_export(Section("webhooks", "webhooks that this person made", endpoints_of))


def _of(gone: Gone) -> QuerySet[Endpoint]:
    return Endpoint.objects.filter(made_by__in=gone.people).select_related("space").order_by("pk")
