"""A question as a value, which knows nothing of the words that it was put in.

What is asked for is a set of things, written as the steps that lead to it from what the question
names. Whatever reads questions makes this value, and ``execute`` looks it up.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Literal, TypeAlias

from worker.heads.timing import AskedTime
from worker.types import EntityRef, RelationSpec, Side, Span

Form: TypeAlias = Literal[
    "which", "whether", "how many", "how long", "how old", "how long ago", "since when",
    "until when", "about", "compare", "compare numbers", "how many more",
]  # fmt: skip
Sign: TypeAlias = Literal[">", "<", ">=", "<=", "="]
Spans: TypeAlias = tuple[Span, ...]  # of the question's text, in order
MOST_STEPS = 5
HOLDS: dict[Sign, Callable[[float, float], bool]] = {
    ">": operator.gt, "<": operator.lt, ">=": operator.ge, "<=": operator.le, "=": operator.eq,
}  # fmt: skip


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
    spans: Spans = field(default=(), compare=False)


@dataclass(frozen=True)
class Anything:
    """All that the memory knows: where a set begins for which nothing is named.

    A step from here leads to all things on a side of its relation, which one read returns.
    """

    spans: Spans = field(default=(), compare=False)


@dataclass(frozen=True)
class Reached:
    """What one read of every thing of ``of`` leads to.

    The first of the ``options`` that the memory has facts for counts; with ``every`` all of them.
    ``derived`` names a kinship that several reads make up. ``loose`` is a sentence to be said with
    facts that are not quite what is asked.
    """

    of: Node
    options: tuple[Option, ...]
    every: bool = False
    derived: str = ""
    spans: Spans = field(default=(), compare=False)
    loose: str = ""
    or_itself: bool = False  # things without a fact stay as they are


@dataclass(frozen=True)
class AllOf:
    """What is in every one of these sets."""

    parts: tuple[Node, ...]
    spans: Spans = field(default=(), compare=False)


@dataclass(frozen=True)
class AnyOf:
    """What is in one of these sets."""

    parts: tuple[Node, ...]
    spans: Spans = field(default=(), compare=False)


@dataclass(frozen=True)
class FirstOf:
    """What is in the first of these sets that the memory has facts for."""

    parts: tuple[Node, ...]
    spans: Spans = field(default=(), compare=False)


@dataclass(frozen=True)
class Without:
    """What is in ``of`` and in none of ``left_out``.

    With ``stated`` a thing counts as outside only where the memory has another value for it:
    nobody is "not from Norway" for want of a fact. With ``implied`` it goes without saying. With
    ``needed`` nothing is in it where nothing is known to be left out.
    """

    of: Node
    left_out: tuple[Node, ...]
    stated: bool = False
    spans: Spans = field(default=(), compare=False)
    implied: bool = False
    needed: bool = False


@dataclass(frozen=True)
class Picked:
    """Of a set the first, last or n-th by the date that the memory has for each thing, or ``by``
    the date or quantity that a relation gives for it."""

    of: Node
    place: int  # 0 the earliest or least, 1 the next, -1 the latest or greatest
    words: str
    spans: Spans = field(default=(), compare=False)
    by: Option | None = None
    counted: bool = False  # by how many things that relation leads to


@dataclass(frozen=True)
class Counted:
    """Of a set the things that a relation leads from to so many others: "more than three"."""

    of: Node
    by: Option
    sign: Sign
    number: int
    words: str
    spans: Spans = field(default=(), compare=False)


Node: TypeAlias = Thing | Anything | Reached | AllOf | AnyOf | FirstOf | Without | Picked | Counted


@dataclass(frozen=True)
class Question:
    """What is asked.

    ``target`` is the set that is asked for; a "whether" asks if one of ``among`` is in it, how
    long and since when ask for the time of that. A "compare" picks of two things, or asks if
    ``among`` is the one. A "compare numbers" asks if there are more in one part of the target than
    in the other, as ``sign`` says, or, of the two things in ``among``, for the one of which that is
    so. ``text`` is what the spans count in. Each part has those of the words
    that it accounts for; what none of them has is a word that asks for nothing by itself.
    """

    form: Form
    target: Node
    among: Node | None = None
    time: AskedTime | None = None
    negated: bool = False
    now: bool = False  # only what holds today
    sign: Sign = ">"  # how two numbers compare
    ended: bool = False  # how old at the end; which of two ended first; who is it no longer
    kind: str = ""  # the noun that says what kind of thing is asked for
    remarks: tuple[str, ...] = ()  # sentences on what was taken how
    text: str = ""
    form_spans: Spans = field(default=(), compare=False)
    time_spans: Spans = field(default=(), compare=False)
    negated_spans: Spans = field(default=(), compare=False)
    now_spans: Spans = field(default=(), compare=False)
    kind_spans: Spans = field(default=(), compare=False)
    left_spans: Spans = field(default=(), compare=False)  # what was not understood


def things_in(node: Node) -> Iterator[Thing]:
    """Yield what a set is reached from, in the order of the steps."""
    if isinstance(node, Thing):
        yield node
    for part in parts_below(node):
        yield from things_in(part)


def options_in(node: Node) -> Iterator[Option]:
    """Yield the relations of all steps of a set."""
    if isinstance(node, Reached):
        yield from options_in(node.of)
        yield from node.options
    elif isinstance(node, Picked | Without | Counted):
        yield from options_in(node.of)
        if not isinstance(node, Without) and node.by is not None:
            yield node.by
    elif not isinstance(node, Thing | Anything):
        for part in node.parts:
            yield from options_in(part)


def steps_in(node: Node) -> int:
    """Return how many reads in a row lead to a set."""
    if isinstance(node, Thing | Anything):
        return 0
    if isinstance(node, Reached):
        return 1 + steps_in(node.of)
    if isinstance(node, Picked | Counted):
        return steps_in(node.of)
    parts = (node.of, *node.left_out) if isinstance(node, Without) else node.parts
    return max(map(steps_in, parts), default=0)


def parts_below(node: Node) -> tuple[Node, ...]:
    """Return the sets that a set is made of, what it leaves out last."""
    if isinstance(node, Thing | Anything):
        return ()
    if isinstance(node, Reached | Picked | Counted):
        return (node.of,)
    if isinstance(node, Without):
        return (node.of, *node.left_out)
    return node.parts


def inner(node: Node) -> Iterator[Node]:
    """Yield a set and all that it is made of, the outer ones first."""
    yield node
    for part in parts_below(node):
        yield from inner(part)


def mapped(node: Node, change: Callable[[Node], Node]) -> Node:
    """Return a set with ``change`` made of it and of all that it is made of.

    ``change`` is given each of them as it was.
    """
    parts = tuple(mapped(part, change) for part in parts_below(node))
    changed = change(node)
    if isinstance(changed, Reached | Picked | Counted):
        return replace(changed, of=parts[0])
    if isinstance(changed, Without):
        return replace(changed, of=parts[0], left_out=parts[1:])
    if isinstance(changed, AllOf | AnyOf | FirstOf):
        return replace(changed, parts=parts)
    return changed


def each_node(question: Question, change: Callable[[Node], Node]) -> Question:
    """Return a question with ``change`` made of all sets that it is made of."""
    among = mapped(question.among, change) if question.among is not None else None
    return replace(question, target=mapped(question.target, change), among=among)


def nodes_in(question: Question) -> Iterator[Node]:
    """Yield the sets of a question, the outer ones first."""
    for root in (question.target, question.among):
        if root is not None:
            yield from inner(root)


def reached_in(node: Node) -> Iterator[Reached]:
    """Yield every step of a set, what is left out of it aside."""
    if isinstance(node, Reached):
        yield from reached_in(node.of)
        yield node
    elif isinstance(node, Picked | Without | Counted):
        yield from reached_in(node.of)
    elif isinstance(node, AllOf | AnyOf | FirstOf):
        for part in node.parts:
            yield from reached_in(part)
