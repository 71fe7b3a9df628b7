"""Questions about sets, put together as ``reading_pairs`` does: sorts with conditions, what is left
out or denied, what has none of something, counts, and yes or no.

A set is made first, of conditions that one kind of thing can fulfil, and then its wording; wrong
readings lack a condition, take another relation, turn a "not" round or ask in another form.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from worker.english.nouns import TYPES_BY_NOUN, singular
from worker.english.occupations import OCCUPATIONS
from worker.english.words import RELATIVES
from worker.heads.encoder.reranker import Compared, gives, lettered
from worker.reading.canonical import canonical
from worker.reading.question import (
    AllOf,
    AnyOf,
    Form,
    Node,
    Option,
    Question,
    Reached,
    Thing,
    Without,
)
from worker.types import OPPOSITE, EntityRef, RelationSpec, Side

Asks: TypeAlias = tuple[RelationSpec, Side]
MOST_WRONG = 7
_FEWEST = 3  # conditions of a kind of thing that is asked about
_TYPES = ("PER", "PER", "ORG", "LOC", "MISC")
_PLAIN = {
    "PER": ("person", "people"), "ORG": ("organisation", "organisations"),
    "LOC": ("place", "places"), "MISC": ("thing", "things"),
}  # fmt: skip
_SORTED_BY = {"PER": "P39", "ORG": "P31", "LOC": "P31", "MISC": "P31"}
_LEAVING_OUT = (
    "except those {c}", "other than those {c}", "but none {c}", "leaving out the ones {c}",
    "apart from any {c}", "excluding everyone {c}", "minus the ones {c}", "not counting those {c}",
    "setting aside whoever was {c}", "unless {c}", "but not the ones {c}", "save for those {c}",
)  # fmt: skip
_DENYING = (
    "not {c}", "but not {c}", "who was not {c}", "who wasn't {c}", "that aren't {c}", "never {c}",
    "without being {c}", "without ever having been {c}", "yet not {c}", "who were never {c}",
)  # fmt: skip
_BUT_NAME = (
    "other than {x}", "except {x}", "besides {x}", "apart from {x}", "{x} aside", "{x} excepted",
    "not counting {x}", "but for {x}", "if we leave out {x}", "excluding {x}", "bar {x}",
)  # fmt: skip
_LACKING = (
    "with no known {n}", "without a {n}", "that have no {n}", "whose {n} is not recorded",
    "for whom no {n} is on record", "lacking a {n}", "that never had a {n}",
)  # fmt: skip
_WHICH = (
    "Which {n} {c}?", "Which {n} are {c}?", "Who or what are the {n} {c}?", "{n} {c}",
    "List the {n} {c}.", "Name every {one} {c}.", "Give me all {n} {c}", "Any {n} {c}? Which?",
    "What {n} do we know {c}?", "Of all {n}, which are {c}?",
)  # fmt: skip
_HOW_MANY = (
    "How many {n} are {c}?", "How many {n} {c} are there?", "Count the {n} {c}.",
    "What is the number of {n} {c}?", "how many of the {n} were {c}",
)  # fmt: skip
_ANY = (
    "Is there any {one} {c}?", "Are there any {n} {c}?", "Are there {n} {c}?",
    "Was there ever a {one} {c}?", "Do we know of a {one} {c}?", "Is any of the {n} {c}?",
    "Has a {one} ever been {c}?",
)  # fmt: skip
_FRAMES: dict[Form, tuple[str, ...]] = {"which": _WHICH, "how many": _HOW_MANY, "whether": _ANY}
_FORMS: tuple[Form, ...] = ("which", *_FRAMES)  # as often as they are asked
_IS = ("Is {a} {c}?", "Was {a} {c}?", "{a} is {c}, right?", "Is it true that {a} was {c}?",
       "Was {a} ever {c}?", "So {a} was {c}?")  # fmt: skip
_IS_ONE = ("Is {a} one {c}?", "Is {a} among those {c}?", "{a} is one {c}, correct?")


@dataclass(frozen=True)
class _Condition:
    """A condition on things of a kind, the words for it, and the step that it is."""

    node: Node
    said: str
    ask: Asks | None = None


@dataclass(frozen=True)
class Made:
    """A question with the values that it may be read as, right and wrong, and what it is about."""

    text: str
    right: tuple[Question, ...]
    wrong: tuple[Question, ...]
    type: str

    def pairs(self, questions: Sequence[Question], rng: random.Random) -> tuple[Compared, ...]:
        """Return the question with some of its readings, as the cross-encoder reads them."""
        return tuple(
            Compared(
                self.text, f"{canonical(one, lambda it: it.name)} : {_leads_to(one, self, rng)}"
            )
            for one in questions
        )


def _leads_to(one: Question, made: Made, rng: random.Random) -> str:
    return gives(made.type, rng.choice((1, 3))) if one.form == "which" else one.form


class SetComposer:
    """Puts questions about sets together; the same random numbers give the same ones."""

    def __init__(
        self, relations: Mapping[str, RelationSpec], conditions: Mapping[Asks, Sequence[str]]
    ) -> None:
        self._relations = relations
        self._conditions = {ask: texts for ask, texts in conditions.items() if ask[1] == "object"}
        self._able = {
            type_: [ask for ask in self._conditions if type_ in ask[0].subject_types]
            for type_ in _PLAIN
        }
        self._nouns = {
            type_: sorted(
                n for n, types in TYPES_BY_NOUN.items() if types == {type_} and len(n) > 4
            )
            for type_ in ("ORG", "LOC", "MISC")
        }
        self._nouns["PER"] = sorted(OCCUPATIONS)

    @property
    def able(self) -> bool:
        """Whether there are conditions enough for a question."""
        return any(len(asks) >= _FEWEST for asks in self._able.values())

    def question(self, rng: random.Random) -> Made:
        """Return a question about a set."""
        type_ = rng.choice([one for one in _TYPES if len(self._able[one]) >= _FEWEST])
        makes = (self._of_set, self._of_set, self._left_out, self._left_out, self._but_name,
                 self._lacking, self._verdict, self._either)  # fmt: skip
        return rng.choice(makes)(type_, rng)

    def _drawn(self, type_: str, count: int, rng: random.Random, at: int = 0) -> list[_Condition]:
        """Return conditions that a thing of a type can fulfil, each by a relation of its own, with
        letters from the one ``at`` on."""
        asks = rng.sample(self._able[type_], count)
        return [self._condition(ask, at + number, rng) for number, ask in enumerate(asks)]

    def _condition(self, ask: Asks, number: int, rng: random.Random) -> _Condition:
        known = rng.choice(ask[0].object_types or ("",))
        said = rng.choice(self._conditions[ask]).replace("{x}", lettered(known, number))
        return _Condition(Reached(_named(known, number), (Option(*ask),)), said, ask)

    def _sort(self, type_: str, rng: random.Random) -> tuple[Node | None, str, str]:
        """Return the set of a sort, and the noun for one and for several; no set where the noun
        says nothing but the type."""
        relation = self._relations.get(_SORTED_BY[type_])
        if relation is None or rng.random() < 0.3:
            return None, *_PLAIN[type_]
        one = singular(rng.choice(self._nouns[type_]))
        many = f"{one}s" if not one.endswith(("s", "x", "ch", "sh")) else f"{one}es"
        noun = rng.choice((one, many, many))
        return Reached(Thing((), noun), (Option(relation, "object"),)), noun, noun

    def _of_set(self, type_: str, rng: random.Random) -> Made:
        """Return a question about what fulfils one to three conditions."""
        sort, one, many = self._sort(type_, rng)
        parts = self._drawn(type_, rng.choice((1, 1, 2, 2, 3) if sort else (2, 2, 3)), rng)
        said = _joined([part.said for part in parts], rng)
        nodes = [*([sort] if sort else []), *(part.node for part in parts)]
        gold = _all(nodes, rng)
        wrong = _lacking_one(nodes, rng) if nodes[1:] else []
        for part in parts:
            rest = [it for it in nodes if it is not part.node]
            wrong += [_all([*rest, other], rng) for other in self._near(part, rng)]
            wrong += [Without(_all(rest, rng), (part.node,))] if rest else []
        return self._asked(type_, (one, many, said), [gold], wrong, rng)

    def _left_out(self, type_: str, rng: random.Random) -> Made:
        """Return a question about what fulfils a condition and not another."""
        sort, one, many = self._sort(type_, rng)
        *kept, out = self._drawn(type_, rng.choice((1, 2)) if sort else 2, rng)
        cue = rng.choice(_LEAVING_OUT if _is_clause(out.said) else (*_LEAVING_OUT, *_DENYING))
        denied = cue.format(c=out.said)
        said = " ".join([*(part.said + "," * rng.randint(0, 1) for part in kept), denied])
        nodes = [*([sort] if sort else []), *(part.node for part in kept)]
        of = _all(nodes, rng)
        gold = [Without(of, (out.node,)), Without(of, (out.node,), stated=True)]
        wrong = [
            of, _all([*nodes, out.node], rng), out.node, Without(out.node, (of,)),
            *(Without(of, (other,)) for other in self._near(out, rng)),
            *(Without(_all([other, *nodes[1:]], rng), (out.node,))
              for part in kept[:1] if not sort for other in self._near(part, rng)),
        ]  # fmt: skip
        return self._asked(type_, (one, many, said), gold, wrong, rng)

    def _but_name(self, type_: str, rng: random.Random) -> Made:
        """Return a question about what fulfils conditions but for one that is named."""
        sort, one, many = self._sort(type_, rng)
        (kept,) = self._drawn(type_, 1, rng)
        name = lettered(type_, 1)
        but = rng.choice(_BUT_NAME).replace("{x}", name)
        said = rng.choice((f"{kept.said}, {but}", f"{kept.said} {but}"))
        of = _all([*([sort] if sort else []), kept.node], rng)
        out = _named(type_, 1)
        gold = [Without(of, (out,))]
        wrong = [of, out, *(Without(other, (out,)) for other in self._near(kept, rng))]
        wrong += [Without(kept.node, (out,)), Without(sort, (out,))] if sort else []
        return self._asked(type_, (one, many, said), gold, wrong, rng)

    def _lacking(self, type_: str, rng: random.Random) -> Made:
        """Return a question about what a relation leads nowhere from."""
        sort, one, many = self._sort(type_, rng)
        (kept,) = self._drawn(type_, 1, rng)
        fitting = [it for it in self._relations.values() if type_ in it.subject_types]
        relation, other = rng.sample(fitting, 2)
        of = sort or kept.node
        lacked = rng.choice(_LACKING).replace("{n}", relation.name)
        said = lacked if sort else f"{kept.said} {lacked}"
        gold = [_without_any(of, relation)]
        wrong = [
            of, _without_any(of, other), Reached(of, (Option(relation, "subject"),)),
            *(_without_any(near, relation) for near in ([] if sort else self._near(kept, rng))),
        ]  # fmt: skip
        return self._asked(type_, (one, many, said), gold, wrong, rng)

    def _either(self, type_: str, rng: random.Random) -> Made:
        """Return a question about what fulfils one of two conditions."""
        one, other = self._drawn(type_, 2, rng)
        said = rng.choice((f"{one.said} or {other.said}", f"either {one.said} or {other.said}"))
        gold = [AnyOf((one.node, other.node))]
        wrong: list[Node] = [one.node, other.node, AllOf((one.node, other.node))]
        wrong += [AnyOf((one.node, near)) for near in self._near(other, rng)]
        return self._asked(type_, (*_PLAIN[type_], said), gold, wrong, rng)

    def _verdict(self, type_: str, rng: random.Random) -> Made:
        """Return a question whether a thing that is named fulfils a condition."""
        (it,) = self._drawn(type_, 1, rng, 1)
        frames = _IS_ONE if _is_clause(it.said) else (*_IS, *_IS, *_IS_ONE)
        text = rng.choice(frames).replace("{c}", it.said).replace("{a}", lettered(type_, 0))
        among = _named(type_, 0)
        right = Question("whether", it.node, among=among)
        of_it = it.ask[0] if it.ask else RelationSpec("", "")
        turned = Reached(among, (Option(of_it, "subject"),))
        wrong = [
            replace(right, target=other) for other in self._near(it, rng)
        ] + [Question("which", it.node), Question("which", turned), Question("about", among),
             Question("whether", it.node)]  # fmt: skip
        same = Question("whether", _known_of(it.node), among=turned)
        return Made(text, (right, same), tuple(_some(wrong, rng)), type_)

    def _near(self, one: _Condition, rng: random.Random) -> list[Node]:
        """Return conditions that one may take in place of one: of the same name by other
        relations, or what that relation leads to from the other side."""
        if one.ask is None or not isinstance(one.node, Reached):
            return []
        relation, known = one.ask
        types = set(relation.object_types)
        others = [ask for ask in self._conditions if ask[0] != relation
                  and (types & set(ask[0].object_types) or not types)]  # fmt: skip
        near: list[Node] = [Reached(one.node.of, (Option(*ask),))
                            for ask in rng.sample(others, min(2, len(others)))]  # fmt: skip
        return [*near, Reached(one.node.of, (Option(relation, OPPOSITE[known]),))]

    def _asked(
        self,
        type_: str,
        words: tuple[str, str, str],
        gold: Sequence[Node],
        wrong: Sequence[Node],
        rng: random.Random,
    ) -> Made:
        """Return the question for a set in one of the forms, with its readings."""
        one, many, said = words
        form = rng.choice(_FORMS)
        text = rng.choice(_FRAMES[form]).format(one=one, n=many, c=said)
        if rng.random() < 0.15:
            text = text.rstrip("?.").lower()
        right = tuple(Question(form, node) for node in gold)
        bad = [Question(form, node) for node in wrong]
        bad += [Question(it, gold[0]) for it in _FRAMES if it != form]
        return Made(text, right, tuple(_some(bad, rng)), type_)


def _some(questions: Sequence[Question], rng: random.Random) -> list[Question]:
    apart = list({canonical(one, _name): one for one in questions}.values())
    return rng.sample(apart, min(MOST_WRONG, len(apart)))


def _name(thing: Thing) -> str:
    return thing.name


def _named(type_: str, number: int) -> Thing:
    name = lettered(type_, number)
    return Thing((EntityRef(name, name, type_),), name)


def _all(nodes: Sequence[Node], rng: random.Random) -> Node:
    parts = list(nodes)
    rng.shuffle(parts)
    return parts[0] if len(parts) == 1 else AllOf(tuple(parts))


def _lacking_one(nodes: Sequence[Node], rng: random.Random) -> list[Node]:
    """Return sets that pass over one of several conditions."""
    return [_all([*nodes[:at], *nodes[at + 1 :]], rng) for at in range(len(nodes))]


def _without_any(of: Node, relation: RelationSpec) -> Without:
    there = Reached(of, (Option(relation, "subject"),))
    return Without(of, (Reached(there, (Option(relation, "object"),)),))


def _known_of(node: Node) -> Node:
    return node.of if isinstance(node, Reached) else node


def _is_clause(said: str) -> bool:
    return said.split()[0].casefold() in RELATIVES


def _joined(said: Sequence[str], rng: random.Random) -> str:
    if len(said) == 1:
        return said[0]
    last = rng.choice((" and ", ", ", " and also ", " and ", " but "))
    return f"{', '.join(said[:-1])}{last}{said[-1]}"
