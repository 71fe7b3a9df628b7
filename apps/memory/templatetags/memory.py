"""How pages put relations and facts into words."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, Protocol

from django import template

from apps.common.day_fields import DayField
from apps.common.names import normalise_name
from apps.memory.controller import wording
from apps.memory.models import Relation
from apps.memory.services.values import value_label

register = template.Library()


register.filter("in_words", wording.in_words)
register.filter("as_sentence", wording.statement_of)


@register.filter
def template_problem(relation: Relation) -> str:
    """Why the sentence of a relation cannot state a fact; empty where it can."""
    return wording.template_problem(relation.template)


class _Timed(Protocol):
    """A fact or a candidate."""

    valid_from: date | None
    valid_to: date | None


@register.filter
def period(fact: _Timed) -> str:
    """When a fact holds: "from 1992 until 2002", to the year or month where that says it all.

    What is stored is the first day after the end; "until" names the last day, month or year.
    """
    since, until = fact.valid_from, fact.valid_to
    if until == date.min:
        return "until before the year 1"
    parts = [f"from {_begin(since)}"] if since else []
    if until:
        parts.append(f"until {_last(until)}")
    return " ".join(parts)


@register.filter
def last_day(fact: _Timed) -> str:
    """The end of a fact as a form takes it: the last year, month or day in which it holds."""
    return str(DayField(ends=True).prepare_value(fact.valid_to) or "")


def _begin(day: date) -> str:
    if day.day > 1:
        return _day(day)
    return str(day.year) if day.month == 1 else f"{day:%B} {day.year}"


def _last(after: date) -> str:
    day = after - timedelta(days=1)
    if after.day > 1:
        return _day(day)
    return str(day.year) if after.month == 1 else f"{day:%B} {day.year}"


def _day(day: date) -> str:
    return f"{day.day} {day:%b} {day.year}"


@register.filter
def literal(value: dict[str, Any] | None, name: str) -> str:
    """The normal form of a time or a quantity for people, empty where the name says it already."""
    normal = value_label(value)
    return "" if normal.casefold() in (normalise_name(name), name.strip().casefold()) else normal
