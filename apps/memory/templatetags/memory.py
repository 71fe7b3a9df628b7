"""How pages put relations and facts into words."""

from __future__ import annotations

from django import template

from apps.memory.models import Relation, Triple

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
