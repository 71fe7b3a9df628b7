"""Writing events. Call ``record`` inside the transaction of the change it tells of."""

from __future__ import annotations

from typing import Any

from django.db import connection, models

from apps.accounts.models import Space, User
from apps.audit.actions import ACTIONS
from apps.audit.models import Event
from apps.common.requests import request_id


def record(
    *,
    space: Space | None,
    action: str,
    actor: User | None,
    subject: models.Model | None = None,
    actor_label: str = "",
    payload: dict[str, Any] | None = None,
) -> Event:
    """Append an event. ``action`` is a key of ``ACTIONS``; without an actor, ``actor_label`` names
    the part of the system that acted; without a space it goes to the site's own log. Raises
    KeyError, BadPayload (what is recorded is not what the action says), ValueError and RuntimeError
    for misuse."""
    ACTIONS[action].check(payload or {})
    if actor is None and not actor_label:
        raise ValueError("an event needs an actor or the name of the part that acted")
    if not connection.in_atomic_block:
        raise RuntimeError("an event belongs into the transaction of its change")
    return Event.objects.create(
        space=space,
        actor=actor,
        actor_label=actor.label if actor else actor_label,
        action=action,
        subject_type=subject._meta.label_lower if subject else "",
        subject_id=subject.pk if subject else None,
        payload=payload or {},
        request=request_id(),
    )
