"""What a person was answered from: found sooner for them, unless they do not want it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import connection, transaction

from apps.accounts.models import Space, User
from apps.audit.services import record
from apps.explicit.models import ExplicitNotAdapting, ExplicitUseful
from apps.memory.controller.writing import lock
from apps.memory.fading import USE_HALF_LIFE_DAYS, counted_sql

_USEFUL = f"""
INSERT INTO explicit_explicituseful AS u (space_id, user_id, subject_id, counted, counted_at)
SELECT %(space)s, %(user)s, subject_id, %(weight)s, now()
  FROM memory_triple WHERE id = ANY(%(triples)s) AND space_id = %(space)s
   AND NOT EXISTS (SELECT FROM explicit_explicitnotadapting
                    WHERE user_id = %(user)s AND space_id = %(space)s)
 GROUP BY subject_id ORDER BY subject_id
    ON CONFLICT (user_id, subject_id) DO UPDATE
   SET counted_at = now(),
       counted = excluded.counted
           + {counted_sql("u.counted", "u.counted_at")}
"""  # noqa: S608 - of our own words alone


def adapts_to(space: Space, user: User) -> bool:
    """Return whether retrieval adapts to a person in a space."""
    return not ExplicitNotAdapting.objects.filter(space=space, user=user).exists()


def found_useful(*, space: Space, user: User, triples: Iterable[int], weight: float = 1.0) -> None:
    """Note that a person was answered from facts; nothing of one who does not want it."""
    values: dict[str, Any] = {
        "space": space.pk, "user": user.pk, "triples": list(triples), "weight": weight,
        "half_life": USE_HALF_LIFE_DAYS,
    }  # fmt: skip
    if values["triples"]:
        with connection.cursor() as cursor:
            cursor.execute(_USEFUL, values)


def adapting_set(*, space: Space, user: User, is_on: bool) -> None:
    """Let retrieval adapt to a person, or not; then what was noted of them is deleted."""
    with transaction.atomic():
        lock(space)
        if is_on == adapts_to(space, user):
            return
        if is_on:
            ExplicitNotAdapting.objects.filter(space=space, user=user).delete()
        else:
            ExplicitNotAdapting.objects.create(space=space, user=user)
            ExplicitUseful.objects.filter(space=space, user=user).delete()
        record(
            space=space, action="explicit.adapting_set", actor=user, subject=space,
            payload={"is_on": is_on},
        )  # fmt: skip


def useful_forget(*, user: User) -> None:
    """Delete what was noted of a person in all spaces."""
    ExplicitUseful.objects.filter(user=user).delete()
    ExplicitNotAdapting.objects.filter(user=user).delete()
