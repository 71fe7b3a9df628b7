"""The rows of a file: JSON Lines, a list in JSON, or CSV with a heading.

They are read one after the other, so that nothing is built of a file that is too long.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias

Format: TypeAlias = Literal["json", "jsonl", "csv"]
_SUFFIXES: Final[Mapping[str, Format]] = {
    "json": "json", "jsonl": "jsonl", "ndjson": "jsonl", "csv": "csv", "tsv": "csv",
}  # fmt: skip
_DELIMITERS: Final = "\t;,"
_SPACE: Final = re.compile(r"[ \t\r\n]*")
_DECODER: Final = json.JSONDecoder()
_LOOKS_LIKE_JSON: Final = re.compile(r"\s*(\[\s*[\[{\]]|\{\s*[\"}])")
LONGEST_FIELD: Final = 2**25  # characters of a table's field, more than any file may have
# How files begin that are no text, and what they are.
_NO_TEXT: Final[Mapping[bytes, str]] = {
    b"PK\x03\x04": "a spreadsheet, or another archive in the format of ZIP",
    b"\xd0\xcf\x11\xe0": "a spreadsheet, or another document of an old Office program",
    b"%PDF-": "a PDF", b"\x1f\x8b": "compressed by gzip", b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture", b"SQLite format 3\0": "a database",
    b"PAR1": "a table in the format of Parquet",
}  # fmt: skip
_UTF_16: Final = (b"\xff\xfe", b"\xfe\xff")


class UnreadableFile(Exception):
    """The file cannot be read as cases; the text says why."""


@dataclass(frozen=True)
class RowFault:
    """What is wrong in one row. ``place`` is its line, or in a list of JSON its item, from 1."""

    place: int
    text: str


@dataclass(frozen=True)
class Row:
    """A row with its place; ``fault`` says why it is no object."""

    place: int
    fields: Mapping[str, Any]
    fault: str = ""


def decoded(data: bytes) -> str:
    """Return the text of a file. Raises UnreadableFile."""
    for start, what in _NO_TEXT.items():
        if data.startswith(start):
            raise UnreadableFile(
                f"The file is no text, whatever its name says: it is {what}. Save the cases as "
                "JSON, JSON Lines or CSV in UTF-8, and upload that."
            )
    if data.startswith(_UTF_16) or b"\0" in data[:4]:
        raise UnreadableFile(
            "The file is not in UTF-8 (line 1), but in UTF-16, it seems. Save it as UTF-8 and "
            "upload it again."
        )
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise UnreadableFile(
            f"The file is not in UTF-8 (line {line}). Save it as UTF-8 and upload it again."
        ) from error
    if not text.strip():
        raise UnreadableFile("The file is empty.")
    return text


def format_of(filename: str, text: str) -> Format:
    """Return how a file is written, by its name, else by how it begins."""
    suffix = filename.rpartition(".")[2].lower()
    start = text.lstrip()[:1]
    found = _SUFFIXES.get(suffix)
    if found is None or (found != "csv" and start in "[{") or _LOOKS_LIKE_JSON.match(text):
        return "json" if start == "[" else "jsonl" if start == "{" else found or "csv"
    return found


def rows_of(
    text: str, form: Format, required: Sequence[str], unheaded: Sequence[str] = ()
) -> Iterator[Row]:
    """Yield the rows of a file; ``required`` are the columns that a heading must name, ``unheaded``
    those of a table that has none.

    Raises UnreadableFile for a file that is not so.
    """
    if form == "csv":
        return _of_csv(text, required, unheaded)
    return _of_list(text) if form == "json" else _of_lines(text)


def _of_lines(text: str) -> Iterator[Row]:
    if not any(line.lstrip()[:1] in ("{", "[") for line in io.StringIO(text)):
        first_line = text.strip().split("\n", 1)[0][:60].strip()
        raise UnreadableFile(
            f"No line of the file is JSON; line 1 is “{first_line}”. Where it is a table, give it "
            "a name that ends in .csv."
        )
    first = True
    for number, line in enumerate(io.StringIO(text), start=1):
        if not line.strip():
            continue
        row = _row(number, line, 0)[0]
        if first and row.fault and not _row(number, text, 0)[0].fault:
            raise UnreadableFile(
                "The file is one object in JSON. It has to be a list, or one case on each line."
            )
        first = False
        yield row


def _of_list(text: str) -> Iterator[Row]:
    at = _skip(text, 0)
    if text[at : at + 1] != "[":
        raise UnreadableFile(
            "The file is no list in JSON: it does not begin with “[”. Where it is a table, give it "
            "a name that ends in .csv."
        )
    at, number = _skip(text, at + 1), 0
    while text[at : at + 1] != "]":
        number += 1
        row, at = _row(number, text, at)
        yield row
        if at < 0:
            return  # where the next one begins, nobody knows
        at = _skip(text, at)
        if text[at : at + 1] == ",":
            at = _skip(text, at + 1)
        elif text[at : at + 1] != "]":
            yield Row(number, {}, "after it, a comma or the end of the list is missing")
            return
    if text[at + 1 :].strip():
        yield Row(number + 1, {}, "there is more after the end of the list")


def _row(number: int, text: str, at: int) -> tuple[Row, int]:
    """Return the object that begins at a place, and where it ends; -1 where it does not."""
    try:
        value, end = _DECODER.raw_decode(text, _skip(text, at))
    except json.JSONDecodeError as error:
        return Row(number, {}, f"it is not JSON ({error.msg[:1].lower()}{error.msg[1:]})"), -1
    except (ValueError, RecursionError):
        return Row(number, {}, "it is not JSON that can be read"), -1
    if not isinstance(value, dict):
        return Row(number, {}, "it is no object in JSON"), end
    if at == 0 and text[end:].strip() and text[:1] != "[":
        return Row(number, {}, "there is more on the line than one object"), end
    return Row(number, value), end


def _skip(text: str, at: int) -> int:
    match = _SPACE.match(text, at)
    return match.end() if match else at


def _of_csv(text: str, required: Sequence[str], unheaded: Sequence[str]) -> Iterator[Row]:
    first = text.lstrip("\r\n").split("\n", 1)[0]
    delimiter = max(_DELIMITERS, key=lambda one: (first.count(one), one == ","))
    plain = _has_no_heading(first, delimiter, required, unheaded)
    # Without a heading it is no table that a program quoted: a quote is a character.
    lines = io.StringIO(text, newline="")
    if plain:
        reader = csv.reader(lines, delimiter=delimiter, strict=True, quoting=csv.QUOTE_NONE)
    else:
        reader = csv.reader(lines, delimiter=delimiter, strict=True)
    heading = list(unheaded) if plain else []
    csv.field_size_limit(LONGEST_FIELD)  # of this process, whose limit is shorter than a document
    ended = 0
    try:
        for values in reader:
            ended = reader.line_num
            if not any(value.strip() for value in values):
                continue
            if not heading:
                heading = _heading(values, required)
                continue
            extra = len(values) > len(heading) and any(values[len(heading) :])
            fault = f"it has {len(values)} fields, the heading {len(heading)}" if extra else ""
            yield Row(reader.line_num, dict(zip(heading, values, strict=False)), fault)
    except csv.Error as error:
        if "unexpected end of data" in str(error):
            fault = "it is no CSV (a quotation mark that opens in this row is never closed)"
            yield Row(ended + 1, {}, fault)
        else:
            yield Row(reader.line_num, {}, f"it is no CSV ({error})")


def _has_no_heading(
    first: str, delimiter: str, required: Sequence[str], unheaded: Sequence[str]
) -> bool:
    """Tell whether the first line is a row already, of a table that may come without a heading."""
    values = [value.strip().lower() for value in first.split(delimiter)]
    return bool(unheaded) and len(values) == len(unheaded) and not set(required) <= set(values)


def _heading(values: Sequence[str], required: Sequence[str]) -> list[str]:
    names = [value.strip().lower() for value in values]
    if missing := [name for name in required if name not in names]:
        has = ", ".join(name for name in names if name)[:200] or "nothing"
        raise UnreadableFile(
            f"The first line has to name the columns. Missing: {', '.join(missing)}. It has: {has}."
        )
    if twice := sorted({name for name in names if name and names.count(name) > 1}):
        raise UnreadableFile(f"The first line names a column twice: {', '.join(twice)}.")
    return names
