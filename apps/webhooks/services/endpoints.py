"""Endpoints of a space: made, changed, switched, tested and removed by its owners."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Final

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from apps.accounts.models import Space, User
from apps.common import jobs
from apps.common.text import plain
from apps.webhooks.models import Delivery, Endpoint
from apps.webhooks.services.addresses import parts_of
from apps.webhooks.services.following import feed_begin, planned
from apps.webhooks.services.kind import DELIVERIES, told
from apps.webhooks.services.messages import KINDS, TEST, of_test
from apps.webhooks.services.secrets import changed_salts
from apps.webhooks.services.switching import put_out

MOST: Final = 20  # endpoints of a space
MOST_TESTS: Final = 5  # that wait at a time


class EndpointRefused(Exception):
    """An endpoint cannot be made or changed like this; the message says why."""


class NotSwitchedOn(Exception):
    """This webhook is switched off. Switch it on first."""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


def endpoint_make(
    *,
    space: Space,
    actor: User,
    name: str,
    address: str,
    kinds: Sequence[str],
    site: str,
    salt: uuid.UUID | None = None,
) -> Endpoint:
    """Let an address be told of what happens in the space from now on.

    ``site`` is with what the addresses in messages begin, where the setting ``SITE_ADDRESS`` does
    not say so. Raises EndpointRefused and BadAddress.
    """
    parts_of(address)
    with transaction.atomic():
        Space.objects.select_for_update(no_key=True).get(pk=space.pk)
        name, kinds = _checked(space, name, kinds, None)
        if Endpoint.objects.filter(space=space).count() >= MOST:
            raise EndpointRefused(f"A space has at most {MOST} webhooks. Remove one first.")
        endpoint = Endpoint.objects.create(
            space=space, name=name, address=address, kinds=kinds, made_by=actor,
            site=settings.SITE_ADDRESS or site.rstrip("/"), begins=feed_begin(space),
            salt=salt or uuid.uuid4(),
        )  # fmt: skip
        told(endpoint, "webhook.made", actor, kinds=kinds)
    return endpoint


def endpoint_change(
    *, endpoint: Endpoint, actor: User, name: str, address: str, kinds: Sequence[str]
) -> None:
    """Change who is told of what. What waits goes to the new address.
    Raises EndpointRefused and BadAddress."""
    parts_of(address)
    with transaction.atomic():
        row = _held(endpoint)
        name, kinds = _checked(row.space, name, kinds, row)
        after = {"name": name, "address": address, "kinds": kinds}
        changed = {key: value for key, value in after.items() if getattr(row, key) != value}
        if not changed:
            return
        before = {"name": row.name, "host": row.host, "kinds": row.kinds}
        for key, value in changed.items():
            setattr(row, key, value)
        row.save(update_fields=list(changed))
        now = {"name": row.name, "host": row.host, "kinds": row.kinds}
        said = {key: [before[key], now[key]] for key in now if before[key] != now[key]}
        told(row, "webhook.changed", actor, changed=said)


def secret_change(*, endpoint: Endpoint, actor: User) -> Endpoint:
    """Give an endpoint another secret; the old one goes on to sign beside it for a day."""
    with transaction.atomic():
        row = _held(endpoint)
        Endpoint.objects.filter(pk=row.pk).update(**changed_salts(row))
        told(row, "webhook.secret_changed", actor)
    return Endpoint.objects.get(pk=row.pk)


def endpoint_switch(*, endpoint: Endpoint, actor: User, on: bool) -> None:
    """Switch an endpoint on, to be told of what happens from now on, or off."""
    with transaction.atomic():
        row = _held(endpoint)
        if not on:
            put_out(row, actor=actor)
            Endpoint.objects.filter(pk=row.pk).update(ended_at=None)  # who acts has seen it
        elif not row.is_on:
            Endpoint.objects.filter(pk=row.pk).update(
                is_on=True, begins=feed_begin(row.space), ended_at=None, failures=0,
                failing_since=None, rests_until=None,
            )  # fmt: skip
            told(row, "webhook.switched_on", actor)


def endpoint_remove(*, endpoint: Endpoint, actor: User) -> None:
    """Remove an endpoint, with its secret and all that is kept of its messages."""
    with transaction.atomic():
        row = _held(endpoint)
        told(row, "webhook.removed", actor)
        row.delete()


def endpoint_test(*, endpoint: Endpoint, actor: User) -> Delivery:
    """Send an endpoint a message that tells of nothing, once. Raises EndpointRefused."""
    with transaction.atomic():
        row = _held(endpoint)
        if not row.is_on:
            raise NotSwitchedOn
        waiting = Delivery.objects.filter(endpoint=row, kind=TEST, state__in=Delivery.OPEN)
        if waiting.count() >= MOST_TESTS:
            raise EndpointRefused("Some tests are on their way already. Wait for them.")
        now = timezone.now()
        body = of_test(row.pk, now, site=row.site, slug=row.space.slug)
        delivery = planned(row, TEST, body, None)
        delivery.due_at = now  # a test need not wait until the receiver has rested
        delivery.save()
        told(row, "webhook.tested", actor, delivery=delivery.pk)
        jobs.ring(DELIVERIES, delivery)
    return delivery


def _held(endpoint: Endpoint) -> Endpoint:
    rows = Endpoint.objects.select_for_update(of=("self",), no_key=True).select_related("space")
    return rows.get(pk=endpoint.pk)


def _checked(
    space: Space, name: str, kinds: Sequence[str], own: Endpoint | None
) -> tuple[str, list[str]]:
    name = plain(name)
    if not name:
        raise EndpointRefused("Write a name by which people know the receiver.")
    others = Endpoint.objects.filter(space=space, name=name)
    if (others.exclude(pk=own.pk) if own else others).exists():
        raise EndpointRefused("There is a webhook of that name already.")
    if unknown := sorted(set(kinds) - set(KINDS)):
        raise EndpointRefused(f"There is no event {unknown[0]!r}: {', '.join(KINDS)}.")
    if not kinds:
        raise EndpointRefused("Choose at least one event.")
    return name, [kind for kind in KINDS if kind in kinds]
