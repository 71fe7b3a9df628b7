"""Questions with right and wrong readings, put together from how people ask for relations.

What is asked is made first, and its wording from the wordings of its steps (``worker.wordings``),
so that the right reading is known: a step, two or three steps, or conditions on one thing. The
wrong readings are near ones: another relation, the other side, a step too few or too many. Half of
the questions are about sets (``composed_sets``).
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from worker.english.words import EMPTY, OPERATORS
from worker.heads.encoder.reranker import Compared, gives, lettered
from worker.reading.canonical import canonical
from worker.reading.question import AllOf, Node, Option, Question, Reached, Thing
from worker.training.composed_sets import SetComposer
from worker.training.everyday import shipped_relations
from worker.training.read_data import Label, equivalents
from worker.types import OPPOSITE, EntityRef, RelationSpec, Side
from worker.wordings import Wording, read_wordings

MOST_WRONG = 6
_KINDS = {
    "PER": ("person", "people", "somebody"), "ORG": ("organisation", "firms", "company"),
    "LOC": ("place", "places", "town"), "MISC": ("thing", "things", "work"),
    "TIME": ("date", "dates", "year"), "NUM": ("number", "numbers", "figure"),
}  # fmt: skip
SHARE_SETS = 0.5  # of the questions, those of ``composed_sets``
_SHARE_STEPS = (0.3, 0.68, 0.8)  # up to one, two and three steps; conditions beyond
_TYPE_WORDS = frozenset(lettered(type_, 0).split()[0] for type_ in (*_KINDS, ""))
Asks: TypeAlias = tuple[RelationSpec, Side]


@dataclass(frozen=True)
class Ranked:
    """A question's readings that are learned from: ``right`` ones, none where there is none, and
    ``wrong`` ones, the likeliest first. It is ``known`` if they were told apart well before."""

    right: tuple[Compared, ...]
    wrong: tuple[Compared, ...]
    known: bool = False


class Composer:
    """Puts questions together; the same random numbers give the same ones."""

    def __init__(
        self,
        relations: Sequence[RelationSpec],
        wordings: Sequence[Wording],
        same: Mapping[Label, set[Label]],
        *,
        sets: float = SHARE_SETS,
    ) -> None:
        """``sets`` is the share of questions about sets."""
        self._by_key = {one.key: one for one in relations}
        self._same = same
        self._whole: dict[Asks, list[str]] = defaultdict(list)
        self._phrases: dict[Asks, list[str]] = defaultdict(list)
        self._conditions: dict[Asks, list[str]] = defaultdict(list)
        texts = {
            "forward": self._whole, "inverse": self._whole, "phrase_forward": self._phrases,
            "phrase_inverse": self._phrases, "condition": self._conditions,
        }  # fmt: skip
        for one in wordings:
            relation = self._by_key.get(one.key)
            if relation is not None and not one.apart:
                texts[one.form][relation, one.known].append(one.text)
        self._asks = [ask for ask in self._whole if self._phrases[ask]]
        self._sets = SetComposer(self._by_key, self._conditions)
        self._share = sets if self._sets.able else 0.0

    @classmethod
    def of(cls, schema: Path, packs: Path, *, sets: float = SHARE_SETS) -> Composer:
        """Return a composer for the shipped relations. Raises OSError and ValueError."""
        relations = shipped_relations(schema, packs)
        return cls(relations, read_wordings(), equivalents(schema), sets=sets)

    def question(self, rng: random.Random) -> Ranked:
        """Return a question with its readings."""
        if rng.random() < self._share:
            made = self._sets.question(rng)
            return Ranked(made.pairs(made.right, rng), made.pairs(made.wrong, rng))
        drawn = rng.random()
        steps = 1 + sum(drawn > share for share in _SHARE_STEPS)
        if steps > 3:
            return self._with_conditions(rng)
        return self._in_steps(rng, steps)

    def _in_steps(self, rng: random.Random, count: int) -> Ranked:
        steps = [rng.choice(self._asks)]
        while len(steps) < count:
            following = self._following(steps[-1])
            if not following:
                break
            steps.append(rng.choice(following))
        type_ = rng.choice(_known_types(steps[0]) or ("",))
        said = lettered(type_, 0)
        for step in steps[:-1]:
            said = rng.choice(self._phrases[step]).replace("{x}", said)
        text = rng.choice(self._whole[steps[-1]]).replace("{x}", said)
        text = _varied(text, rng)
        gold = _chain(steps, type_)
        wrong = [_chain(other, type_) for other in self._near(steps, rng)]
        right = (_compared(text, gold, steps[-1], rng),)
        return Ranked(right, _apart(text, gold, wrong, rng))

    def _near(self, steps: Sequence[Asks], rng: random.Random) -> list[list[Asks]]:
        """Return chains that one may take in place of one."""
        found: list[list[Asks]] = []
        for at, step in enumerate(steps):
            before, after = list(steps[:at]), list(steps[at + 1 :])
            for other in self._likely(step, rng):
                found.append([*before, other, *after])
            if len(steps) > 1:
                found.append([*before, *after])
        following = self._following(steps[-1])
        if following:
            found.append([*steps, rng.choice(following)])
        leading = [ask for ask in self._asks if _fits(ask, steps[0])]
        if leading:
            found.append([rng.choice(leading), *steps])
        return found

    def _likely(self, step: Asks, rng: random.Random) -> list[Asks]:
        """Return other steps from a thing of the same type, the other side among them."""
        relation, known = step
        types = set(_known_types(step))
        others = [
            ask
            for ask in self._asks
            if (types & set(_known_types(ask)) or not types)
            and ask != step
            and not self._means(ask, step)
        ]
        to = set(_found_types(step))
        alike = [ask for ask in others if to & set(_found_types(ask))]
        drawn = rng.sample(alike, min(3, len(alike))) + rng.sample(others, min(1, len(others)))
        turned: Asks = (relation, OPPOSITE[known])
        return [turned, *drawn] if turned in others else drawn

    def _means(self, one: Asks, other: Asks) -> bool:
        """Tell whether two steps ask for the same facts."""
        same = self._same.get((one[0].key, one[1]), set())
        return (other[0].key, other[1]) in same

    def _following(self, step: Asks) -> list[Asks]:
        return [ask for ask in self._asks if _fits(step, ask)]

    def _with_conditions(self, rng: random.Random) -> Ranked:
        able = [ask for ask in self._asks if self._conditions[ask] and ask[1] == "object"]
        if not able:
            return self._in_steps(rng, 2)
        one = rng.choice(able)
        types = set(_found_types(one))
        fitting = [a for a in able if a[0] != one[0] and types & set(_found_types(a))]
        if not fitting:
            return self._in_steps(rng, 2)
        other = rng.choice(fitting)
        types_of = [rng.choice(_known_types(ask) or ("",)) for ask in (one, other)]
        said = [
            rng.choice(self._conditions[ask]).replace("{x}", lettered(type_, at))
            for at, (ask, type_) in enumerate(zip((one, other), types_of, strict=True))
        ]
        kind = rng.choice(_KINDS.get(next(iter(sorted(types)), ""), ("one", "ones", "which")))
        frame = rng.choice(
            ("Which {k} {a} and {b}?", "{k} {a} and {b}", "name every {k} {a}, {b}",
             "Is there a {k} {a} and {b}?", "I am looking for the {k} {a} who is also {b}.",
             "Of those {a}, which is the {k} {b}?")
        )  # fmt: skip
        text = _varied(frame.format(k=kind, a=said[0], b=said[1]), rng)
        things = [_thing(type_, at) for at, type_ in enumerate(types_of)]
        gold = AllOf(tuple(_reached(t, a) for t, a in zip(things, (one, other), strict=True)))
        wrong = self._near_conditions(gold, things, (one, other), rng)
        right = (_compared(text, gold, one, rng),)
        return Ranked(right, _apart(text, gold, wrong, rng))

    def _near_conditions(
        self, gold: AllOf, things: Sequence[Thing], asks: Sequence[Asks], rng: random.Random
    ) -> list[Node]:
        """Return sets that one may take in place of one with conditions."""
        wrong: list[Node] = [*gold.parts]
        for at, ask in enumerate(asks):
            for near in self._likely(ask, rng)[:3]:
                parts = list(gold.parts)
                parts[at] = _reached(things[at], near)
                wrong.append(AllOf(tuple(parts)))
        following = self._following(asks[0])
        if following:
            wrong.append(_reached(gold, rng.choice(following)))
        return wrong


class Spoiler:
    """Puts another word in the place of one that asks for something, so that no reading is right:
    a made-up word, or one of another question."""

    def __init__(self, questions: Sequence[Ranked]) -> None:
        texts = {pair.question for one in questions for pair in one.right[:1]}
        self._words = sorted({word for text in texts for word in text.split() if _asks(word)})

    def __call__(self, one: Ranked, rng: random.Random) -> Ranked:
        """Return a question with a word exchanged and all of its readings wrong; the same where
        no word asks for anything."""
        pairs = (*one.right, *one.wrong)
        words = pairs[0].question.split()
        places = [at for at, word in enumerate(words) if _asks(word)]
        if not places:
            return one
        at = rng.choice(places)
        others = [word for word in self._words if word[:4] != words[at][:4]]
        new = rng.choice(others) if others and rng.random() < 0.5 else _made_up(rng)
        text = " ".join([*words[:at], new, *words[at + 1 :]])
        return Ranked((), tuple(Compared(text, pair.reading) for pair in pairs))


def _asks(word: str) -> bool:
    """Tell whether a word of a question with letters for names asks for something."""
    return len(word) > 3 and word.isalpha() and word not in EMPTY | OPERATORS | _TYPE_WORDS


def _made_up(rng: random.Random) -> str:
    """Return a word that there is not: "blorvet"."""
    sounds = ("bl", "d", "fr", "g", "kl", "m", "n", "pr", "st", "t", "v", "w", "z")
    ends = ("b", "ck", "ft", "l", "n", "rt", "s", "x")
    made = "".join(rng.choice(sounds) + rng.choice("aeiou") for _ in range(rng.choice((1, 2))))
    return made + rng.choice(ends) + rng.choice(("", "ed", "s", "er", "ing"))


def _known_types(ask: Asks) -> tuple[str, ...]:
    relation, known = ask
    return relation.subject_types if known == "subject" else relation.object_types


def _found_types(ask: Asks) -> tuple[str, ...]:
    relation, known = ask
    return relation.object_types if known == "subject" else relation.subject_types


def _fits(one: Asks, following: Asks) -> bool:
    """Tell whether a step can follow on another; values lead nowhere."""
    between = set(_found_types(one)) & set(_known_types(following))
    back = one[0] == following[0] and one[1] != following[1]
    return bool(between - {"TIME", "NUM"}) and not back


def _thing(type_: str, number: int) -> Thing:
    name = lettered(type_, number)
    return Thing((EntityRef(name, name, type_),), name)


def _reached(of: Node, ask: Asks) -> Reached:
    return Reached(of, (Option(*ask),))


def _chain(steps: Sequence[Asks], type_: str) -> Node:
    node: Node = _thing(type_, 0)
    for step in steps:
        node = _reached(node, step)
    return node


def _last(node: Node, otherwise: Asks) -> Asks:
    while isinstance(node, AllOf):
        node = node.parts[0]
    if isinstance(node, Reached):
        return node.options[0].relation, node.options[0].known
    return otherwise


def _compared(text: str, node: Node, last: Asks, rng: random.Random) -> Compared:
    types = _found_types(last)
    count = 1 if last[0].single_valued and last[1] == "subject" else rng.choice((1, 1, 3))
    said = canonical(Question("which", node), lambda thing: thing.name)
    return Compared(text, f"{said} : {gives(rng.choice(types) if types else '', count)}")


def _apart(
    text: str, gold: Node, wrong: Sequence[Node], rng: random.Random
) -> tuple[Compared, ...]:
    """Return some wrong readings, each once."""
    said = canonical(Question("which", gold))
    found = {}
    for node in wrong:
        other = canonical(Question("which", node))
        if other != said and not isinstance(node, Thing):
            none: Asks = (RelationSpec("", ""), "subject")
            found[other] = _compared(text, node, _last(node, none), rng)
    drawn = rng.sample(list(found.values()), min(MOST_WRONG, len(found)))
    return tuple(drawn)


def _varied(text: str, rng: random.Random) -> str:
    """Return a text as some people type it."""
    drawn = rng.random()
    if drawn < 0.15:
        return text.rstrip("?.").lower()
    if drawn < 0.2:
        return f"Can you tell me {text[:1].lower()}{text[1:]}"
    return text
