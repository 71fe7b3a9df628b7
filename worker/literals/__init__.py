"""Literals as values: what two spellings of one date, amount or address have in common.

``parse_literal`` reads a text, ``as_json`` gives the form that is stored (docs/glossary.md,
"Value"), and the rest works on that form. Own code instead of a library: of edtf, dateparser,
python-dateutil, undate, quantulum3 and text2num none refuses what is no date or number
(docs/experiments.md, "Literals").
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any, TypeAlias

from worker.literals.quantities import parse_quantity
from worker.literals.texts import parse_text
from worker.literals.times import parse_time
from worker.types import EntityKind, LiteralValue, QuantityValue, TextValue, TimeValue

__all__ = [
    "Value",
    "agree",
    "as_json",
    "label",
    "normal_form",
    "parse_literal",
    "parse_quantity",
    "parse_text",
    "parse_time",
    "value_from_json",
]

Value: TypeAlias = dict[str, Any]
_NORMAL = ("edtf", "quantity", "form", "normal")


def parse_literal(text: str, kind: EntityKind | str) -> LiteralValue | None:
    """Return what a text of a kind means; None for what cannot be read and for other kinds."""
    if kind == "time":
        return parse_time(text)
    if kind == "text":
        return parse_text(text)
    return parse_quantity(text) if kind == "quantity" else None


def as_json(value: LiteralValue | None, text: str) -> Value | None:
    """Return a value as it is stored, with the text that it was read from.

    >>> as_json(parse_time("Nov. 1867"), "Nov. 1867")["edtf"]
    '1867-11'
    """
    if value is None:
        return None
    if isinstance(value, TimeValue):
        return {
            "edtf": value.edtf,
            "from": value.start,
            "to": value.end,
            "precision": value.precision,
            "text": text,
        }
    if isinstance(value, TextValue):
        return {"form": value.form, "normal": value.normal, "text": text}
    number = value.low if value.low == value.high else f"{value.low}..{value.high}"
    return {
        "quantity": f"{'~' if value.approximate else ''}{number} {value.unit}".rstrip(),
        "from": value.low,
        "to": value.high,
        "unit": value.unit,
        "text": text,
    }


def value_from_json(stored: Value | None) -> LiteralValue | None:
    """Return a stored value as ``as_json`` was given it.

    >>> value_from_json(as_json(parse_time("Nov. 1867"), "Nov. 1867")) == parse_time("Nov. 1867")
    True
    """
    if not normal_form(stored):
        return None
    assert stored is not None
    if "edtf" in stored:
        return TimeValue(stored["edtf"], stored["from"], stored["to"], stored["precision"])
    if "form" in stored:
        return TextValue(stored["form"], stored["normal"])
    about = str(stored["quantity"]).startswith("~")
    return QuantityValue(stored["from"], stored["to"], stored["unit"], approximate=about)


def normal_form(value: Value | None) -> dict[str, str]:
    """Return the part of a stored value that equal values share; empty without a value."""
    return {name: value[name] for name in _NORMAL if value and name in value}


def agree(one: Value | None, other: Value | None) -> bool:
    """Return whether two stored values may mean the same, one perhaps less exactly.

    1867 agrees with 7 November 1867, not with 1868; "over 200 km" agrees with "250 km".
    """
    form, others = normal_form(one), normal_form(other)
    if not form or not others or form.keys() != others.keys():
        return False
    assert one is not None
    assert other is not None
    if "form" in form:
        return form == others
    if one.get("unit", "") != other.get("unit", ""):
        return False
    return form == others or _holds(one, other) or _holds(other, one)


def _holds(outer: Value, inner: Value) -> bool:
    """Return whether ``inner`` lies within ``outer``; an open end reaches everything."""
    read: Callable[[str], Any] = _day if "edtf" in outer else Fraction
    low = not outer["from"] or (inner["from"] and read(outer["from"]) <= read(inner["from"]))
    high = not outer["to"] or (inner["to"] and read(inner["to"]) <= read(outer["to"]))
    return bool(low and high)


def _day(text: str) -> tuple[int, ...]:
    before, digits = text.startswith("-"), text.lstrip("-")
    year, month, day = (int(part) for part in digits.split("-"))
    return (-year if before else year), month, day


def label(value: Value | None) -> str:
    """Return a stored value for people: "1990–1999", "before 1850", "1,500,000 USD"."""
    if not normal_form(value):
        return ""
    assert value is not None
    if "form" in value:
        return str(value["normal"])
    if "edtf" not in value:
        return _quantity_label(value)
    parts = str(value["edtf"]).split("/")
    about = "about " if any("~" in part for part in parts) else ""
    if len(parts) == 1 and value["precision"] in ("day", "month", "year"):
        return about + _era(parts[0].strip("~"))
    # An open end is told by the other one alone.
    if len(parts) == 2 and ".." in parts:
        return f"until {_edge(parts[1])}" if parts[0] == ".." else f"from {_edge(parts[0])}"
    if len(parts) == 2:
        return f"{about}{_edge(parts[0])} to {_edge(parts[1])}"
    if value["precision"] in ("season", "quarter"):
        return parts[0]
    first, last = (_day(value[name])[0] for name in ("from", "to"))
    return f"{about}{_year(first)} to {_year(last)}"


def _edge(text: str) -> str:
    return _era(text.strip("~"))


def _era(text: str) -> str:
    """Return an EDTF date with its year counted as people do where it is before Christ."""
    before, digits = text.startswith("-"), text.lstrip("-")
    year, dash, rest = digits.partition("-")
    if before or year == "0000":
        return f"{_year(-int(year))}{dash}{rest}"
    return f"{int(year)}{dash}{rest}"


def _year(year: int) -> str:
    return str(year) if year > 0 else f"{1 - year} BC"


def _quantity_label(value: Value) -> str:
    low, high = (_grouped(value[name]) for name in ("from", "to"))
    number = low if low == high else f"{low} to {high}"
    if not low or not high:
        number = f"at least {low}" if low else f"at most {high}"
    about = "about " if str(value["quantity"]).startswith("~") else ""
    return f"{about}{number} {value['unit']}".rstrip()


def _grouped(number: str) -> str:
    whole, dot, rest = number.partition(".")
    return f"{int(whole):,}{dot}{rest}" if whole.lstrip("-").isdecimal() else number
