"""A question's value as plain values for JSON and back, so that it can be kept and given by others.

VERSION grows when what was kept can no longer be read so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from datetime import date
from typing import Any, get_args

from worker.english.times import Pick
from worker.heads.timing import AskedTime
from worker.reading.question import (
    AllOf,
    AnyOf,
    Anything,
    Counted,
    FirstOf,
    Form,
    Node,
    Option,
    Picked,
    Question,
    Reached,
    Sign,
    Spans,
    Thing,
    Without,
)
from worker.types import EntityRef, RelationSpec, Side, Span

VERSION = 1
DEEPEST = 24  # sets within sets that are read back
_JOINS: dict[str, type[AllOf | AnyOf | FirstOf]] = {
    "all_of": AllOf, "any_of": AnyOf, "first_of": FirstOf,
}  # fmt: skip
_SPANS = [field.name for field in fields(Question) if field.name.endswith("_spans")]


class MalformedQuestion(ValueError):
    """These values are no question, or one with a relation that is not in use."""


def as_json(question: Question) -> dict[str, Any]:
    """Return a question as plain values, which ``from_json`` reads back."""
    time = question.time
    return {
        "form": question.form,
        "target": _node(question.target),
        "among": _node(question.among) if question.among is not None else None,
        "time": None
        if time is None
        else {
            "start": time.start.isoformat() if time.start else None,
            "end": time.end.isoformat() if time.end else None,
            "words": time.words,
            "pick": time.pick,
            "now": time.now,
        },
        "negated": question.negated,
        "now": question.now,
        "sign": question.sign,
        "ended": question.ended,
        "kind": question.kind,
        "remarks": list(question.remarks),
        "text": question.text,
        **{name: _spans(getattr(question, name)) for name in _SPANS},
    }


def _spans(spans: Spans) -> list[list[int]]:
    return [[span.start, span.end] for span in spans]


def _option(one: Option) -> dict[str, Any]:
    score = round(one.score, 4)
    return {"id": one.relation.id, "name": one.relation.name, "known": one.known, "score": score}


def _node(node: Node) -> dict[str, Any]:
    found: dict[str, Any] = {"spans": _spans(node.spans)}
    if isinstance(node, Thing):
        entities = [{"id": e.id, "name": e.name, "type": e.type} for e in node.entities]
        return {"set": "thing", "name": node.name, "entities": entities, **found}
    if isinstance(node, Reached):
        options = [_option(one) for one in node.options]
        return {
            "set": "reached", "of": _node(node.of), "options": options, "every": node.every,
            "derived": node.derived, "loose": node.loose, "or_itself": node.or_itself, **found,
        }  # fmt: skip
    if isinstance(node, Anything):
        return {"set": "anything", **found}
    if isinstance(node, Counted):
        return {
            "set": "counted", "of": _node(node.of), "by": _option(node.by), "sign": node.sign,
            "number": node.number, "words": node.words, **found,
        }  # fmt: skip
    if isinstance(node, Picked):
        return {
            "set": "picked", "of": _node(node.of), "place": node.place, "words": node.words,
            "by": _option(node.by) if node.by is not None else None, "counted": node.counted,
            **found,
        }  # fmt: skip
    if isinstance(node, Without):
        left_out = [_node(part) for part in node.left_out]
        return {
            "set": "without", "of": _node(node.of), "left_out": left_out, "stated": node.stated,
            "implied": node.implied, "needed": node.needed, **found,
        }  # fmt: skip
    kind = next(name for name, made in _JOINS.items() if isinstance(node, made))
    return {"set": kind, "parts": [_node(part) for part in node.parts], **found}


def from_json(
    values: Mapping[str, Any], relations: Mapping[str, RelationSpec] | None = None
) -> Question:
    """Return the question that ``as_json`` gave; ``relations`` are those in use, by their id.

    Without them the relations of the question have an id and a name, to be shown and not to be
    looked up. Raises MalformedQuestion.
    """
    try:
        return _Reader(relations).question(values)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise MalformedQuestion(f"not a question as it is kept: {error!r}") from error


class _Reader:
    def __init__(self, relations: Mapping[str, RelationSpec] | None) -> None:
        self.relations = relations

    def question(self, values: Mapping[str, Any]) -> Question:
        among, time = values["among"], values["time"]
        spans = {name: self.spans(values[name]) for name in _SPANS}
        return Question(
            form=_one_of(values["form"], get_args(Form)),
            target=self.node(values["target"]),
            among=self.node(among) if among is not None else None,
            time=self.time(time) if time is not None else None,
            negated=bool(values["negated"]),
            now=bool(values["now"]),
            sign=_one_of(values.get("sign", ">"), get_args(Sign)),
            ended=bool(values["ended"]),
            kind=str(values["kind"]),
            remarks=tuple(map(str, values["remarks"])),
            text=str(values["text"]),
            **spans,
        )

    def spans(self, values: Any) -> Spans:
        return tuple(Span(int(start), int(end)) for start, end in values)

    def time(self, values: Mapping[str, Any]) -> AskedTime:
        start, end = (
            date.fromisoformat(values[edge]) if values[edge] else None for edge in ("start", "end")
        )
        pick: Pick = _one_of(values["pick"], get_args(Pick))
        return AskedTime(start, end, str(values["words"]), pick, bool(values["now"]))

    def node(self, values: Mapping[str, Any], depth: int = 0) -> Node:
        if depth > DEEPEST:
            raise ValueError("too deep")
        spans = self.spans(values["spans"])
        if values["set"] == "thing":
            entities = tuple(
                EntityRef(str(one["id"]), str(one["name"]), str(one["type"]))
                for one in values["entities"]
            )
            return Thing(entities, str(values["name"]), spans)
        if (join := _JOINS.get(values["set"])) is not None:
            return join(tuple(self.node(part, depth + 1) for part in values["parts"]), spans)
        if values["set"] == "anything":
            return Anything(spans)
        of = self.node(values["of"], depth + 1)
        if values["set"] == "picked":
            return self.picked(values, of, spans)
        if values["set"] == "counted":
            sign: Sign = _one_of(values["sign"], get_args(Sign))
            by, number = self.option(values["by"]), int(values["number"])
            return Counted(of, by, sign, number, str(values["words"]), spans)
        if values["set"] == "without":
            left_out = tuple(self.node(part, depth + 1) for part in values["left_out"])
            stated, implied = bool(values["stated"]), bool(values.get("implied"))
            needed = bool(values.get("needed"))
            return Without(of, left_out, stated, spans, implied, needed)
        if values["set"] != "reached" or not values["options"]:
            raise ValueError(f"no set: {values['set']!r}")
        options = tuple(self.option(one) for one in values["options"])
        return Reached(
            of,
            options,
            bool(values["every"]),
            str(values["derived"]),
            spans,
            str(values.get("loose", "")),
            bool(values.get("or_itself")),
        )

    def picked(self, values: Mapping[str, Any], of: Node, spans: Spans) -> Picked:
        by = self.option(values["by"]) if values.get("by") else None
        counted = bool(values.get("counted")) and by is not None
        return Picked(of, int(values["place"]), str(values["words"]), spans, by, counted)

    def option(self, values: Mapping[str, Any]) -> Option:
        known: Side = _one_of(values["known"], get_args(Side))
        id_ = str(values["id"])
        if self.relations is None:
            relation = RelationSpec(id_, str(values["name"]))
        else:
            relation = self.relations[id_]
        return Option(relation, known, float(values["score"]))


def _one_of(value: Any, among: tuple[Any, ...]) -> Any:
    if value not in among:
        raise ValueError(f"{value!r} is none of {among}")
    return value
