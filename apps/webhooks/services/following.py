"""Reading the logs of spaces for their endpoints.

The log itself is the outbox: what stands there is committed and has a dense place, so that a number
for each space says how far it was read. The messages and that number are saved in one transaction:
killed at any point, nothing is lost and nothing is planned twice, and what was rolled back never
stood there.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.utils import timezone

from apps.accounts.models import Space
from apps.common import jobs
from apps.provenance.models import Checkpoint, Entry, Log
from apps.provenance.services.sequencer import seal
from apps.webhooks.models import Delivery, Endpoint, Feed
from apps.webhooks.services.kind import DELIVERIES
from apps.webhooks.services.messages import CHECKPOINT, KIND_OF, of_checkpoint, of_event

BATCH: Final = 1_000  # entries, or checkpoints, that are looked at in one transaction
PASS_SECONDS: Final = 20.0
GIVEN_UP_AFTER: Final = timedelta(hours=26)  # from the first try on: nine more, about a day


def feed_begin(space: Space) -> int:
    """Let a space's log be read from here on, unless it is already; return where here is."""
    log = Log.objects.filter(space=space).first()
    size = log.size if log else 0
    Feed.objects.get_or_create(
        space=space, defaults={"position": size, "checkpoint": _newest_checkpoint(log)}
    )
    return size


def follow() -> int:
    """Seal what is committed, plan a delivery for all that endpoints are to be told of, and return
    how many were planned."""
    seal(wait=False)
    begun, planned = time.monotonic(), 0
    for number in list(Feed.objects.order_by("pk").values_list("pk", flat=True)):
        while (count := _follow(number)) is not None and time.monotonic() - begun < PASS_SECONDS:
            planned += count
    return planned


@transaction.atomic
def _follow(number: int) -> int | None:
    """Plan what the next batch of one log asks for; None where there is none, or another process
    is at it."""
    rows = Feed.objects.select_for_update(of=("self",), skip_locked=True, no_key=True)
    feed = rows.select_related("space__log").filter(pk=number).first()
    log = getattr(feed.space, "log", None) if feed else None
    if feed is None or log is None:
        return None
    endpoints = list(Endpoint.objects.filter(space=feed.space, is_on=True))
    upto = min(feed.position + BATCH, log.size)
    newer = Checkpoint.objects.filter(log=log, size__gt=feed.checkpoint).order_by("size")
    checkpoints = list(newer[:BATCH])
    if upto <= feed.position and not checkpoints:
        return None
    new = _of_entries(log, feed.position, upto, endpoints, feed.space.slug)
    new += _of_checkpoints(checkpoints, endpoints, feed.space.slug)
    feed.position = max(upto, feed.position)
    feed.checkpoint = checkpoints[-1].size if checkpoints else feed.checkpoint
    feed.save(update_fields=["position", "checkpoint"])
    Delivery.objects.bulk_create(new, ignore_conflicts=True)
    _ring(new)
    return len(new)


def _of_entries(
    log: Log, first: int, end: int, endpoints: list[Endpoint], slug: str
) -> list[Delivery]:
    if not endpoints:
        return []
    entries = Entry.objects.filter(log=log, index__gte=first, index__lt=end)
    told = entries.filter(event__action__in=KIND_OF).select_related("event")
    found: list[Delivery] = []
    for entry in told.order_by("index"):
        event, kind = entry.event, KIND_OF[entry.event.action].name
        for endpoint in endpoints:
            if kind in endpoint.kinds and entry.index >= endpoint.begins:
                body = of_event(event, site=endpoint.site, slug=slug)
                if body is not None:
                    found.append(planned(endpoint, kind, body, event.pk))
    return found


def _of_checkpoints(
    found: list[Checkpoint], endpoints: list[Endpoint], slug: str
) -> list[Delivery]:
    return [
        planned(
            endpoint,
            CHECKPOINT.name,
            of_checkpoint(checkpoint, site=endpoint.site, slug=slug),
            checkpoint.pk,
        )
        for endpoint in endpoints
        if CHECKPOINT.name in endpoint.kinds
        for checkpoint in found
        if checkpoint.size > endpoint.begins
    ]


def planned(endpoint: Endpoint, kind: str, body: str, source: int | None) -> Delivery:
    """Return an unsaved delivery, due as soon as the endpoint does not rest."""
    now = timezone.now()
    due: datetime = max(now, endpoint.rests_until or now)
    return Delivery(
        endpoint=endpoint, kind=kind, source=source, body=body,
        due_at=due, until=now + GIVEN_UP_AFTER,
    )  # fmt: skip


def _ring(found: Iterable[Delivery]) -> None:
    """Ring once for each endpoint: whoever comes takes all that are due."""
    seen: dict[int, tuple[str, int | None]] = {}
    for one in found:
        seen.setdefault(one.endpoint_id, (one.kind, one.source))
    for endpoint, (kind, source) in seen.items():
        row = Delivery.objects.filter(endpoint=endpoint, kind=kind, source=source).first()
        if row is not None:
            jobs.ring(DELIVERIES, row)


def _newest_checkpoint(log: Log | None) -> int:
    newest = Checkpoint.objects.filter(log=log).order_by("-size").first() if log else None
    return newest.size if newest else 0
