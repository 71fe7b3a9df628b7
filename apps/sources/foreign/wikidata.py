"""Entities of Wikidata as JSON: statements with ranks, qualifiers and references."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import date
from typing import Any, NamedTuple

from apps.common.days import read_day
from apps.sources.foreign.found import NO_SUCH_DATE, Found, first_of, records, words

SYSTEM = "Wikidata"
NO_LABEL = "what it names has no label in the file"
NOT_PRECISE = "its time is less precise than a year"
STARTS, ENDS, AT = "P580", "P582", "P585"
_STATED_IN, _QUOTE, _TITLE, _ADDRESS = "P248", "P1683", "P1476", "P854"
_TIME = re.compile(r"([+-])(\d{1,16})-(\d{2})-(\d{2})T", re.ASCII)
_YEAR, _MONTH, _DAY = 9, 10, 11  # precisions
_ID = re.compile(r"[QP][1-9]\d*")
_WORDS = frozenset({"string", "monolingualtext"})


class _Value(NamedTuple):
    text: str
    type: str = ""


class _Left(Exception):
    """Why a statement is left out."""


def recognises(data: Any) -> bool:
    """Tell whether this holds entities of Wikidata, one or many."""
    return next(_entities(data), None) is not None


def read(data: Any) -> Found:
    """Return the statements of all entities as facts, with what has no label left out."""
    found = Found(SYSTEM)
    entities = list(_entities(data))
    labels = {str(one["id"]): label for one in entities if (label := _label(one))}
    for entity in entities:
        number = str(entity["id"])
        for property_, statements in _statements(entity):
            if property_ in labels:
                found.labels[property_] = labels[property_]
            for statement in statements:
                try:
                    _add(found, labels, number, property_, statement)
                except _Left as left:
                    found.leave(str(left))
    return found


def _add(
    found: Found, labels: dict[str, str], number: str, property_: str, statement: dict[str, Any]
) -> None:
    if statement.get("rank") == "deprecated":
        raise _Left("a deprecated statement")
    if number not in labels:
        raise _Left(NO_LABEL)
    value = _value(statement.get("mainsnak"), labels)
    begins, ends = _validity(statement.get("qualifiers"))
    evidence, source = _reference(statement, labels)
    found.add(
        labels[number],
        property_,
        value.text,
        object_type=value.type,
        valid_from=begins,
        valid_to=ends,
        evidence=evidence,
        source=source,
    )


def _entities(data: Any) -> Iterator[dict[str, Any]]:
    if isinstance(data, dict) and isinstance(data.get("entities"), dict):
        data = list(data["entities"].values())
    for one in records([data] if isinstance(data, dict) else data):
        number = one.get("id")
        if isinstance(number, str) and _ID.fullmatch(number) and ("claims" in one or _label(one)):
            yield one


def _label(entity: dict[str, Any]) -> str:
    labels = entity.get("labels")
    if not isinstance(labels, dict):
        return ""
    chosen = [labels[key] for key in ("en", "mul", *sorted(labels)) if key in labels]
    return words(chosen[0].get("value")) if chosen and isinstance(chosen[0], dict) else ""


def _statements(entity: dict[str, Any]) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    claims = entity.get("claims")
    for property_, statements in claims.items() if isinstance(claims, dict) else ():
        yield property_, records(statements)


def _value(snak: Any, labels: dict[str, str]) -> _Value:
    """Return what a snak says. Raises _Left."""
    if not isinstance(snak, dict) or snak.get("snaktype") != "value":
        raise _Left("a value that is unknown or none")
    given = snak.get("datavalue")
    if not isinstance(given, dict):
        raise _Left("a value that is unknown or none")
    value, kind = given.get("value"), given.get("type")
    if kind == "wikibase-entityid" and isinstance(value, dict):
        return _Value(_named(str(value.get("id")), labels))
    if kind == "time" and isinstance(value, dict):
        return _Value(_written(value), "TIME")
    if kind == "quantity" and isinstance(value, dict):
        return _Value(_quantity(value, labels), "NUM")
    if snak.get("datatype", kind) in _WORDS:
        return _Value(words(value.get("text") if isinstance(value, dict) else value))
    raise _Left(f"a value of the kind “{words(snak.get('datatype') or kind)[:40]}”")


def _named(number: str, labels: dict[str, str]) -> str:
    if number not in labels:
        raise _Left(NO_LABEL)
    return labels[number]


def _quantity(value: dict[str, Any], labels: dict[str, str]) -> str:
    amount = words(value.get("amount")).removeprefix("+")
    unit = words(value.get("unit")).rsplit("/", 1)[-1]
    return amount if unit in ("1", "") else f"{amount} {_named(unit, labels)}"


def _written(value: dict[str, Any]) -> str:
    """Return a time as exactly as it is known: 1992, 1992-05, 1992-05-17, 44 BC."""
    parts = _TIME.match(words(value.get("time")))
    precision = value.get("precision")
    if parts is None or not isinstance(precision, int):
        raise _Left(NO_SUCH_DATE)
    if precision < _YEAR:
        raise _Left(NOT_PRECISE)
    year = int(parts[2])
    if parts[1] == "-":
        return f"{year} BC"
    if not 1 <= year <= 9998:
        raise _Left(NO_SUCH_DATE)
    month, day = parts[3], parts[4]
    if precision == _YEAR or month == "00":
        return f"{year:04}"
    written = f"{year:04}-{month}"
    if precision >= _DAY and day != "00":
        written += f"-{day}"
    _day(written)
    return written


def _validity(qualifiers: Any) -> tuple[date | None, date | None]:
    """Return the first day and the first day after of a statement. Raises _Left."""
    given = qualifiers if isinstance(qualifiers, dict) else {}
    starts, ends, at = (_time(given.get(key)) for key in (STARTS, ENDS, AT))
    if at and not starts and not ends:
        starts = ends = at
    begins = None if not starts or starts.endswith("BC") else _day(starts)
    if not ends:
        return begins, None
    return begins, date.min if ends.endswith("BC") else _day(ends, ends=True)


def _time(snaks: Any) -> str:
    """Return the time of the one snak that says it; none where it is not known."""
    known = [one for one in records(snaks) if one.get("snaktype") == "value"]
    if not known:
        return ""
    value = first_of(first_of(known[0], "datavalue") or {}, "value")
    if not isinstance(value, dict):
        raise _Left(NO_SUCH_DATE)
    return _written(value)


def _day(written: str, *, ends: bool = False) -> date:
    try:
        return read_day(written, ends=ends)
    except ValueError:
        raise _Left(NO_SUCH_DATE) from None


def _reference(statement: dict[str, Any], labels: dict[str, str]) -> tuple[str, str]:
    """Return what the first reference quotes or names, and the name of its source."""
    for reference in records(statement.get("references")):
        snaks = reference.get("snaks")
        said = _said(snaks, labels) if isinstance(snaks, dict) else {}
        named = [said[key] for key in (_STATED_IN, _TITLE, _ADDRESS) if key in said]
        if _QUOTE in said or named:
            told = said.get(_QUOTE) or "According to " + ", ".join(named) + "."
            return told, named[0] if named else ""
    return "", ""


def _said(snaks: dict[str, Any], labels: dict[str, str]) -> dict[str, str]:
    said: dict[str, str] = {}
    for property_, given in snaks.items():
        for snak in records(given)[:1]:
            value = first_of(first_of(snak, "datavalue") or {}, "value")
            if isinstance(value, dict):
                value = value.get("text") or labels.get(str(value.get("id")))
            if text := words(value):
                said[property_] = text
    return said


def lines(text: str) -> list[Any] | None:
    """Return the objects of a dump, one a line with commas after them; None for anything else."""
    rows = [line.rstrip().rstrip(",") for line in text.splitlines() if len(line.strip()) > 1]
    try:
        return [json.loads(row) for row in rows]
    except ValueError:
        return None
