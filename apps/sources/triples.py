"""Reads ready-made triples from CSV and JSON Lines, and renders them as text to cite from."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any, NamedTuple

from apps.common.days import NoSuchDay, NotWritten, read_day
from apps.common.text import clean, one_line
from apps.sources.errors import BadRows, TooManyRows
from apps.sources.formats import JSONL, decode, detect_format
from apps.sources.passages import FactSpans, Span

MAX_ROWS = 10_000  # which are read and checked while somebody waits
MAX_NAME_CHARS = 300
MAX_EVIDENCE_CHARS = 2000
MAX_ERRORS_SHOWN = 20
COLUMNS = (
    "subject", "relation", "object", "subject_type", "object_type",
    "valid_from", "valid_to", "evidence", "source",
)  # fmt: skip
REQUIRED = COLUMNS[:3]
_SYNONYMS = {
    "predicate": "relation",
    "property": "relation",
    "head": "subject",
    "tail": "object",
    "sentence": "evidence",
    "evidence_sentence": "evidence",
}
# "44 BC", "44 BCE", and with astronomical years "-0043", "0000", "-0043-03-15".
_BEFORE_CHRIST = re.compile(
    r"[1-9]\d{0,4} ?b\.?c\.?(?:e\.?)?"
    r"|(?:-\d{4,5}|0000)(?:-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12]\d|3[01]))?)?",
    re.IGNORECASE,
)


class TripleRow(NamedTuple):
    """One triple as a file gives it. ``line`` counts from 1, the heading included."""

    line: int
    subject: str
    relation: str
    object: str
    subject_type: str = ""
    object_type: str = ""
    valid_from: date | None = None
    valid_to: date | None = None
    evidence: str = ""
    source: str = ""


class RowError(NamedTuple):
    """What is wrong in one line of a file."""

    line: int
    problem: str

    def __str__(self) -> str:
        stop = "" if self.problem.endswith(("?", ".")) else "."
        return f"Line {self.line}: {self.problem}{stop}"


def parse_triples(data: bytes, filename: str, format: str | None = None) -> list[TripleRow]:
    """Return the triples of a CSV (comma, semicolon or tab) or JSON Lines file.

    The columns (or keys) are COLUMNS, of which the first three are needed. Raises BadRows naming
    each line that is not in order (nothing is imported then), TooManyRows, and what
    ``formats.detect_format`` and ``formats.decode`` raise.
    """
    kind = detect_format(data, filename=filename, format=format)
    text, _ = decode(data)
    records = _json_records(text) if kind == JSONL else _csv_records(text)
    rows: list[TripleRow] = []
    errors: list[RowError] = []
    for line, record in records:
        if len(rows) + len(errors) >= MAX_ROWS:
            raise TooManyRows
        if isinstance(record, str):
            errors.append(RowError(line, record))
            continue
        try:
            rows.append(_row(line, record))
        except ValueError as problem:
            errors.append(RowError(line, str(problem)))
    if errors:
        raise BadRows(describe(errors))
    if not rows:
        raise BadRows("There is no row in it.")
    return rows


def row_to_json(row: TripleRow) -> list[Any]:
    """Return ``row`` as a list that JSON can hold."""
    return [value.isoformat() if isinstance(value, date) else value for value in row]


def row_from_json(values: list[Any]) -> TripleRow:
    """Undo ``row_to_json``."""
    row = TripleRow(*values)
    return row._replace(
        valid_from=date.fromisoformat(values[6]) if values[6] else None,
        valid_to=date.fromisoformat(values[7]) if values[7] else None,
    )


def describe(errors: list[RowError]) -> str:
    """Say the first MAX_ERRORS_SHOWN errors, one a line, and how many more there are."""
    lines = [str(error) for error in errors[:MAX_ERRORS_SHOWN]]
    if len(errors) > MAX_ERRORS_SHOWN:
        lines.append(f"And {len(errors) - MAX_ERRORS_SHOWN:,} more.")
    return "\n".join(lines)


def render(rows: Iterable[TripleRow]) -> tuple[str, list[FactSpans]]:
    """Return a text with one line a row, and where each row's names stand in it.

    A line is the row's evidence when that names both subject and object, and otherwise the
    evidence, if any, followed by the triple itself.
    """
    lines: list[str] = []
    spans: list[FactSpans] = []
    offset = 0
    for row in rows:
        line, (subject, object_) = _line(row)
        spans.append(
            FactSpans(
                Span(offset, offset + len(line)),
                Span(offset + subject, offset + subject + len(row.subject)),
                Span(offset + object_, offset + object_ + len(row.object)),
            )
        )
        lines.append(line)
        offset += len(line) + 1
    return "\n".join(lines), spans


def _line(row: TripleRow) -> tuple[str, tuple[int, int]]:
    for subject in _occurrences(row.subject, row.evidence):
        for object_ in _occurrences(row.object, row.evidence):
            if subject + len(row.subject) <= object_ or object_ + len(row.object) <= subject:
                return row.evidence, (subject, object_)
    lead = f"{row.evidence} " if row.evidence else ""
    start = len(lead)
    line = f"{lead}{row.subject} | {row.relation} | {row.object}"
    return line, (start, len(line) - len(row.object))


def _occurrences(name: str, sentence: str) -> list[int]:
    """Return where ``name`` begins in ``sentence`` as whole words, from left to right."""
    found, at, size = [], sentence.find(name), len(name)
    while at >= 0:
        end = at + size
        if not _in_word(sentence[at - 1 : at]) and not _in_word(sentence[end : end + 1]):
            found.append(at)
        at = sentence.find(name, at + 1)
    return found


def _in_word(char: str) -> bool:
    return char.isalnum() or char == "_"


def _csv_records(text: str) -> Iterator[tuple[int, Mapping[str, Any] | str]]:
    """Yield (line, record), or (line, what is wrong with it)."""
    text = text.removeprefix("\ufeff")
    heading = text.lstrip("\r\n").split("\n", 1)[0]
    delimiter = max(",;\t", key=heading.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    names: list[str] = []
    line = 1
    try:
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                pass
            elif not names:
                names = _columns(cells)
            elif len(cells) > len(names) and any(cells[len(names) :]):
                yield line, f"{len(cells)} cells where the heading has {len(names)}"
            else:
                yield line, dict(zip(names, cells, strict=False))
            line = reader.line_num + 1
    except csv.Error as error:
        yield line, f"not readable as CSV ({error})"


def _columns(cells: list[str]) -> list[str]:
    names = [_column(cell) for cell in cells]
    missing = [name for name in REQUIRED if name not in names]
    if missing:
        raise BadRows(
            f"The first line must name the columns; {', '.join(missing)} is missing. "
            f"Known columns: {', '.join(COLUMNS)}."
        )
    repeated = {name for name in names if name in COLUMNS and names.count(name) > 1}
    if repeated:
        raise BadRows(f"The first line names {', '.join(sorted(repeated))} more than once.")
    return names


def _column(name: str) -> str:
    name = one_line(name).lower().replace(" ", "_")
    return _SYNONYMS.get(name, name)


def _json_records(text: str) -> Iterator[tuple[int, Mapping[str, Any] | str]]:
    """Yield (line, record), or (line, what is wrong with it)."""
    for line, source in enumerate(text.removeprefix("\ufeff").split("\n"), start=1):
        if not source.strip():
            continue
        try:
            record = json.loads(source)
        except RecursionError:
            yield line, "not readable as JSON (nested too deeply)"
            continue
        except ValueError as error:
            reason = error.msg if isinstance(error, json.JSONDecodeError) else "number too long"
            yield line, f"not readable as JSON ({reason})"
            continue
        if isinstance(record, dict):
            yield line, {_column(key): value for key, value in record.items()}
        else:
            yield line, "not a JSON object"


def _row(line: int, record: Mapping[str, Any]) -> TripleRow:
    """Check one record. Raises ValueError saying what is wrong with it."""
    values = {name: _text(name, record.get(name)) for name in COLUMNS}
    for name in REQUIRED:
        if not values[name]:
            raise ValueError(f"{name} is empty")
    valid_from = _date("valid_from", values["valid_from"], ends=False)
    valid_to = _date("valid_to", values["valid_to"], ends=True)
    if valid_from and valid_to and valid_from >= valid_to:
        raise ValueError("valid_to is before valid_from")
    return TripleRow(
        line=line,
        subject=values["subject"],
        relation=values["relation"],
        object=values["object"],
        subject_type=values["subject_type"],
        object_type=values["object_type"],
        valid_from=valid_from,
        valid_to=valid_to,
        evidence=values["evidence"],
        source=values["source"],
    )


def _text(name: str, value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueError(f"{name} is not a text")
    line = " ".join(clean(str(value)).split())
    limit = MAX_EVIDENCE_CHARS if name == "evidence" else MAX_NAME_CHARS
    if len(line) > limit:
        raise ValueError(f"{name} is longer than {limit:,} characters")
    return line


def _date(name: str, value: str, *, ends: bool) -> date | None:
    """Read a day, a month or a year as forms do (``apps.common.days``), or one before Christ."""
    if not value:
        return None
    if _BEFORE_CHRIST.fullmatch(value):
        # The calendar of the memory begins with the year 1: a beginning before it is none that
        # can be said, an end before it lies before its first day.
        return date.min if ends else None
    try:
        return read_day(value, ends=ends)
    except NotWritten:
        raise ValueError(
            f"{name} “{value}” is not a date (1992, 1992-05, 1992-05-17 or 44 BC)"
        ) from None
    except NoSuchDay:
        hint = "; leave it empty where no end is known" if value.startswith("9999") else ""
        raise ValueError(f"{name} “{value}” is not a date that exists{hint}") from None
