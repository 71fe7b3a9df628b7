"""The parts of a question's reading, each with its words and what it was taken for, in plain
English: for pages, forms and whoever explains an answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

from worker.reading.question import (
    AllOf,
    Anything,
    Counted,
    Form,
    Node,
    Picked,
    Question,
    Reached,
    Spans,
    Thing,
    Without,
    each_node,
    nodes_in,
    parts_below,
)

Role: TypeAlias = Literal[
    "form", "kind", "thing", "anything", "step", "both", "exclusion", "pick", "count", "time",
    "negation", "now", "left",
]  # fmt: skip
# "target.0.1" is the second part of the first part of the target, as ``parts_below`` counts them.
_FORMS: dict[Form, str] = {
    "which": "asks for names",
    "whether": "asks whether it is so",
    "how many": "asks for their number",
    "how long": "asks for how long",
    "how old": "asks for an age",
    "how long ago": "asks for how long ago",
    "since when": "asks since when",
    "until when": "asks until when",
    "about": "asks for all that is known",
    "compare": "compares by date",
    "compare numbers": "compares how many there are",
    "how many more": "asks how many more there are",
}
_TYPES = {
    "PER": "a person", "ORG": "an organisation", "LOC": "a place", "TIME": "a time",
    "NUM": "a number",
}  # fmt: skip


@dataclass(frozen=True)
class Part:
    """One part of a reading: what it does, its words in the question, what it was taken for.

    ``path`` names its set; it is empty for what is no set. A step has its ``relation`` (an id) and
    the ``known`` side; a thing its ``name`` and the ``entity`` (an id, empty where several share
    the name).
    """

    role: Role
    spans: Spans
    meaning: str
    path: str = ""
    relation: str = ""
    known: str = ""
    entity: str = ""
    name: str = ""


def parts_of(question: Question) -> list[Part]:
    """Return the parts of a question in the order of their words; those without words last."""
    found = [*_plain(question)]
    for name in ("target", "among"):
        root = getattr(question, name)
        if root is not None:
            found += _below(root, name)
    return sorted(found, key=lambda part: part.spans[0].start if part.spans else len(question.text))


def _plain(question: Question) -> Iterator[Part]:
    yield Part("form", question.form_spans, _FORMS[question.form])
    if question.kind_spans:
        yield Part("kind", question.kind_spans, "the kind of thing that is asked for")
    if question.time is not None and (question.time_spans or question.time.words):
        yield Part("time", question.time_spans, _days(question))
    if question.negated_spans:
        yield Part(
            "negation",
            question.negated_spans,
            "denies it" if question.negated else "asks for it all the same",
        )
    if question.now_spans:
        yield Part("now", question.now_spans, "what holds today")
    if question.left_spans:
        yield Part("left", question.left_spans, "not understood")


def _days(question: Question) -> str:
    time = question.time
    assert time is not None
    if time.pick:
        return "by when it began and ended"
    if time.start is None and time.end is None:
        return "a time"
    first = time.start.isoformat() if time.start else "the beginning"
    last = time.end.isoformat() if time.end else "today"
    return first if first == last else f"{first} to {last}"


def _below(node: Node, path: str) -> Iterator[Part]:
    yield from _own(node, path)
    for number, part in enumerate(parts_below(node)):
        yield from _below(part, f"{path}.{number}")


def _own(node: Node, path: str) -> Iterator[Part]:
    if isinstance(node, Thing):
        yield _thing(node, path)
    elif isinstance(node, Reached):
        yield _step(node, path)
    elif isinstance(node, Without):
        yield Part("exclusion", node.spans, "without these", path)
    elif isinstance(node, Picked):
        by = f"by {node.by.relation.name}" if node.by is not None else "by date"
        by = f"by the number of {node.by.relation.name}" if node.by and node.counted else by
        yield Part("pick", node.spans, f"{by}, of these", path)
    elif isinstance(node, Counted):
        yield Part("count", node.spans, f"{node.words} by {node.by.relation.name}", path)
    elif isinstance(node, Anything):
        yield Part("anything", node.spans, "anything that the memory knows", path)
    elif node.spans:
        both = "all of this together" if isinstance(node, AllOf) else "one or the other"
        yield Part("both", node.spans, both, path)


def _thing(node: Thing, path: str) -> Part:
    names = list(dict.fromkeys(entity.name for entity in node.entities))
    if not names or not node.entities[0].id:
        return Part("thing", node.spans, node.name or "nothing", path, name=node.name)
    if len(node.entities) > 1 or len(names) > 1:
        several = f"{len(node.entities)} that share this name"
        return Part("thing", node.spans, several, path, name=node.name)
    entity = node.entities[0]
    kind = _TYPES.get(entity.type, "")
    meaning = f"{entity.name}, {kind}" if kind else entity.name
    return Part("thing", node.spans, meaning, path, entity=entity.id, name=entity.name)


def _step(node: Reached, path: str) -> Part:
    first = node.options[0]
    if node.derived:
        return Part("step", node.spans, f"{node.derived}, through several facts", path)
    names = list(dict.fromkeys(option.relation.name for option in node.options))
    name = " or ".join(names) if node.every else names[0]
    meaning = name if first.known == "subject" else f"what has it as its {name}"
    return Part("step", node.spans, meaning, path, relation=first.relation.id, known=first.known)


def set_at(question: Question, path: str) -> Node:
    """Return the set that a path names. Raises KeyError."""
    root, *numbers = path.split(".")
    node = question.target if root == "target" else question.among if root == "among" else None
    if node is None:
        raise KeyError(path)
    for number in numbers:
        below = parts_below(node)
        if not number.isdigit() or int(number) >= len(below):
            raise KeyError(path)
        node = below[int(number)]
    return node


def with_set(question: Question, path: str, change: Callable[[Node], Node]) -> Question:
    """Return the question with ``change`` made of the set that a path names, wherever it is used.

    Raises KeyError.
    """
    wanted = set_at(question, path)
    return each_node(question, lambda node: change(node) if node is wanted else node)


def relations_in(question: Question) -> set[str]:
    """Return the ids of the relations that the steps of a question ask for."""
    return {
        option.relation.id
        for node in nodes_in(question)
        if isinstance(node, Reached)
        for option in node.options
    }
