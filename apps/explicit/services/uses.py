"""Which memories an answer attended to: that they still hold, and that they were used."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import connection

from apps.explicit.models import ExplicitMemory
from apps.explicit.selectors import still_holding
from apps.memory.fading import USE_HALF_LIFE_DAYS, counted_sql

_COUNT = f"""
UPDATE explicit_explicitmemory
   SET uses = 1 + {counted_sql("uses", "coalesce(used_at, now())")},
       used_at = now()
 WHERE id = ANY(%(memories)s)
"""  # noqa: S608 - of our own words alone


# Uses of a form that the place has no more, until the next build, are uses and no sign of its cost.
_PLACES = f"""
INSERT INTO explicit_explicitplace AS p
       (space_id, subject_id, form, counted, counted_at, uses, seconds)
SELECT space_id, subject_id, min(form), count(*), now(), count(*), sum(took)
  FROM explicit_explicitmemory m JOIN unnest(%(memories)s::bigint[], %(seconds)s::float[])
       AS u(memory, took) ON u.memory = m.id
 GROUP BY space_id, subject_id ORDER BY subject_id
    ON CONFLICT (subject_id) DO UPDATE
   SET counted_at = now(),
       counted = excluded.counted
           + {counted_sql("p.counted", "coalesce(p.counted_at, now())")},
       uses = p.uses + CASE WHEN p.form = excluded.form THEN excluded.uses ELSE 0 END,
       seconds = p.seconds + CASE WHEN p.form = excluded.form THEN excluded.seconds ELSE 0 END
"""  # noqa: S608 - of our own words alone


def memories_used(versions: Mapping[int, int], seconds: Mapping[int, float] | None = None) -> bool:
    """Lock memories, by number and version, until the end of the transaction, and count a use of
    each, with the seconds that it took; False, with none counted, where one of them does not hold
    any more."""
    if not versions:
        return True
    rows = ExplicitMemory.objects.filter(pk__in=list(versions)).order_by("pk")
    list(rows.select_for_update(no_key=True).values_list("pk", flat=True))
    if still_holding(versions) != set(versions):
        return False
    with connection.cursor() as cursor:
        used: dict[str, Any] = {
            "memories": list(versions),
            "seconds": [(seconds or {}).get(pk, 0.0) for pk in versions],
            "half_life": USE_HALF_LIFE_DAYS,
        }
        cursor.execute(_COUNT, used)
        cursor.execute(_PLACES, used)
    return True
