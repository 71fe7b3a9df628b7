"""The value of a question that was read plainly: which steps were taken from which name."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from worker.heads.encoder.mentions import NamedEntity
from worker.heads.encoder.relation_matching import Match
from worker.heads.questions import question_form
from worker.heads.timing import AskedTime
from worker.reading.items import Named, items_of
from worker.reading.question import (
    Form,
    Node,
    Option,
    Question,
    Reached,
    Spans,
    Thing,
    each_node,
)
from worker.reading.spans import laid_out
from worker.types import EntityRef, RelationSpec, Side, Span

_FORMS: dict[str, Form] = {"list": "which", "count": "how many", "yes_no": "whether"}


def thing_named(question: str, mention: NamedEntity) -> Thing:
    """Return what a stretch of the question names."""
    span = Span(mention.start, mention.end)
    return Thing(mention.entities, span.of(question), spans=(span,))


def in_steps(text: str, thing: Thing, matches: Iterable[Match], time: AskedTime | None) -> Question:
    """Return the question that asks for what ``matches``, one after the other, lead to."""
    node: Node = thing
    for match in matches:
        node = Reached(node, (Option(match.relation, match.known, match.score),))
    return Question(_FORMS[question_form(text)], node, time=time)


def in_one_step(
    text: str, entity: EntityRef, relation: RelationSpec, known: Side, time: AskedTime | None
) -> Question:
    """Return the question for the other side of one relation."""
    return in_steps(text, Thing((entity,), entity.name), [Match(relation, known, 0.0, 0.0)], time)


def placed(question: Question, text: str, named: Sequence[NamedEntity]) -> Question:
    """Return a question with the words of ``text``, whose names are ``named``, that each of its
    parts accounts for."""
    places = {one.entities: thing_named(text, one) for one in named}

    def put(node: Node) -> Node:
        if not isinstance(node, Thing) or node.spans:
            return node
        found = places.get(node.entities) or next(
            (one for known, one in places.items() if set(node.entities) <= set(known)), None
        )
        if found is not None:
            return replace(node, name=found.name, spans=found.spans)
        return replace(node, spans=_quoted(text, node.name))

    time = question.time.words if question.time else ""
    found = replace(each_node(question, put), text=text, time_spans=_quoted(text, time))
    stretches = [Named(one.start, one.end, thing_named(text, one), one.type) for one in named]
    return laid_out(found, items_of(text, stretches))


def _quoted(text: str, words: str) -> Spans:
    at = text.find(words) if words else -1
    return (Span(at, at + len(words)),) if at >= 0 else ()
