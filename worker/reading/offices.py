"""An office that a question names stands for those who hold it: "Who was mayor of X in 1985?"."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from worker.english.nouns import TYPES_BY_NOUN, singular
from worker.english.roles import is_role_word
from worker.english.titles import is_title
from worker.reading.about import asks_about
from worker.reading.items import Item, put
from worker.reading.question import Node, Option, Reached, Thing
from worker.types import EntityRef, RelationSpec

_OFFICES = frozenset("position office post job".split())  # noqa: SIM905
_MOST_WORDS = 4


@dataclass(frozen=True)
class Offices:
    """What the memory knows of offices: whether somebody ``holds`` one by a relation, and which
    things have a ``called`` name."""

    relations: Sequence[RelationSpec]
    holds: Callable[[RelationSpec, EntityRef], bool]
    called: Callable[[str], tuple[EntityRef, ...]]


def with_holders(items: Sequence[Item], offices: Offices) -> list[Item]:
    """Return the items with those who hold an office in the place of its name.

    The name may stand as such, in the plural or turned round: "the mayors of X", "X's mayor".
    Questions for all that is known of an office, and for what somebody's office is, stay as they
    are.
    """
    options = tuple(Option(one, "object") for one in offices.relations if _is_of_office(one))
    asked = {item.text for item in items if item.kind == "word"}
    about = asks_about(items) is not None and items[0].text != "who"
    if not options or about or _OFFICES & asked:
        return list(items)
    found = list(items)
    for at in reversed(range(len(items))):
        item = items[at]
        if not isinstance(item.node, Thing):
            continue
        if item.type in ("MISC", ""):
            node = _held(item.node, options, offices)
            if node is not None:
                found[at] = replace(item, node=node, type="PER")
                continue
        for start, end, words in _around(items, at):
            node = _named(words, item.node, options, offices)
            if node is not None:
                return with_holders(put(items, start, end, node, "PER"), offices)
    return found


def _held(thing: Thing, options: Sequence[Option], offices: Offices) -> Node | None:
    known = tuple(
        option
        for option in options
        if any(offices.holds(option.relation, entity) for entity in thing.entities)
    )
    return Reached(thing, known, every=True) if known else None


def _around(items: Sequence[Item], at: int) -> Iterator[tuple[int, int, list[str]]]:
    """Yield the stretches that may name an office of the thing at ``at``, and the office's words,
    the longest first."""
    link = at - 1
    while link > 0 and items[link].text == "the":
        link -= 1
    if items[link].text == "of":
        for start in range(link - _nouns(items[:link][::-1]), link):
            yield start, at + 1, _texts(items[start:link])
    if at + 1 < len(items) and items[at + 1].kind == "poss":
        first = at + 2
        for stop in range(first + _nouns(items[first:]), first, -1):
            yield at, stop, _texts(items[first:stop])


def _nouns(items: Sequence[Item]) -> int:
    """Return how many words of a row may belong to one noun phrase."""
    return next((n for n, item in enumerate(items[:_MOST_WORDS]) if item.boundary),
                min(len(items), _MOST_WORDS))  # fmt: skip


def _texts(items: Sequence[Item]) -> list[str]:
    return [item.text for item in items]


def _named(
    words: Sequence[str], of: Thing, options: Sequence[Option], offices: Offices
) -> Node | None:
    """Return those who hold the office of some words at a thing; None where there is none."""
    for noun in dict.fromkeys((words[-1], singular(words[-1]))):
        if not _may_be_office(noun):  # each try asks the memory
            continue
        role = " ".join((*words[:-1], noun))
        for entity in of.entities:
            for link in ("of", "of the"):
                name = f"{role} {link} {entity.name}"
                if held := offices.called(name):
                    return _held(Thing(held, name), options, offices)
    return None


def _may_be_office(noun: str) -> bool:
    return is_title(noun) or is_role_word(noun) or "PER" in TYPES_BY_NOUN.get(noun, ())


def _is_of_office(relation: RelationSpec) -> bool:
    return "PER" in relation.subject_types and not _OFFICES.isdisjoint(relation.name.split())
