"""What a kind of benchmark is: one object that says how its cases are read from a file, how a head
is asked one, how what comes is judged, and what is measured of it all."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

from apps.evaluation.models import Case, Result, Run
from apps.evaluation.services.answering.given import Given
from apps.evaluation.services.answering.modes import Mode
from apps.evaluation.services.benchmarks.cases import MOST_CASES, NewCase
from apps.evaluation.services.formats.rows import Row
from apps.evaluation.services.kinds.measures import Measure
from worker.setups import HeadSide

Judge: TypeAlias = Callable[[Case, Given], Result]


class Read(Protocol):
    """Makes the case of a row. Raises ValueError with what is wrong."""

    def __call__(self, row: Row, is_csv: bool) -> NewCase: ...


def as_they_are(rows: Iterator[Row]) -> Iterator[Row]:
    """Yield rows as they stand: of a table each is a case."""
    return rows


def never(row: Row) -> str:
    """Say that no row is to be left out."""
    return ""


def own_relation(case: NewCase) -> Sequence[str]:
    """Return the relation that a case is about, if it says one."""
    return [case.relation] if case.relation else []


@dataclass(frozen=True)
class Words:
    """What people read: the headings of a case, of what is right and of what came, what is said
    where nothing is right, examples of a file, each with its lead, and how much of a case was right
    (``Result.f1``)."""

    case: str
    right: str
    came: str
    nothing: str
    examples: Sequence[tuple[str, str]]
    note: str = ""
    part: str = "F1"


@dataclass(frozen=True)
class Beside:
    """A line of the table that sets figures with the memory beside those without it, by the keys of
    measures. Of a control, ``on`` is empty, and ``verdict`` says of the ratio and its interval
    whether the control holds, and what that means."""

    label: str
    off: str
    ratio: str
    on: str = ""
    verdict: Callable[[float, float, float], tuple[bool, str]] | None = None


@dataclass(frozen=True)
class Kind:
    """A kind of benchmark.

    ``required`` are the columns that the heading of a table must name, ``unheaded`` those of a
    table that may come without one; ``tables`` tells whether there are any, and ``joined`` puts
    their rows together. ``relations`` are those that a case names. ``by_facts``: what is broken
    down are facts, not cases. ``asks_memory``: a run can be made of the memory as it was for an
    earlier one. ``numbers`` are keys of a result's answer that its measures need, and no other
    kind has. ``skipped`` says why a row is no case and no fault either. What stands in ``beside``
    is shown there alone. ``refused_counts``: a case that was refused counts in the measures; else
    it has nothing that could be measured, and no run is compared by it.
    """

    name: str
    label: str
    side: HeadSide
    words: Words
    read: Read
    required: tuple[str, ...]
    longest: int
    modes: Mapping[str, Mode]
    judging: Callable[[Run], Judge]
    measures: Mapping[str, Measure]
    joined: Callable[[Iterator[Row]], Iterator[Row]] = as_they_are
    tables: bool = True
    unheaded: tuple[str, ...] = ()
    relations: Callable[[NewCase], Sequence[str]] = own_relation
    most_cases: int = MOST_CASES
    by_facts: bool = False
    asks_memory: bool = False
    numbers: tuple[str, ...] = ()
    skipped: Callable[[Row], str] = never
    beside: Sequence[Beside] = ()
    refused_counts: bool = True

    def labelled(self, measure: str) -> str:
        """Return what people call a measure of this kind; the key of one that it has not."""
        found: Any = self.measures.get(measure)
        return str(found.label) if found else measure
