"""How pages put relations and facts into words."""

from __future__ import annotations

from datetime import date
from typing import Any, Protocol

from django import template

from apps.common import days
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
    """When a fact holds, in words (``apps.common.days``)."""
    return days.in_words(fact.valid_from, fact.valid_to)


@register.filter
def last_day(fact: _Timed) -> str:
    """The end of a fact as a form takes it: the last year, month or day in which it holds."""
    return days.written(fact.valid_to, ends=True) if fact.valid_to else ""


@register.filter
def literal(value: dict[str, Any] | None, name: str) -> str:
    """The normal form of a time or a quantity for people, empty where the name says it already."""
    normal = value_label(value)
    return "" if normal.casefold() in (normalise_name(name), name.strip().casefold()) else normal
