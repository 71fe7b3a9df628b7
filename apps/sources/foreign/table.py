"""Tables whose columns have names of their own: a person says which column is what."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Mapping

from apps.common.days import read_day
from apps.sources.errors import TooManyRows
from apps.sources.foreign.found import NO_SUCH_DATE, Found, words
from apps.sources.triples import MAX_ROWS

SYSTEM = "a table"
PARTS = (
    "subject", "relation", "object", "subject_type", "object_type",
    "valid_from", "valid_to", "evidence", "source",
)  # fmt: skip
MOST_COLUMNS = 60
_ODD = "a row with another number of cells than the heading"
_GUESSES = {
    "subject": ("subject", "head", "from", "name", "entity", "item"),
    "relation": ("relation", "predicate", "property", "relationship", "edge", "type"),
    "object": ("object", "tail", "to", "value", "target"),
    "valid_from": ("valid_from", "start", "since", "begin", "start_date"),
    "valid_to": ("valid_to", "end", "until", "end_date"),
    "evidence": ("evidence", "sentence", "quote", "fact", "context"),
    "source": ("source", "document", "reference", "url"),
}


def read(text: str) -> Found:
    """Return the heading and the cells. Raises ValueError for what is no table, and TooManyRows."""
    heading = text.lstrip("\r\n").split("\n", 1)[0]
    delimiter = max(",;\t|", key=heading.count)
    if delimiter not in heading:
        raise ValueError("It is in none of the formats that are known.")
    found = Found(SYSTEM)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        rows = [[words(cell) for cell in row] for row in reader if any(map(str.strip, row))]
    except csv.Error as error:
        raise ValueError(f"It is not readable as CSV ({error}).") from None
    if len(rows) > MAX_ROWS + 1:
        raise TooManyRows
    found.columns = [name or f"column {place + 1}" for place, name in enumerate(rows[0])]
    if len(found.columns) > MOST_COLUMNS:
        raise ValueError(f"It has more than {MOST_COLUMNS} columns.")
    found.cells = [row for row in rows[1:] if len(row) == len(found.columns)]
    found.left_out[_ODD] = len(rows) - 1 - len(found.cells)
    found.left_out += Counter()  # leaves what is above nought
    return found


def guess(columns: list[str]) -> dict[str, int]:
    """Return which column seems to be which part of a fact, by its name."""
    names = [name.strip().lower().replace(" ", "_") for name in columns]
    return {
        part: names.index(hit)
        for part, known in _GUESSES.items()
        if (hit := next((name for name in known if name in names), None))
    }


def facts_of(table: Found, chosen: Mapping[str, int], *, relation: str = "") -> Found:
    """Return the facts of a table by the place of each part's column.

    ``relation`` is the relation of every row where no column holds one.
    """
    found = Found(SYSTEM, columns=table.columns, cells=table.cells)
    found.left_out[_ODD] = table.left_out[_ODD]
    found.left_out += Counter()
    for cells in table.cells:
        values = {part: cells[place] for part, place in chosen.items()}
        try:
            begins = read_day(values["valid_from"]) if values.get("valid_from") else None
            ends = read_day(values["valid_to"], ends=True) if values.get("valid_to") else None
        except ValueError:
            found.leave(NO_SUCH_DATE)
            continue
        found.add(
            values.get("subject"),
            values.get("relation") or relation,
            values.get("object"),
            subject_type=values.get("subject_type", ""),
            object_type=values.get("object_type", ""),
            valid_from=begins,
            valid_to=ends,
            evidence=values.get("evidence", ""),
            source=values.get("source", ""),
        )
    return found
