"""How pages put relations and facts into words."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, Protocol

from django import template

from apps.common.text import normalise_name
from apps.memory.models import Relation, Triple
from apps.memory.services.values import value_label

register = template.Library()


def fill(text: str, subject: str, object: str) -> str:
    """Return a sentence template with both names in their places, braces in names left alone."""
    before, middle, after = _parts(text)
    if text.index("{subject}") < text.index("{object}"):
        first, second = subject, object
    else:
        first, second = object, subject
    sentence = f"{before}{first}{middle}{second}{after}"
    return sentence[:1].upper() + sentence[1:]


def _parts(text: str) -> tuple[str, str, str]:
    places = sorted((text.index(name), len(name)) for name in ("{subject}", "{object}"))
    (one, long), (two, longer) = places
    return text[:one], text[one + long : two], text[two + longer :]


def _stated(relation: Relation) -> str:
    if "{subject}" in relation.template and "{object}" in relation.template:
        return relation.template
    return "{subject}: " + relation.name + ": {object}."


@register.filter
def in_words(relation: Relation) -> str:
    """The sentence of a relation with X as its subject and Y as its object."""
    return fill(_stated(relation), "X", "Y")


@register.filter
def as_sentence(triple: Triple, relation: Relation) -> str:
    """A fact as an answer states it."""
    return fill(_stated(relation), triple.subject.name, triple.object.name)


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
    parts = [f"from {_begin(since)}"] if since else []
    if until:
        parts.append(f"until {_last(until) if not since or since < until else _day(until)}")
    return " ".join(parts)


def _begin(day: date) -> str:
    if day.day > 1:
        return _day(day)
    return str(day.year) if day.month == 1 else f"{day:%B} {day.year}"


def _last(after: date) -> str:
    if after == date.min:
        return _day(after)
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
