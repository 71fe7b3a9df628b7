"""Which memories an answer attended to: that they still hold, and that they were used."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import connection

from apps.explicit.models import ExplicitMemory
from apps.explicit.selectors import still_holding

HALF_LIFE_DAYS = 30.0  # after which a use counts half

_COUNT = """
UPDATE explicit_explicitmemory
   SET uses = 1 + uses * power(0.5, extract(epoch FROM now() - coalesce(used_at, now()))
                                    / (86400 * %(half_life)s)),
       used_at = now()
 WHERE id = ANY(%(memories)s)
"""


def memories_used(versions: Mapping[int, int]) -> bool:
    """Lock memories, by number and version, until the end of the transaction, and count a use of
    each; False, with none counted, where one of them does not hold any more."""
    if not versions:
        return True
    rows = ExplicitMemory.objects.filter(pk__in=list(versions)).order_by("pk")
    list(rows.select_for_update(no_key=True).values_list("pk", flat=True))
    if still_holding(versions) != set(versions):
        return False
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, {"memories": list(versions), "half_life": HALF_LIFE_DAYS})
    return True
