""" "In which country was X born?": the country of the place that the memory knows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from worker.english.words import OF_ANY
from worker.heads.answering import Reading
from worker.reading.items import Item
from worker.reading.question import Node, Option, Reached, Spans
from worker.reading.spans import words_in
from worker.types import EntityRef, RelationSpec


@dataclass(frozen=True)
class Place:
    """A kind of place that is asked for, the relation that leads to it, those that name it, and
    where its word stands."""

    noun: str
    relation: RelationSpec
    named: tuple[RelationSpec, ...]
    spans: Spans


def asked_place(items: Sequence[Item], relations: Sequence[RelationSpec]) -> Place | None:
    """Return the kind of place that a question asks for, where a relation bears its name."""
    for word, item in pairwise(items):
        if word.text not in OF_ANY or item.kind != "word":
            continue
        noun = item.text
        named = [one for one in relations if noun in one.name.split() and "LOC" in one.object_types]
        exact = next((one for one in named if one.name == noun), None)
        if exact is not None:
            return Place(noun, exact, tuple(named), words_in([item]))
    return None


def in_it(target: Node, place: Place) -> Node | None:
    """Return the places of the asked kind in which the things of a set lie; None where its last
    step leads to such a place by what its relation says of itself."""
    if not isinstance(target, Reached) or place.noun in telling(target.options[0].relation):
        return None
    return Reached(target, (Option(place.relation, "subject"),), spans=place.spans)


def telling(relation: RelationSpec) -> set[str]:
    """Return the words that a relation says of itself, in lower case."""
    texts = (relation.name, relation.description, *relation.aliases)
    return {word.strip(".,") for text in texts for word in text.lower().split()}


def is_such(reading: Reading, entity: EntityRef, place: Place) -> bool:
    """Tell whether the memory knows a thing as a place of the asked kind."""
    return any(bool(reading.every(one, entity, "object")) for one in place.named)
