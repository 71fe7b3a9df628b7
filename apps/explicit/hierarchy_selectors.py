"""How the references of a space are used, in which form they are, and what moves saved."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from apps.accounts.models import Space, User
from apps.explicit.models import (
    ExplicitMemory,
    ExplicitMove,
    ExplicitPlace,
    ExplicitUseful,
    ExplicitWeight,
)
from apps.memory.fading import counted_now, counted_sql
from apps.memory.models import Entity

MOST_USEFUL = 30


@dataclass(frozen=True)
class Standing:
    """A subject: in which form its references are, how many, and their bytes; its uses, each
    counted half after a half-life; for how many days it has been known, and on how many of the last
    days its facts changed."""

    subject: int
    form: str
    references: int
    bytes: int
    counted: float
    known: float
    changes: int


# Answers that attended to a subject's references, or, where more, that cited its facts. The day on
# which its first fact came is no change.
_STANDINGS = f"""
SELECT m.subject_id, coalesce(p.form, m.form), m.number, m.bytes,
       greatest(coalesce({counted_sql("p.counted", "p.counted_at")}, 0), u.cited),
       extract(epoch FROM now() - u.first) / 86400,
       c.days - (u.first > now() - %(horizon)s * interval '1 day')::int
  FROM (SELECT subject_id, min(form) AS form, count(*) AS number, sum(bytes) AS bytes
          FROM explicit_explicitmemory
         WHERE space_id = %(space)s AND state = 'fresh' GROUP BY subject_id) AS m
  LEFT JOIN explicit_explicitplace p ON p.subject_id = m.subject_id
  JOIN LATERAL (
      SELECT min(t.recorded_at) AS first,
             coalesce(sum({counted_sql("s.uses", "s.used_at")}), 0) AS cited
        FROM memory_triple t LEFT JOIN memory_factschedule s ON s.triple_id = t.id
       WHERE t.subject_id = m.subject_id) AS u ON u.first IS NOT NULL
  JOIN LATERAL (
      SELECT count(DISTINCT v.at::date) AS days
        FROM memory_triple t, LATERAL (VALUES (t.recorded_at), (t.retracted_at)) AS v(at)
       WHERE t.subject_id = m.subject_id
         AND v.at > now() - %(horizon)s * interval '1 day') AS c ON TRUE
"""  # noqa: S608 - of our own words alone


def standings(space: Space, half_life: float, horizon: float) -> list[Standing]:
    """Return how each subject with references that may be used stands, in one query."""
    values: dict[str, Any] = {"space": space.pk, "half_life": half_life, "horizon": horizon}
    with connection.cursor() as cursor:
        cursor.execute(_STANDINGS, values)
        return [
            Standing(
                subject, form, number, int(size), float(counted), max(0.0, float(known)),
                max(0, days),
            )
            for subject, form, number, size, counted, known, days in cursor.fetchall()
        ]  # fmt: skip


def weight_of(space: Space) -> ExplicitWeight | None:
    """Return what a reference costs with the maker of a space's memories; None where nobody
    measured it."""
    rows = ExplicitMemory.objects.filter(space=space, state=ExplicitMemory.State.FRESH)
    maker = rows.order_by("-pk").values_list("maker", flat=True).first()
    return ExplicitWeight.objects.filter(maker=maker).first() if maker else None


def moves_proposed(space: Space) -> QuerySet[ExplicitMove]:
    """Return what is proposed, that which saves most first."""
    rows = ExplicitMove.objects.filter(space=space, state=ExplicitMove.State.PROPOSED)
    return (
        rows.select_related("space", "subject")
        .defer("subject__embedding")
        .order_by("-saving", "pk")
    )


def forms_counted(space: Space) -> dict[str, tuple[int, int]]:
    """Return how many references are kept in each form, and the bytes of their files."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT form, count(*), coalesce(sum(bytes), 0)::bigint FROM explicit_explicitmemory"
            " WHERE space_id = %s AND state = 'fresh' GROUP BY form",
            [space.pk],
        )
        return {form: (number, size) for form, number, size in cursor.fetchall()}


@dataclass(frozen=True)
class MadeMove:
    """A move that was made: ``saved`` is what it saved in seconds over the uses after it, against
    what a use took before; None where nothing was used before or after."""

    row: ExplicitMove
    uses: int
    seconds: float
    saved: float | None

    @property
    def foretold(self) -> float:
        """What was predicted to be saved over as many uses as there were."""
        return self.row.each * self.uses - self.row.write

    @property
    def foretold_ms(self) -> float:
        return 1000 * self.foretold

    @property
    def saved_ms(self) -> float | None:
        return None if self.saved is None else 1000 * self.saved


def made_of(rows: list[ExplicitMove]) -> list[MadeMove]:
    """Return moves with what they saved; those after which no other was made read it from where
    their subjects stand."""
    open_ = [row.subject_id for row in rows if row.after_uses is None]
    places = {one.subject_id: one for one in ExplicitPlace.objects.filter(subject__in=open_)}
    found = []
    for row in rows:
        place = places.get(row.subject_id)
        uses, seconds = row.after_uses, row.after_seconds
        if uses is None or seconds is None:
            uses, seconds = (place.uses, place.seconds) if place else (0, 0.0)
        saved = None
        if row.before_uses and uses:
            saved = row.before_seconds / row.before_uses * uses - seconds - row.write
        found.append(MadeMove(row, uses, seconds, saved))
    return found


def moves_made(space: Space) -> QuerySet[ExplicitMove]:
    """Return the moves that were made, the last one first."""
    rows = ExplicitMove.objects.filter(space=space, state=ExplicitMove.State.MADE)
    return (
        rows.select_related("subject", "made_by")
        .defer("subject__embedding")
        .order_by("-made_at", "-pk")
    )


@dataclass(frozen=True)
class Useful:
    """A subject that a person was answered from, so many times of late."""

    subject: Entity
    lately: float


def useful_to(space: Space, user: User) -> list[Useful]:
    """Return what a person was answered from most of late."""
    rows = ExplicitUseful.objects.filter(space=space, user=user).select_related("subject")
    found = [
        Useful(row.subject, counted_now(row.counted, row.counted_at))
        for row in rows.defer("subject__embedding").order_by("-counted_at")[:MOST_USEFUL]
    ]
    return sorted(found, key=lambda one: -one.lately)
