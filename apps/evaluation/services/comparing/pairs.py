"""The cases that two runs share, with what came of each in both: counted in the database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db import connection

from apps.evaluation.models import Run
from apps.evaluation.services.kinds import kind_of
from apps.evaluation.services.kinds.measures import COLUMNS, COUNTS, Side

MOST_RUNS: Final = 6

# Of two versions of a benchmark, the cases that are the same in both.
_SAME: Final = """JOIN evaluation_case cb ON cb.version_id = %(other_version)s AND cb.key = ca.key
    AND cb.text = ca.text AND cb.given = ca.given AND cb.expected = ca.expected"""
JOINED: Final = {
    True: """FROM evaluation_result a JOIN evaluation_case ca ON ca.id = a.case_id
    JOIN evaluation_result b ON b.case_id = a.case_id AND b.run_id = %(other)s""",
    False: f"""FROM evaluation_result a JOIN evaluation_case ca ON ca.id = a.case_id {_SAME}
    JOIN evaluation_result b ON b.case_id = cb.id AND b.run_id = %(other)s""",
}
# A sentence may come with facts that it denies or asks for; only these are due.
_NOTHING_DUE: Final = """NOT EXISTS (SELECT 1 FROM jsonb_array_elements(ca.expected) AS one
    WHERE jsonb_typeof(one) <> 'object'
    OR coalesce(one->>'mood', 'stated') IN ('stated', 'ended'))"""


class CannotCompare(Exception):
    """These runs cannot be compared; the message says why."""


@dataclass(frozen=True)
class Pairs:
    """The cases that two runs share. ``kinds`` has each way in which a case can have come out in
    the two, and how many did."""

    base: Run
    other: Run
    kinds: tuple[tuple[Side, Side, int], ...]

    @property
    def shared(self) -> int:
        return sum(count for _, _, count in self.kinds)

    @property
    def measured(self) -> tuple[tuple[Side, Side, int], ...]:
        """Those of ``kinds`` by which the runs are compared: of a kind of benchmark in which a
        refused case has no figures, the cases that both runs have."""
        if kind_of(self.base.version.benchmark.kind).refused_counts:
            return self.kinds
        return tuple(one for one in self.kinds if "refused" not in (one[0].outcome, one[1].outcome))

    @property
    def left_out(self) -> int:
        """How many cases they share and are not compared by."""
        return self.shared - sum(count for _, _, count in self.measured)

    @property
    def is_same_version(self) -> bool:
        return self.base.version_id == self.other.version_id

    @property
    def only_base_right(self) -> int:
        return self._right(True, False)

    @property
    def only_other_right(self) -> int:
        return self._right(False, True)

    def _right(self, base: bool, other: bool) -> int:
        return sum(
            count
            for a, b, count in self.kinds
            if (a.outcome == "right") == base and (b.outcome == "right") == other
        )


def check_comparable(runs: Sequence[Run]) -> None:
    """Raise CannotCompare where these runs have nothing to be compared by."""
    if len(runs) < 2:
        raise CannotCompare("Choose two runs or more to compare.")
    if len(runs) > MOST_RUNS:
        raise CannotCompare(f"Choose at most {MOST_RUNS} runs to compare.")
    if len({run.version.benchmark_id for run in runs}) > 1:
        raise CannotCompare("These runs are of different benchmarks: their cases differ.")
    for run in runs:
        if run.state != Run.State.DONE:
            raise CannotCompare(f"Run {run.pk} is not done; only what is done can be compared.")
        if run.only is not None:
            raise CannotCompare(f"Run {run.pk} asked a single case again, and no others.")


def pair_up(base: Run, other: Run) -> Pairs:
    """Return what came of the cases that two runs share. Raises CannotCompare where none are."""
    same = base.version_id == other.version_id
    numbers = kind_of(base.version.benchmark.kind).numbers
    columns = ", ".join([*_columns("a", numbers), *_columns("b", numbers), _NOTHING_DUE])
    statement = f"""SELECT {columns}, count(*) {JOINED[same]}
        WHERE a.run_id = %(base)s GROUP BY {columns}"""
    with connection.cursor() as cursor:
        cursor.execute(statement, given_of(base, other))
        kinds = tuple(_kind(row) for row in cursor.fetchall())
    if not kinds:
        raise CannotCompare(_no_case(base, other))
    return Pairs(base, other, kinds)


def _no_case(base: Run, other: Run) -> str:
    runs = f"Runs {base.pk} and {other.pk}"
    if base.version_id == other.version_id or base.erased or other.erased:
        return f"{runs} have no case in common: those that both asked were erased."
    return f"{runs} are of versions that have no case in common."


def given_of(base: Run, other: Run) -> dict[str, Any]:
    """Return what the statements over two runs are given."""
    return {"base": base.pk, "other": other.pk, "other_version": other.version_id}


def _number(table: str, key: str, type: str = "int") -> str:
    return f"coalesce(({table}.answer->>'{key}')::{type}, 0)"


def _columns(table: str, numbers: Sequence[str]) -> list[str]:
    kept = [f"{table}.{name}" for name in COLUMNS]
    own = (_number(table, name, "float8") for name in numbers)
    return [*kept, *(_number(table, name) for name in COUNTS), *own]


def _kind(row: Sequence[Any]) -> tuple[Side, Side, int]:
    *measured, nothing_due, count = row
    half = len(measured) // 2
    return _side(measured[:half], nothing_due), _side(measured[half:], nothing_due), count


def _side(measured: Sequence[Any], nothing_due: bool) -> Side:
    named = len(COLUMNS) + len(COUNTS)
    return Side._make([*measured[:named], nothing_due, tuple(measured[named:])])
