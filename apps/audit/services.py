"""Writing events. Call ``record`` inside the transaction of the change it tells of."""

from __future__ import annotations

import json
from typing import Any, Final

from django.db import connection, models
from django.utils import timezone

from apps.accounts.models import Space, User
from apps.audit.actions import ACTIONS
from apps.common.requests import request_id

_APPEND: Final = """INSERT INTO audit_event (space_id, actor_id, actor_label, action, subject_type,
    subject_id, payload, request, created_at) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)
    RETURNING id"""


def record(
    *,
    space: Space | None,
    action: str,
    actor: User | None,
    subject: models.Model | None = None,
    actor_label: str = "",
    payload: dict[str, Any] | None = None,
) -> int:
    """Append an event and return its number.

    ``action`` is a key of ``ACTIONS``; without an actor, ``actor_label`` names the part of the
    system that acted; without a space it goes to the site's own log. Raises KeyError, BadPayload
    (what is recorded is not what the action says), ValueError and RuntimeError for misuse.
    """
    ACTIONS[action].check(payload or {})
    if actor is None and not actor_label:
        raise ValueError("an event needs an actor or the name of the part that acted")
    if not connection.in_atomic_block:
        raise RuntimeError("an event belongs into the transaction of its change")
    return append(
        (
            space.pk if space else None,
            actor.pk if actor else None,
            actor.label if actor else actor_label,
            action,
            subject._meta.label_lower if subject else "",
            subject.pk if subject else None,
            json.dumps(payload or {}),
            request_id(),
            timezone.now(),
        )
    )


def append(values: tuple[Any, ...]) -> int:
    """Write an event and return its number. By hand: a decision writes four, and a model's way of
    saving takes three times as long."""
    with connection.cursor() as cursor:
        cursor.execute(_APPEND, values)
        return int(cursor.fetchone()[0])
