"""The schedule of facts: when each comes up as "still true?", and how strong it is in retrieval.

Rows are made and brought up to date in sets, by the clock; confirmations at once. An interval is
computed in SQL as ``worker.spacing.interval`` does.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from django.db import connection, transaction
from django.db.models import Value
from django.db.models.functions import Greatest
from django.utils import timezone

from apps.memory.fading import USE_HALF_LIFE_DAYS, counted_sql
from apps.memory.models import FactSchedule, Triple
from worker import spacing

MOST_AT_ONCE: Final = 5_000
MOST_ROUNDS: Final = 20  # of so many at once, by the clock
_CONSTANTS: Final[dict[str, Any]] = {
    "decay": spacing.DECAY, "factor": spacing.FACTOR, "longest": spacing.LONGEST,
    "least": spacing.LEAST, "most": spacing.MOST, "half_way": spacing.HALF_WAY,
    "half_life": USE_HALF_LIFE_DAYS,
}  # fmt: skip
_USES = counted_sql("s.uses", "coalesce(s.used_at, now())")
_DUE = f"""
UPDATE memory_factschedule s
   SET due_at = greatest(
           s.held_at + interval '1 day' * least(%(longest)s, s.stability / %(factor)s * (power(
               %(least)s + (%(most)s::float - %(least)s) * {_USES} / ({_USES} + %(half_way)s),
               1 / %(decay)s::float) - 1)),
           s.put_off_until)
 WHERE s.stability IS NOT NULL AND """  # noqa: S608 - of our own words alone
# Rows that an answer is about to change are left for the next time: nobody waits for the clock, and
# two that lock many rows never wait for each other.
_READ_SINCE = """s.triple_id IN (
    SELECT triple_id FROM memory_factschedule WHERE used_at >= %(since)s
     ORDER BY triple_id FOR NO KEY UPDATE SKIP LOCKED)"""
# The volatility of a relation: what was replaced, ended or retracted of its facts in the years that
# they have been known. What had ended when it came in was not seen to change.
_GONE = """count(*) FILTER (WHERE t.status <> 'active'
    OR t.valid_to > t.recorded_at::date AND t.valid_to <= current_date)"""
_YEARS = """greatest(0, sum(extract(epoch FROM
    coalesce(t.retracted_at, now()) - t.recorded_at)) / 31557600)"""
# Facts that are not scheduled, yet or since they came back, and the volatility of their relation.
_LACKING = f"""
WITH lacking AS (
    SELECT t.id, t.space_id, t.relation_id, t.recorded_at
      FROM memory_triple t LEFT JOIN memory_factschedule s ON s.triple_id = t.id
     WHERE t.status = 'active' AND s.due_at IS NULL
       AND (%(triples)s::bigint[] IS NULL OR t.id = ANY(%(triples)s))
     ORDER BY t.id LIMIT %(limit)s
), seen AS (
    SELECT t.relation_id, {_GONE} AS gone, {_YEARS} AS years
      FROM memory_triple t WHERE t.relation_id IN (SELECT relation_id FROM lacking)
     GROUP BY t.relation_id
)
SELECT l.id, l.space_id, l.recorded_at, r.lasts, n.gone, n.years
  FROM lacking l JOIN memory_relation r ON r.id = l.relation_id
  JOIN seen n ON n.relation_id = l.relation_id
"""  # noqa: S608 - of our own words alone
_FILL = """
INSERT INTO memory_factschedule AS s
       (triple_id, space_id, uses, confirmations, stability, difficulty, held_at)
SELECT triple, space, 0, 0, stability, %(difficulty)s, held
  FROM unnest(%(triples)s::bigint[], %(spaces)s::bigint[], %(stabilities)s::float[],
              %(held)s::timestamptz[]) AS l(triple, space, stability, held)
    ON CONFLICT (triple_id) DO UPDATE
   SET stability = excluded.stability, difficulty = excluded.difficulty, held_at = excluded.held_at
 WHERE s.stability IS NULL
"""
# Facts follow what is known by now of their relations (``spacing.kept_within``).
_LEARN = f"""
WITH seen AS (
    SELECT t.relation_id,
           least(%(longest)s, %(days)s * ({_YEARS} + %(known)s)
               / ({_GONE}
                  + %(known)s * CASE WHEN r.lasts THEN %(lasts)s ELSE %(fixed)s END)) AS first
      FROM memory_triple t JOIN memory_relation r ON r.id = t.relation_id
     GROUP BY t.relation_id, r.lasts
), wanted AS (
    SELECT s.triple_id, k.stability
      FROM memory_factschedule s JOIN memory_triple t ON t.id = s.triple_id
      JOIN seen n ON n.relation_id = t.relation_id
      CROSS JOIN LATERAL (
          SELECT CASE WHEN s.confirmations > 0 THEN least(s.stability, %(grown)s * n.first)
                      ELSE n.first END AS stability) AS k
     WHERE t.status = 'active' AND s.stability IS NOT NULL
       AND abs(s.stability - k.stability) > 0.1 * k.stability
     ORDER BY s.triple_id FOR NO KEY UPDATE OF s SKIP LOCKED
)
UPDATE memory_factschedule s SET stability = w.stability FROM wanted w
 WHERE s.triple_id = w.triple_id
