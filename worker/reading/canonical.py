"""A question's value in plain words that are the same however it was asked.

"How many of Halden's players hold a Norwegian passport?" and "Count the Norwegians who play for
Halden" are both "how many people whose member of sports team is Halden FC and whose country of
citizenship is Norway". The words come from the relations' own names, so that a relation which was
added a minute ago is said as well.
"""

from __future__ import annotations

from collections.abc import Callable

from worker.reading.compare import BY_LENGTH
from worker.reading.question import (
    AllOf,
    AnyOf,
    Anything,
    Counted,
    FirstOf,
    Node,
    Option,
    Picked,
    Question,
    Reached,
    Thing,
    Without,
)

Naming = Callable[[Thing], str]
ANYTHING = "anything"
_KINDS = {
    "PER": "people", "ORG": "organisations", "LOC": "places", "MISC": "things", "TIME": "dates",
    "NUM": "numbers",
}  # fmt: skip
_FORMS = {
    "how many": "how many", "how long": "for how long", "since when": "since when",
    "until when": "until when", "how old": "how old is", "how long ago": "how long ago was",
    "about": "everything about",
}  # fmt: skip


def plain_name(thing: Thing) -> str:
    """Return what a name means; for several things, for times and for quantities the question's
    own words."""
    own = len(thing.entities) == 1 and thing.entities[0].type not in ("TIME", "NUM")
    return thing.entities[0].name if own else thing.name


def canonical(question: Question, naming: Naming = plain_name) -> str:
    """Return what is asked in canonical words."""
    said = _set(question.target, naming)
    if question.form == "compare" and isinstance(question.target, Picked):
        return _compared(question, question.target, naming)
    if question.form == "whether" and question.among is None:
        said = f"are there any {said}"
    elif question.form == "whether":
        among = _set(question.among, naming) if question.among is not None else ""
        said = f"{'is it not so that' if question.negated else 'is'} {among} {_one_of(said)}"
    elif question.form == "which":
        said = f"what is {said}" if said.startswith("the ") else f"which {said}"
    elif question.form in ("how long", "since when", "until when") and question.among is not None:
        said = f"{_FORMS[question.form]} is {_set(question.among, naming)} {_one_of(said)}"
    elif question.form == "how long":
        said = f"for how long did {said} last or live"
    else:
        said = f"{_FORMS[question.form]} {said}"
    return f"{said}{_time(question)}"


def _time(question: Question) -> str:
    ended = {"how old": " at the end", "which": " no longer", "how many": " no longer"}
    said = ended.get(question.form, "") if question.ended else ""
    if question.time is not None and question.time.words:
        return f"{said} ({question.time.words})"
    return f"{said} (now)" if question.now else said


def _compared(question: Question, target: Picked, naming: Naming) -> str:
    things = " or ".join(_set(part, naming) for part in _parts(target.of))
    what = "ended or died" if question.ended else "began, was born or came out"
    what = f"{what} {'first' if target.place == 0 else 'last'}"
    if target.words in BY_LENGTH:
        what = f"lasted or lived {target.words}"
    if question.among is not None:
        return f"is it {_set(question.among, naming)} of {things} that {what}"
    return f"which of {things} {what}"


def _parts(node: Node) -> tuple[Node, ...]:
    return node.parts if isinstance(node, AnyOf | AllOf | FirstOf) else (node,)


def _one_of(said: str) -> str:
    return said if said.startswith("the ") else f"one of the {said}"


def _set(node: Node, naming: Naming) -> str:
    """Return a set in words: "the spouse of X", "people whose employer is X"."""
    if isinstance(node, Thing):
        return naming(node)
    if isinstance(node, Anything):
        return ANYTHING
    if isinstance(node, Reached):
        return _reached(node, naming)
    if isinstance(node, Picked):
        number = "number of " if node.counted else ""
        by = f" by {number}{node.by.relation.name}" if node.by is not None else ""
        return f"the {node.words} of {_set(node.of, naming)}{by}"
    if isinstance(node, Counted):
        return _counted(node, naming)
    if isinstance(node, Without):
        return _without(node, naming)
    if isinstance(node, FirstOf):
        return _set(node.parts[0], naming)
    if isinstance(node, AllOf):
        return _all_of(node, naming)
    return " or ".join(_set(part, naming) for part in node.parts)


def _reached(node: Reached, naming: Naming) -> str:
    option = node.options[0]
    if isinstance(node.of, Anything):
        name = option.relation.name
        if option.known == "object":
            return f"{kind_of(option)} with a {name}"
        return f"{kind_of(option)} that are the {name} of something"
    of = _set(node.of, naming)
    if node.derived:
        return f"the {node.derived} of {of}"
    if option.known == "subject":
        return f"the {option.relation.name} of {of}"
    return f"{kind_of(option)} {_whose(option, of)}"


def _counted(node: Counted, naming: Naming) -> str:
    of, name = _set(node.of, naming), node.by.relation.name
    if node.by.known == "object":
        return f"{of} that are the {name} of {node.words}"
    before = f" with a {name}"
    return f"{of.removesuffix(before)} with {node.words} {name}"


def kind_of(option: Option) -> str:
    """Return the noun for what a step leads to: "people"."""
    relation = option.relation
    types = relation.object_types if option.known == "subject" else relation.subject_types
    return _KINDS.get(types[0], "things") if len(types) == 1 else "things"


def _whose(option: Option, of: str) -> str:
    if of == ANYTHING:
        return f"with a {option.relation.name}"
    return f"whose {option.relation.name} is {of}"


def _without(node: Without, naming: Naming) -> str:
    of = _set(node.of, naming)
    if node.implied:
        return of
    if node.stated:
        whose = [
            _whose(part.options[0], _set(part.of, naming))
            for part in node.left_out
            if isinstance(part, Reached)
        ]
        return f"{of} but not those {' or '.join(whose)}"
    left_out = [_lacked(node.of, part) or _set(part, naming) for part in node.left_out]
    return f"{of} except {' and '.join(left_out)}"


def _lacked(of: Node, part: Node) -> str:
    """Return which of a set are left out where that is all from which a step leads anywhere:
    "those with a spouse"; nothing where something else is left out."""
    there = part.of if isinstance(part, Reached) else None
    if isinstance(part, Reached) and part.derived:
        own = there.derived if isinstance(there, Reached) and there.of == of else ""
        return f"those with a {own}" if own else ""
    if not isinstance(part, Reached) or not isinstance(there, Reached) or there.of != of:
        return ""
    option, back = there.options[0], part.options[0]
    if option.relation.id != back.relation.id or option.known == back.known:
        return ""
    name = option.relation.name
    return (
        f"those with a {name}"
        if option.known == "subject"
        else f"those that are the {name} of something"
    )


def _all_of(node: AllOf, naming: Naming) -> str:
    first, *others = node.parts
    said = _set(first, naming)
    for other in others:
        if isinstance(other, Reached) and not other.derived and other.options[0].known == "object":
            said = f"{said} and {_whose(other.options[0], _set(other.of, naming))}"
        else:
            said = f"{said} and also {_set(other, naming)}"
    return said
