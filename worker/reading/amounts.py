"""What is counted and also recorded as a number: a firm's staff is more than who is named."""

from __future__ import annotations

from collections.abc import Sequence

from worker.reading.execute import Execution, Found
from worker.reading.question import Node, Option, Reached
from worker.reading.stems import named_by, stem
from worker.types import RelationSpec, Side

_NUMBER = frozenset(map(stem, ["number", "count", "total", "size"]))


def recorded_number(execution: Execution, counted: Node) -> Found | None:
    """Return the quantity that the memory has for how many there are in a set; None where it has
    none, or several."""
    node = _number_of(counted, execution.reading.memory.relations())
    if node is None:
        return None
    missing = list(execution.missing)
    found = execution.find(node)
    execution.missing = missing  # that no number is recorded is no lack
    return found if len(found.members) == 1 else None


def _number_of(counted: Node, relations: Sequence[RelationSpec]) -> Node | None:
    """Return the set of the number that a relation gives for the things of another one."""
    if not isinstance(counted, Reached) or counted.derived:
        return None
    numbers = [one for one in relations if one.used and one.object_types == ("NUM",)]
    for one in numbers:
        if any(_is_of(one, option) for option in counted.options):
            return Reached(counted.of, (Option(one, "subject"),), spans=counted.spans)
    return None


def _is_of(number: RelationSpec, option: Option) -> bool:
    """Tell whether a relation goes by the name of what a step leads to, as a number of them."""
    named = {stem(word) for word in number.name.split()}
    if not named & _NUMBER or not (named - _NUMBER) & named_by(option.relation):
        return False
    own = _types(option.relation, option.known)
    return not own or not number.subject_types or bool(own & {*number.subject_types})


def _types(relation: RelationSpec, side: Side) -> set[str]:
    return {*(relation.subject_types if side == "subject" else relation.object_types)}
