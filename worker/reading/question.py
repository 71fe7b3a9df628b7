"""A question as a value, which knows nothing of the words that it was put in.

What is asked for is a set of things, written as the steps that lead to it from what the question
names. Whatever reads questions makes this value, and ``execute`` looks it up.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

from worker.heads.timing import AskedTime
from worker.types import EntityRef, RelationSpec, Side

Form: TypeAlias = Literal[
    "which", "whether", "how many", "how long", "how old", "how long ago", "since when",
    "until when", "about", "compare",
]  # fmt: skip
MOST_STEPS = 5


@dataclass(frozen=True)
class Option:
    """A relation that a step may mean and the side that is known; ``score`` is the reader's."""

    relation: RelationSpec
    known: Side
    score: float = 0.0


@dataclass(frozen=True)
class Thing:
    """What the question names: one entity, or several of which it may be any."""

    entities: tuple[EntityRef, ...]
    name: str  # as the question writes it


@dataclass(frozen=True)
class Reached:
    """What one read of every thing of ``of`` leads to.

    The first of the ``options`` that the memory has facts for counts; with ``every`` all of them.
    ``derived`` names a kinship that several reads make up.
    """

    of: Node
    options: tuple[Option, ...]
    every: bool = False
    derived: str = ""


@dataclass(frozen=True)
class AllOf:
    """What is in every one of these sets."""

    parts: tuple[Node, ...]


@dataclass(frozen=True)
class AnyOf:
    """What is in one of these sets."""

    parts: tuple[Node, ...]


@dataclass(frozen=True)
class Without:
    """What is in ``of`` and in none of ``left_out``.

    With ``stated`` a thing counts as outside only where the memory has another value for it:
    nobody is "not from Norway" for want of a fact.
    """

    of: Node
    left_out: tuple[Node, ...]
    stated: bool = False


@dataclass(frozen=True)
class Picked:
    """Of a set the first, last or n-th by the date that the memory has for each thing."""

    of: Node
    place: int  # 0 the earliest, 1 the next, -1 the latest
    words: str


Node: TypeAlias = Thing | Reached | AllOf | AnyOf | Without | Picked


@dataclass(frozen=True)
class Question:
    """What is asked. ``target`` is the set that is asked for; a "whether" asks if one of ``among``
    is in it."""

    form: Form
    target: Node
    among: Node | None = None
    time: AskedTime | None = None
    negated: bool = False
    now: bool = False  # only what holds today
    cost: float = 0.0  # of the reading; the lowest is the likeliest


def things_in(node: Node) -> Iterator[Thing]:
    """Yield what a set is reached from, in the order of the steps."""
    if isinstance(node, Thing):
        yield node
    elif isinstance(node, Reached | Picked):
        yield from things_in(node.of)
    elif isinstance(node, Without):
        yield from things_in(node.of)
        for part in node.left_out:
            yield from things_in(part)
    else:
        for part in node.parts:
            yield from things_in(part)


def options_in(node: Node) -> Iterator[Option]:
    """Yield the relations of all steps of a set."""
    if isinstance(node, Reached):
        yield from options_in(node.of)
        yield from node.options
    elif isinstance(node, Picked | Without):
        yield from options_in(node.of)
    elif not isinstance(node, Thing):
        for part in node.parts:
            yield from options_in(part)


def steps_in(node: Node) -> int:
    """Return how many reads in a row lead to a set."""
    if isinstance(node, Thing):
        return 0
    if isinstance(node, Reached):
        return 1 + steps_in(node.of)
    if isinstance(node, Picked):
        return steps_in(node.of)
    parts = (node.of, *node.left_out) if isinstance(node, Without) else node.parts
    return max(map(steps_in, parts), default=0)
