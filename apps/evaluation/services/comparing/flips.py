"""The cases that came out otherwise in a second run, the worse ones first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.db import connection

from apps.evaluation.models import Run
from apps.evaluation.services.comparing.pairs import JOINED, given_of

MOST_COUNTED: Final = 10_000
# A wrong answer is worse than none, and one that was refused nobody saw.
_WORTH: Final = {"right": 4, "partly": 3, "abstained": 2, "refused": 1, "wrong": 0}
FLIPS: Final = {
    "": ("All that changed", "a.outcome <> b.outcome"),
    "worse": ("Right before, not now", "a.outcome = 'right' AND b.outcome <> 'right'"),
    "better": ("Right now, not before", "a.outcome <> 'right' AND b.outcome = 'right'"),
}


@dataclass(frozen=True)
class Flip:
    """A case that came out otherwise: its number in each of the two runs, and both outcomes."""

    number: int
    other_number: int
    kind: str
    text: str
    before: str
    after: str

    @property
    def is_worse(self) -> bool:
        return _WORTH[self.after] < _WORTH[self.before]


def flips_of(base: Run, other: Run, which: str, start: int, size: int) -> list[Flip]:
    """Return the flipped cases from the ``start``-th on, at most ``size``: those that fell furthest
    first. ``which`` is a key of FLIPS."""
    same = base.version_id == other.version_id
    number = "ca.number" if same else "cb.number"
    statement = f"""SELECT ca.number, {number}, ca.kind, ca.text, a.outcome, b.outcome
        {_where(same, which)} ORDER BY {_worth("b")} - {_worth("a")}, b.f1 - a.f1, ca.number
        LIMIT %(size)s OFFSET %(start)s"""
    given = {**given_of(base, other), "size": size, "start": start}
    with connection.cursor() as cursor:
        cursor.execute(statement, given)
        return [Flip(*row) for row in cursor.fetchall()]


def flips_count(base: Run, other: Run, which: str) -> int:
    """Return how many cases flipped, at most MOST_COUNTED."""
    same = base.version_id == other.version_id
    statement = f"""SELECT count(*) FROM
        (SELECT 1 {_where(same, which)} LIMIT {MOST_COUNTED}) AS found"""  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(statement, given_of(base, other))
        return int(cursor.fetchone()[0])


def _where(same: bool, which: str) -> str:
    return f"{JOINED[same]} WHERE a.run_id = %(base)s AND {FLIPS[which][1]}"


def _worth(table: str) -> str:
    whens = " ".join(f"WHEN '{name}' THEN {worth}" for name, worth in _WORTH.items())
    return f"CASE {table}.outcome {whens} END"
