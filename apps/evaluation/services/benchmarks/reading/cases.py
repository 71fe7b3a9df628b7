"""The cases of a file, with all faults of its rows."""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from apps.evaluation.services.benchmarks.cases import MOST_CASES, NewCase
from apps.evaluation.services.formats.rows import (
    Format,
    Row,
    RowFault,
    UnreadableFile,
    decoded,
    format_of,
    rows_of,
)
from apps.evaluation.services.kinds import Kind, kind_of
from worker.english.other_languages import other_language

MOST_SHOWN: Final = 50  # faults
MOST_SECONDS: Final = 20.0
LONGEST_KEY, LONGEST_KIND, LONGEST_RELATION = 80, 60, 120
FORMATS: Final[Mapping[Format, str]] = {"json": "JSON", "jsonl": "JSON Lines", "csv": "CSV"}
_CHECKED_AT: Final = 500  # rows, after which the time is looked at
# What the database cannot keep: NUL, and half of a pair of surrogates.
_UNKEPT: Final = re.compile("[\0\ud800-\udfff]")
_SAMPLE: Final = 20_000  # characters that tell the language


@dataclass
class Reading:
    """What was read: the cases, or the faults; ``language`` where the texts are not English.

    ``faults`` are the first fifty of ``wrong``, ``good`` how many rows are cases, ``skipped`` how
    many are no case for which reason.
    """

    format: Format
    cases: list[NewCase] = field(default_factory=list)
    faults: list[RowFault] = field(default_factory=list)
    wrong: int = 0
    good: int = 0
    language: str = ""
    skipped: Counter[str] = field(default_factory=Counter)

    @property
    def place(self) -> str:
        """What the number of a fault counts."""
        return "item" if self.format == "json" else "line"

    @property
    def all_wrong(self) -> bool:
        """Whether there are several rows and none is a case: a file of another kind, it seems."""
        return self.wrong > 1 and not self.good

    def _fault(self, place: int, text: str) -> None:
        self.wrong += 1
        if len(self.faults) < MOST_SHOWN:
            self.faults.append(RowFault(place, text))


def read_cases(data: bytes, *, filename: str, kind: str) -> Reading:
    """Read a file of cases of a kind, all of them into memory. Raises UnreadableFile."""
    reading, found = reading_of(data, filename=filename, kind=kind)
    reading.cases = list(found)
    return reading


def reading_of(data: bytes, *, filename: str, kind: str) -> tuple[Reading, Iterator[NewCase]]:
    """Return what a file of cases of a kind is read into, and its good cases one by one; the
    reading has all faults when these are read.

    Both raise UnreadableFile for a file that is no such file, that is empty, too long, or takes
    more than twenty seconds of work.
    """
    text = decoded(data)
    reading = Reading(format_of(filename, text))
    return reading, _cases(text, reading, kind_of(kind))


def _cases(text: str, reading: Reading, chosen: Kind) -> Iterator[NewCase]:
    form = reading.format
    most = min(MOST_CASES, chosen.most_cases)
    seen: dict[str, str] = {}
    sample = _Sample()
    for row in _in_time(_rows(text, form, chosen)):
        if len(seen) >= most:
            raise UnreadableFile(
                f"The file holds more than {most:,} cases: {reading.place} {row.place:,} has one "
                "too many."
            )
        if why := chosen.skipped(row):
            reading.skipped[why] += 1
            continue
        try:
            case = _case(row, chosen, form)
        except ValueError as error:
            reading._fault(row.place, f"{error}")
            continue
        if case.key in seen:
            reading._fault(row.place, f"the id “{case.key}” is that of {seen[case.key]} too")
            continue
        seen[case.key] = f"{reading.place} {row.place}"
        sample.add(case.text)
        reading.good += 1
        yield case
    if not seen and not reading.wrong:
        raise UnreadableFile("The file holds no cases.")
    reading.language = other_language("\n".join(sample.texts))


def relations_in(cases: Iterable[NewCase], kind: str) -> Counter[str]:
    """Return the relations that the cases name, each with the number of cases."""
    relations = kind_of(kind).relations
    found: Counter[str] = Counter()
    for case in cases:
        found.update(set(relations(case)))
    return found


@dataclass
class _Sample:
    """The first texts, which tell the language."""

    texts: list[str] = field(default_factory=list)
    size: int = 0

    def add(self, text: str) -> None:
        if self.size <= _SAMPLE:
            self.texts.append(text)
            self.size += len(text)


def _rows(text: str, form: Format, kind: Kind) -> Iterator[Row]:
    if form != "csv":
        return rows_of(text, form, kind.required)
    if not kind.tables:
        raise UnreadableFile("Such cases do not fit a table. Upload them as JSON or JSON Lines.")
    return kind.joined(rows_of(text, form, kind.required, kind.unheaded))


def _in_time(rows: Iterator[Row]) -> Iterator[Row]:
    until = time.thread_time() + MOST_SECONDS  # of work: a busy machine is no fault of the file
    for number, row in enumerate(rows):
        if number % _CHECKED_AT == 0 and time.thread_time() > until:
            raise UnreadableFile("The file takes too long to read. Upload it in smaller parts.")
        yield row


def _case(row: Row, kind: Kind, form: Format) -> NewCase:
    """Return the case of a row. Raises ValueError."""
    if row.fault:
        raise ValueError(row.fault)
    if any(map(_UNKEPT.search, _texts(row.fields))):
        raise ValueError("it holds characters that are no text")
    case = kind.read(row, form == "csv")
    if len(case.text) > kind.longest:
        raise ValueError(f"the text has more than {kind.longest:,} characters")
    for name, value, most in (
        ("id", case.key, LONGEST_KEY),
        ("kind", case.kind, LONGEST_KIND),
        ("relation", case.relation, LONGEST_RELATION),
    ):
        if len(value) > most:
            raise ValueError(f'"{name}" has more than {most} characters')
    return case


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, one in value.items():
            yield key
            yield from _texts(one)
    elif isinstance(value, list):
        for one in value:
            yield from _texts(one)