RETURNING s.triple_id
"""  # noqa: S608 - of our own words alone
# What left the memory is not due, and stands in the way of nothing in the index of what is.
_LEFT = """
UPDATE memory_factschedule SET due_at = NULL WHERE triple_id IN (
    SELECT s.triple_id FROM memory_factschedule s JOIN memory_triple t ON t.id = s.triple_id
     WHERE t.status <> 'active' AND s.due_at IS NOT NULL
     ORDER BY s.triple_id FOR NO KEY UPDATE OF s SKIP LOCKED)
"""


def schedule_learn() -> int:
    """Let facts follow what is known by now of their relations, and schedule none that left the
    memory; return how many are scheduled anew."""
    values = _CONSTANTS | {
        "days": -math.log(0.9) * 365.25, "known": spacing.KNOWN_YEARS, "grown": spacing.GROWN,
        "lasts": spacing.RATES[True], "fixed": spacing.RATES[False],
    }  # fmt: skip
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_LEFT)
        cursor.execute(_LEARN, values)
        ids = [pk for (pk,) in cursor.fetchall()]
        cursor.execute(_DUE + "s.triple_id = ANY(%(triples)s)", _CONSTANTS | {"triples": ids})
    return len(ids)


def schedule_fill(triples: Iterable[int] | None = None) -> int:
    """Schedule active facts that are not yet, of those given or of all; return how many."""
    asked = None if triples is None else list(triples)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_LACKING, {"triples": asked, "limit": MOST_AT_ONCE})
        rows = cursor.fetchall()
        if not rows:
            return 0
        ids = [row[0] for row in rows]
        given: dict[str, Any] = {
            "triples": ids,
            "spaces": [row[1] for row in rows],
            "held": [row[2] for row in rows],
            "stabilities": [
                spacing.first_stability(lasts=lasts, changes=gone, years=float(years))
                for *_, lasts, gone, years in rows
            ],
            "difficulty": spacing.DIFFICULTY,
        }
        cursor.execute(_FILL, given)
        cursor.execute(_DUE + "s.triple_id = ANY(%(triples)s)", _CONSTANTS | {"triples": ids})
    return len(rows)


def schedule_fill_all() -> int:
    """Schedule active facts that are not yet, a part at a time; return how many. After an import
    of very many the rest is for the next time."""
    found = 0
    for _ in range(MOST_ROUNDS):
        filled = schedule_fill()
        found += filled
        if filled < MOST_AT_ONCE:
            break
    return found


def schedule_refresh(since: datetime) -> int:
    """Bring up to date when facts are due that were read since a time; return how many."""
    with connection.cursor() as cursor:
        cursor.execute(_DUE + _READ_SINCE, _CONSTANTS | {"since": since})
        return int(cursor.rowcount)


def held_again(triples: Iterable[int]) -> int:
    """Note that facts were said to hold still; return how many are scheduled anew."""
    ids = sorted(set(triples))
    if not ids:
        return 0
    now = timezone.now().astimezone(UTC)
    with transaction.atomic():
        # Facts first and in one order, as by whoever marks them as read.
        facts = Triple.objects.filter(pk__in=ids).select_for_update(no_key=True).order_by("pk")
        ids = list(facts.values_list("pk", flat=True))
        schedule_fill(ids)
        rows = FactSchedule.objects.filter(pk__in=ids, stability__isnull=False)
        rows = rows.select_for_update(no_key=True).order_by("pk")
        for row in rows:
            assert row.stability is not None
            assert row.difficulty is not None
            assert row.held_at is not None
            held = spacing.confirmed(
                spacing.Held(row.stability, row.difficulty, row.held_at.astimezone(UTC)), now
            )
            row.stability, row.difficulty, row.held_at = held.stability, held.difficulty, held.at
            row.confirmations += 1
            row.put_off_until = None
        FactSchedule.objects.bulk_update(
            rows, ["stability", "difficulty", "held_at", "confirmations", "put_off_until"]
        )
        with connection.cursor() as cursor:
            cursor.execute(_DUE + "s.triple_id = ANY(%(triples)s)", _CONSTANTS | {"triples": ids})
        return len(rows)


def put_off(triple: int, days: int) -> None:
    """Let a fact not come up for so many days, and no sooner than it would."""
    until = Value(timezone.now() + timedelta(days=days))
    FactSchedule.objects.filter(pk=triple).update(
        put_off_until=Greatest("put_off_until", until), due_at=Greatest("due_at", until)
    )


@dataclass(frozen=True)
class Standing:
    """What was said of a fact so far, as its schedule has it."""

    stability: float
    difficulty: float
    held_at: datetime
    confirmations: int
    put_off_until: datetime | None


def schedule_standing(triple: int) -> Standing:
    """Return how the schedule of an active fact stands, which is made where it lacks."""
    schedule_fill([triple])
    row = FactSchedule.objects.select_for_update(no_key=True).get(pk=triple)
    assert row.stability is not None
    assert row.difficulty is not None
    assert row.held_at is not None
    return Standing(
        row.stability, row.difficulty, row.held_at, row.confirmations, row.put_off_until
    )


def schedule_put_back(triple: int, standing: Standing) -> None:
    """Let the schedule of a fact stand as it did; what was read meanwhile counts."""
    FactSchedule.objects.filter(pk=triple).update(**asdict(standing))
    with connection.cursor() as cursor:
        cursor.execute(_DUE + "s.triple_id = ANY(%(triples)s)", _CONSTANTS | {"triples": [triple]})
