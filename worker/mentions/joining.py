"""Which groups of mentions may be one entity, whatever a model thinks of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from worker.literals import as_json, normal_form, parse_literal
from worker.mentions.names import called, name_words
from worker.types import LITERAL_KINDS

_TAILS = frozenset({"jr", "sr", "junior", "senior", "ii", "iii", "iv"})


@dataclass(frozen=True)
class Named:
    """A group of mentions with one text, and their type."""

    text: str
    type: str


def may_join(one: Named, other: Named) -> bool:
    """Tell whether two groups may be one entity: their names fit and do not contradict.

    >>> may_join(Named("Marie Curie", "PER"), Named("Pierre Curie", "PER"))
    False
    >>> may_join(Named("Curie", "PER"), Named("Marie Curie", "PER"))
    True
    """
    if (one.type in LITERAL_KINDS) != (other.type in LITERAL_KINDS):
        return False
    if one.type in LITERAL_KINDS:
        return one.type == other.type and _equal(one, other)
    if not (called(one.text, other.text) or called(other.text, one.text)):
        return False
    return not ("PER" in (one.type, other.type) and _other_person(one.text, other.text))


def _equal(one: Named, other: Named) -> bool:
    if one.text.split() == other.text.split():
        return True
    kind = LITERAL_KINDS[one.type]
    forms = [
        normal_form(as_json(parse_literal(named.text, kind), named.text)) for named in (one, other)
    ]
    return bool(forms[0]) and forms[0] == forms[1]


def _other_person(one: str, other: str) -> bool:
    """Tell whether two full names have another first name, another surname or another "Jr."."""
    a, b = name_words(one), name_words(other)
    if len(a) < 2 or len(b) < 2:
        return False
    tails, other_tails = _TAILS.intersection(a), _TAILS.intersection(b)
    if tails and other_tails and tails != other_tails:
        return True
    first, other_first = a[0], b[0]
    alike = first == other_first or (
        1 in (len(first), len(other_first)) and first[0] == other_first[0]
    )
    return not alike


def certain(groups: Sequence[Named]) -> tuple[set[tuple[int, int]], set[int]]:
    """Return which groups are one thing for certain, and which short names are nobody's.

    A first name, a surname or an initial with one joins the one person of the text who is called
    so, and the first word of a firm's name the one firm. Where there are two it may be either,
    and joins none.
    """
    words = [name_words(group.text) for group in groups]
    pairs: set[tuple[int, int]] = set()
    unsure: set[int] = set()
    for index, group in enumerate(groups):
        fitting = [
            i for i in range(len(groups)) if i != index and _short_for(groups, words, index, i)
        ]
        things = [i for i in fitting if not any(_part_of(groups, i, j) for j in fitting)]
        if len(things) == 1:
            pairs.add((min(index, things[0]), max(index, things[0])))
        elif things and group.type == "PER":
            unsure.add(index)
    return pairs, unsure


def _short_for(
    groups: Sequence[Named], words: Sequence[tuple[str, ...]], short: int, full: int
) -> bool:
    """Tell whether one group has a short name that may be another one's."""
    one, other = words[short], words[full]
    types = (groups[short].type, groups[full].type)
    if types == ("PER", "PER") and len(one) == len(other) == 2:
        return _initial(one, other)
    if len(one) >= len(other):
        return False
    if types == ("PER", "PER"):
        return one in (other[:1], other[-len(one) :])
    # Who is called by the first name alone is easily taken for a firm.
    if types in (("ORG", "PER"), ("MISC", "PER"), ("ORG", "ORG")):
        return one == other[:1]
    return False


def _initial(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """Tell whether "m. tuohy" may be "maura tuohy"."""
    first, full = one[0], other[0]
    return len(first) == 1 < len(full) and full.startswith(first) and one[1] == other[1]


def _part_of(groups: Sequence[Named], one: int, other: int) -> bool:
    """Tell whether a group has a shorter name of another one's person."""
    if one == other:
        return False
    a, b = groups[one], groups[other]
    longer = (len(name_words(b.text)), other) > (len(name_words(a.text)), one)
    return longer and may_join(a, b)
