"""A question's value asked of a person, in words as good as its relations have them.

``canonical`` says the same for the cross-encoder, which reads no other words. Here the last step is
asked in its relation's own first question ("Where was the author of X born?"), and a relation whose
name is no noun ("founded by") is said by an alias that is one, or by its verb.
"""

from __future__ import annotations

import re

from worker.english.words import PARTICLES, PREPOSITIONS
from worker.reading.canonical import ANYTHING, canonical, kind_of, plain_name
from worker.reading.question import (
    AllOf,
    Anything,
    Counted,
    FirstOf,
    Node,
    Picked,
    Question,
    Reached,
    Thing,
    Without,
)
from worker.types import RelationSpec

_ENDING = PREPOSITIONS | PARTICLES
_NOW = "today"


def asked_back(question: Question) -> str:
    """Return a question as a person would be asked whether they meant it: "Who founded Acme?"."""
    said = _asked(question)
    if said is None:
        return _sentence(canonical(question))
    when = question.time.words if question.time is not None else _NOW if question.now else ""
    return _sentence(f"{said} ({when})" if when else said)


def _sentence(said: str) -> str:
    said = " ".join(re.sub(r"\bthe the\b", "the", said).split())
    return f"{said[:1].upper()}{said[1:]}?"


def _asked(question: Question) -> str | None:
    """Return what is asked, without its time; None where canonical words do as well."""
    target, form = question.target, question.form
    if question.ended or question.negated:
        return None
    if form == "which":
        return _which(target)
    if form == "how many":
        return _how_many(target)
    if form == "about":
        return f"what is recorded of {_set(target)}"
    if form == "how old":
        return f"how old is {_set(target)}"
    if form == "whether" and question.among is not None:
        return f"is {_set(question.among)} {_one_of(_set(target))}"
    if form == "whether":
        return f"are there any {_set(target)}"
    return None


def _which(target: Node) -> str:
    """Return the question for a set, in the words of its last relation where it has any."""
    if isinstance(target, FirstOf):
        return _which(target.parts[0])
    if isinstance(target, Without) and (target.implied or not target.stated):
        return f"{_which(target.of)}{_except(target)}"
    if own := _in_its_words(target):
        return own
    kind, clauses = _clauses(target)
    if kind:
        return f"which {kind} {' and '.join(clauses)}"
    said = _set(target)
    return f"what is {said}" if said.startswith("the ") else f"which are {said}"


def _except(node: Without) -> str:
    left_out = " and ".join(map(_set, node.left_out))
    return "" if node.implied else f", except {left_out}"


def _in_its_words(target: Node) -> str:
    """Return the first question of a set's last relation; nothing where it has none, or where what
    it would be asked of is more than one thing."""
    if not isinstance(target, Reached) or target.derived or _clauses(target.of)[0]:
        return ""
    if not isinstance(target.of, Thing | Reached | FirstOf | Picked):
        return ""
    option = target.options[0]
    relation = option.relation
    if option.known == "subject":
        asked, place = relation.questions, "{subject}"
    else:
        asked, place = relation.inverse_questions, "{object}"
    first = asked[0] if asked else ""
    of = _set(target.of)
    return first.rstrip("? ").replace(place, of) if first.count(place) == 1 else ""


def _how_many(target: Node) -> str | None:
    kind, clauses = _clauses(target)
    if kind:
        return f"how many {kind} {' and '.join(clauses)}"
    if isinstance(target, Reached) and not target.derived and target.options[0].known == "subject":
        option, of = target.options[0], _set(target.of)
        name = _noun(option.relation)
        if name:
            return f"how many {kind_of(option)} are recorded as the {name} of {of}"
        return f"how many {kind_of(option)} is {of} {option.relation.name}"
    return None


def _clauses(node: Node) -> tuple[str, list[str]]:
    """Return the kind of things of a set that conditions describe, and these; else no kind."""
    parts = node.parts if isinstance(node, AllOf) else (node,)
    kind, clauses = "", []
    for part in parts:
        if not isinstance(part, Reached) or part.derived:
            return "", []
        if part.options[0].known == "subject" and not isinstance(part.of, Anything):
            return "", []
        clauses.append(_clause(part))
        own = kind_of(part.options[0])
        kind = own if kind in ("", "things") else kind
    return kind, clauses


def _clause(part: Reached) -> str:
    option, of = part.options[0], _set(part.of)
    noun = _noun(option.relation)
    if of == ANYTHING and option.known == "subject":
        return f"are the {noun or option.relation.name} of something"
    if of == ANYTHING:
        return f"have {_a(noun or option.relation.name)}"
    return f"have {of} as {noun}" if noun else f"are {option.relation.name} {of}"


def _a(noun: str) -> str:
    return f"{'an' if noun[:1].casefold() in 'aeiou' else 'a'} {noun}"


def _noun(relation: RelationSpec) -> str:
    """Return the first of a relation's names that is a noun by its look; nothing where none is."""
    names = (relation.name, *relation.aliases) if _is_verbal(relation.name) else (relation.name,)
    return next((name for name in names if not _is_verbal(name)), "")


def _is_verbal(name: str) -> bool:
    return name.split()[-1].casefold() in _ENDING


def _one_of(said: str) -> str:
    return said if said.startswith("the ") else f"one of the {said}"


def _set(node: Node) -> str:
    """Return a set as part of a sentence: "the director of X", "people who have X as employer"."""
    if isinstance(node, Thing):
        return plain_name(node)
    if isinstance(node, Anything):
        return ANYTHING
    if isinstance(node, FirstOf):
        return _set(node.parts[0])
    kind, clauses = _clauses(node)
    if kind:
        return f"{kind} {'who' if kind == 'people' else 'that'} {' and '.join(clauses)}"
    if isinstance(node, Reached):
        return _reached(node)
    if isinstance(node, Picked):
        number = "number of " if node.counted else ""
        by = f", by {number}{node.by.relation.name}" if node.by is not None else ""
        return f"the {node.words} of {_set(node.of)}{by}"
    if isinstance(node, Counted):
        name = _noun(node.by.relation) or node.by.relation.name
        if node.by.known == "object":
            return f"{_set(node.of)} that are the {name} of {node.words}"
        return f"{_set(node.of)} with {node.words} recorded as {name}"
    if isinstance(node, Without):
        return _without(node)
    word = " and also " if isinstance(node, AllOf) else " or "
    return word.join(map(_set, node.parts))


def _reached(node: Reached) -> str:
    option, of = node.options[0], _set(node.of)
    noun = node.derived or _noun(option.relation)
    return f"the {noun} of {of}" if noun else f"what {of} is {option.relation.name}"


def _without(node: Without) -> str:
    of = _set(node.of)
    if node.implied:
        return of
    clauses = [_clause(part) for part in node.left_out if isinstance(part, Reached)]
    if node.stated and len(clauses) == len(node.left_out):
        return f"{of}, but not those that {' or '.join(clauses)}"
    return f"{of}{_except(node)}"
