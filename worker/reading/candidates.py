"""Readings of a question that the memory can answer, made from the names outwards.

Where ``parse`` asks what the words say and abstains if it does not know a wording, here is asked
what could be meant: every chain of steps that leads somewhere, with the conditions, exclusions and
operators that the question's words allow. Which of them it is, is for a scorer to say.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import chain, combinations

from worker.english.numbers import PLACES
from worker.english.words import EXCEPTING, NEGATIONS
from worker.heads.answering import Reading
from worker.heads.timing import AskedTime, as_day, time_of
from worker.interfaces import Memory
from worker.reading.alignment import Alignment
from worker.reading.around import Around, Step
from worker.reading.chains import MOST_ENDS, Chain, begun, chains_from, worth
from worker.reading.execute import Execution, dating, measure_of
from worker.reading.items import Item
from worker.reading.kinship import kin_node, kin_of
from worker.reading.look_up import ALL_TIMES
from worker.reading.operators import EXTREMES, Operator, framed
from worker.reading.question import (
    AllOf,
    AnyOf,
    Form,
    Node,
    Option,
    Picked,
    Question,
    Reached,
    Thing,
    Without,
)
from worker.types import EntityRef, Fact, RelationSpec, Side

MOST = 60
_OTHER: dict[Side, Side] = {"subject": "object", "object": "subject"}
_JOINED = 10  # sets that conditions are put on
_SETS = 40
_COMPARING = {
    "older": 0, "elder": 0, "earlier": 0, "first": 0, "before": 0, "sooner": 0, "predates": 0,
    "younger": -1, "later": -1, "newer": -1, "last": -1, "after": -1, "recent": -1,
}  # fmt: skip
_ENDED = frozenset("died die dies death dead ended end closed dissolved pass passed".split())  # noqa: SIM905
_OR = frozenset(["or", "either", "and", "plus"])
_BESIDES = frozenset("else other others together alongside jointly whom rest".split())  # noqa: SIM905
_BEFORE = frozenset("before predecessor preceded predecessors".split())  # noqa: SIM905
_AFTER = frozenset("after successor succeeded followed replaced".split())  # noqa: SIM905
_LASTING = frozenset("longest oldest longer older eldest elder".split())  # noqa: SIM905
_LEAST = frozenset(
    """cheapest smallest least fewest lowest shortest lightest cheaper smaller fewer lower shorter
    less lighter earliest earlier first sooner soonest""".split()  # noqa: SIM905
)
_GREATEST = frozenset(
    """most more biggest bigger larger largest longest longer highest higher heaviest heavier
    greatest greater dearest dearer latest later newest newer youngest younger oldest older eldest
    elder strongest stronger busiest tallest deepest expensive costliest richest last""".split()  # noqa: SIM905
)
_BEGINS = frozenset("when since year date".split())  # noqa: SIM905
_ENDS = frozenset("until till left leave leaves stop stopped end ended quit resign step".split())  # noqa: SIM905


@dataclass(frozen=True)
class Linked:
    """A question with its names as things; ``time`` is what its words for a time mean, which stand
    at the places ``time_words``."""

    items: tuple[Item, ...]
    things: tuple[Thing, ...]
    time: AskedTime | None = None
    time_words: frozenset[int] = frozenset()

    @property
    def texts(self) -> list[str]:
        return [item.text if item.kind == "word" else "" for item in self.items]


@dataclass(frozen=True)
class Candidate:
    """A reading: the value, the steps it takes, what it leads to (where that is known without a
    look at times), the names it uses, and the places of words that its operators account for."""

    question: Question
    steps: tuple[Step, ...]
    ends: tuple[EntityRef, ...]
    things: frozenset[int]
    words: frozenset[int]


class Generator:
    """Makes the candidates of one question."""

    def __init__(
        self, linked: Linked, memory: Memory, around: Around, alignment: Alignment, today: date
    ) -> None:
        self.linked = linked
        self.memory = memory
        self.today = today
        self.around = around
        self.alignment = alignment
        self.frame = framed(linked.items)
        self.texts = linked.texts

    def candidates(self) -> list[Candidate]:
        """Return at most MOST candidates, each another value."""
        first = begun(self.linked.things)
        kin = [*self._kin(first)]
        sets = chains_from([*first, *kin], self.around, self.alignment)
        sets = [*kin, *sets, *self._kin([one for one in sets if len(one.steps) == 1][:5])]
        sets = [*sets, *self._joined(sets)]
        sets.sort(key=lambda one: -worth(self.alignment, one))
        sets = sets[:_SETS]
        found: dict[Question, Candidate] = {}
        asked = (self._of_things(first), self._of_sets(sets, first), self._of_pairs(sets, first))
        for one in chain.from_iterable(asked):
            found.setdefault(one.question, one)
        return list(found.values())[:MOST]

    # sets

    def _joined(self, sets: Sequence[Chain]) -> list[Chain]:
        """Return what is in two sets at once, or in one of both, and a step from there."""
        best = sorted(sets, key=lambda one: -worth(self.alignment, one))
        short = [one for one in best if len(one.steps) < 3][: 2 * _JOINED]
        both: list[Chain] = []
        for one, other in combinations(short, 2):
            if one.things != other.things:
                both += self._together(one, other)
            both += self._apart(one, other)
            both += self._apart(other, one)
        both += [new for one in best[:_JOINED] for new in self._dated(one)]
        both += [new for one in best for new in self._lacking(one)]
        both.sort(key=lambda one: -worth(self.alignment, one))
        both = both[:_JOINED]
        return [*both, *chains_from(both, self.around, self.alignment, 1)] if both else []

    def _together(self, one: Chain, other: Chain) -> Iterator[Chain]:
        things, steps = one.things | other.things, (*one.steps, *other.steps)
        shared = tuple(end for end in one.ends if end.id in other.ids)
        if shared and len(one.things | other.things) > max(len(one.things), len(other.things)):
            yield Chain(things, AllOf((one.node, other.node)), steps, shared)
        if one.steps == other.steps and _OR.intersection(self.texts):
            ends = tuple({end.id: end for end in (*one.ends, *other.ends)}.values())
            words = self._places(_OR)
            yield Chain(things, AnyOf((one.node, other.node)), one.steps, ends, words=words)

    def _apart(self, one: Chain, other: Chain) -> Iterator[Chain]:
        """Yield what is in one set and not in another: "not", "no", "without"."""
        cue = self._places(NEGATIONS)
        left = tuple(end for end in one.ends if end.id not in other.ids)
        types = {end.type for end in one.ends} & {end.type for end in other.ends}
        if not cue or not left or not types or one.steps == other.steps:
            return
        steps, words = (*one.steps, *other.steps), one.words | other.words | cue
        things = one.things | other.things
        for stated in (False, True):
            if stated or one.ids & other.ids:
                node = Without(one.node, (other.node,), stated=stated)
                yield Chain(things, node, steps, left, words=words)

    def _lacking(self, whole: Chain) -> Iterator[Chain]:
        """Yield the things of a set that the last step leads nowhere from: "has no ..."."""
        cue = self._places(NEGATIONS)
        if not cue or not isinstance(whole.node, Reached) or len(whole.steps) < 2:
            return
        relation, known = whole.steps[-1]
        left = tuple(one for one in whole.before if not self.around.facts(one, (relation, known)))
        if left:
            back = Reached(whole.node, (Option(relation, _OTHER[known]),))
            node = Without(whole.node.of, (back,))
            yield Chain(whole.things, node, whole.steps, left, words=whole.words | cue)

    def _kin(self, sets: Sequence[Chain]) -> Iterator[Chain]:
        """Yield the kin of the things of sets that a word of the question asks for."""
        execution = Execution(Reading(self.memory, ALL_TIMES, today=self.today))
        for at, text in enumerate(self.texts):
            kin = kin_of(text) if text else None
            for one in sets if kin is not None else ():
                node = kin_node(kin, one.node, self.memory.relations()) if kin else None
                ends = tuple(m.entity for m in execution.find(node).all) if node else ()
                if node is not None and ends:
                    words = one.words | {at}
                    yield Chain(one.things, node, one.steps, ends, one.ends, words)

    def _dated(self, whole: Chain) -> Iterator[Chain]:
        """Yield the set of those whose own dates lie in the time that is asked for."""
        time = self.linked.time
        if time is None or time.now or time.pick:
            return
        self.around.look(whole.ends[:MOST_ENDS])
        for step in self.around.steps:
            relation, known = step
            if known != "subject" or relation.object_types != ("TIME",):
                continue
            kept = [(end, days) for end in whole.ends if (days := self._days(end, step, time))]
            if kept:
                within = {day.id: day for _, found in kept for day in found}
                when = Thing(tuple(within.values()), time.words)
                there = Reached(when, (Option(relation, "object"),))
                yield Chain(
                    whole.things, AllOf((whole.node, there)), (*whole.steps, step),
                    tuple(end for end, _ in kept), words=whole.words | self.linked.time_words,
                )  # fmt: skip

    def _days(self, end: EntityRef, step: Step, time: AskedTime) -> list[EntityRef]:
        found = []
        for fact in self.around.facts(end, step):
            value = time_of(fact.object)
            day = as_day(value.start) if value is not None else None
            if day is not None and _within(day, time):
                found.append(fact.object)
        return found

    def _both(self, first: Sequence[Chain]) -> list[Chain]:
        """Return the set of the two things that a question compares."""
        if len(first) != 2 or len(self.linked.things) != 2:
            return []
        one, other = first
        ends = (*one.ends, *other.ends)
        both = AnyOf((one.node, other.node))
        words = self._places((*_OR, "than"))
        return [Chain(one.things | other.things, both, (), ends, words=words)]

    # questions

    def _of_things(self, first: Sequence[Chain]) -> Iterator[Candidate]:
        """Yield what may be asked of the named things themselves."""
        if self.frame.form == "how old" or "age" in self.texts or "old" in self.texts:
            for one in first:
                yield from self._ages(one)
        if len(self.linked.things) == 1:
            for one in first:
                yield self._made(Question("about", one.node), one, frozenset())
        order = [text for text in self.texts if text in _COMPARING]
        if order and len(self.linked.things) == 2:
            yield from self._comparisons(first, order[0])

    def _ages(self, one: Chain) -> Iterator[Candidate]:
        words = self._places(("how", "old", "age", "years", "at", "what", *_ENDED))
        time = self.linked.time
        ended = bool(_ENDED.intersection(self.texts))
        question = Question("how old", one.node, time=time, ended=ended and time is None)
        yield self._made(question, one, words | self._time_words(question))

    def _comparisons(self, first: Sequence[Chain], order: str) -> Iterator[Candidate]:
        pairs = [pair for pair in combinations(first, 2) if pair[0].things != pair[1].things]
        words = self._places((*_COMPARING, *_ENDED, "than", "or", "and"))
        for one, other in pairs:
            target = Picked(AnyOf((one.node, other.node)), _COMPARING[order], order)
            among = one.node if self.frame.form == "whether" and "or" not in self.texts else None
            ended = bool(_ENDED.intersection(self.texts))
            question = Question("compare", target, among=among, ended=ended)
            both = replace(one, things=one.things | other.things)
            yield self._made(question, both, words)

    def _of_sets(self, sets: Sequence[Chain], first: Sequence[Chain]) -> Iterator[Candidate]:
        """Yield the questions for a set, and how many are in it."""
        if self.frame.form == "how old" or {"old", "age"}.intersection(self.texts):
            for one in sets:
                if all(end.type != "TIME" for end in one.ends):
                    yield from self._ages(one)
        counts = self.frame.form == "how many" or "number" in self.texts
        forms: tuple[Form, ...] = ("which", "how many") if counts else ("which",)
        for one in sets:
            for form in forms:
                yield from self._of_set(one, form)
        yield from self._measured([*self._both(first), *sets])
        yield from self._beside(sets, first)

    def _of_set(self, one: Chain, form: Form) -> Iterator[Candidate]:
        words = one.words | (self._counting() if form == "how many" else frozenset())
        times: list[AskedTime | None] = [None]
        dated = bool(self.linked.time_words & one.words)
        if self.linked.time is not None and not dated:
            times = [self.linked.time]
        for node, more, things in self._operated(one):
            for time in times:
                question = Question(
                    form, node, time=time, now=self.frame.now and time is None,
                    ended=self.frame.over,
                )  # fmt: skip
                yield self._made(
                    question, replace(one, things=things),
                    words | more | self._time_words(question) | self._now_words(question),
                )  # fmt: skip

    def _operated(self, one: Chain) -> Iterator[tuple[Node, frozenset[int], frozenset[int]]]:
        """Yield a set with what the question's operators make of it, the places of the words of
        these, and the names that are used."""
        yield one.node, frozenset(), one.things
        yield from self._left_out(one)
        yield from self._picked(one)

    def _left_out(self, one: Chain) -> Iterator[tuple[Node, frozenset[int], frozenset[int]]]:
        """Yield a set without the things that the question excepts."""
        cue = self._operator_words("excluded") | self._places(EXCEPTING | _BESIDES)
        out = self._excepted(one) if cue else {}
        if out:
            words = cue | self._places(("other", "than", "for", "from", "not", "counting"))
            yield Without(one.node, tuple(out.values())), words, one.things | out.keys()

    def _excepted(self, one: Chain) -> dict[int, Thing]:
        """Return the things of a set that words except, by number; where these words are not
        known, those that nothing else in the question has a use for."""
        there = {
            number: thing
            for number, thing in enumerate(self.linked.things)
            if one.ids.intersection(entity.id for entity in thing.entities)
        }
        named = {number: thing for number, thing in there.items() if thing in self.frame.excluded}
        return named or {n: thing for n, thing in there.items() if n not in one.things}

    def _picked(self, one: Chain) -> Iterator[tuple[Node, frozenset[int], frozenset[int]]]:
        """Yield the first, last or n-th of a set by date."""
        for at, text in enumerate(self.texts):
            if text in EXTREMES or text in PLACES:
                place = EXTREMES.get(text, PLACES.get(text, -1))
                yield Picked(one.node, place, text), frozenset([at]), one.things

    def _measured(self, sets: Sequence[Chain]) -> Iterator[Candidate]:
        """Yield the most or least of a set by a date or quantity: "the cheapest", "most staff"."""
        for at, text in enumerate(self.texts):
            places = superlative(text)
            for one in sets if places else ():
                if len(one.ends) > 1:
                    yield from self._by_measure(one, at, text, places)

    def _by_measure(
        self, one: Chain, at: int, text: str, places: tuple[int, ...]
    ) -> Iterator[Candidate]:
        self.around.look(one.ends[:MOST_ENDS])
        for step in self.around.steps_from(one.ends[:MOST_ENDS]):
            if step[1] == "object":
                continue
            first = [self.around.facts(end, step)[-1:] for end in one.ends[:MOST_ENDS]]
            values = [measure_of(facts[0].object) for facts in first if facts]
            units = {value[0] if value else "" for value in values}
            if len(values) < 2 or len(units) > 1 or ("" in units and None in values):
                continue
            # The oldest is the one with the earliest date, the longest there as well.
            of_time = units == {"day"}
            for place in (-1 - places[0],) if of_time and text in _LASTING else places:
                target = Picked(one.node, place, text, by=Option(*step))
                longer = replace(one, steps=(*one.steps, step))
                yield self._made(Question("which", target), longer, frozenset([at]))

    def _beside(self, sets: Sequence[Chain], first: Sequence[Chain]) -> Iterator[Candidate]:
        """Yield who or what came next before or after one of a set: "led X before Y"."""
        cues = self._places(_BEFORE | _AFTER)
        if not cues:
            return
        before = not any(self.texts[at] in _AFTER for at in cues)
        for one in sets:
            for other in first:
                facts = self._leading(one, other)
                day = facts[0].valid_from if before and facts else None
                if facts and not before:
                    day = facts[-1].valid_to
                if day is None or day <= date.min:
                    continue
                words = " ".join(["before" if before else "after", other.ends[0].name])
                time = AskedTime(None, day - timedelta(days=1), words, pick="last")
                if not before:
                    time = AskedTime(day, None, words, pick="first")
                beside = replace(one, things=one.things | other.things)
                yield self._made(Question("which", one.node, time=time), beside, cues)

    def _leading(self, one: Chain, other: Chain) -> list[Fact]:
        """Return the facts by which a chain leads to a thing, the oldest first."""
        if not one.steps or not one.ids & other.ids or isinstance(one.node, AllOf | AnyOf):
            return []
        facts = [f for start in one.before for f in self.around.facts(start, one.steps[-1])]
        ends = [f for f in facts if other.ids & {f.subject.id, f.object.id}]
        return sorted((f for f in ends if f.valid_from), key=lambda f: f.valid_from or date.min)

    def _of_pairs(self, sets: Sequence[Chain], first: Sequence[Chain]) -> Iterator[Candidate]:
        """Yield whether a thing is in a set, and since when, how long and until when."""
        forms = self._forms_of_pairs()
        if not forms:
            return
        for one in sets:
            for other in first:
                if other.things & one.things or not self._comparable(one, other):
                    continue
                for form in forms:
                    if form != "whether" and not other.ids & one.ids:
                        continue
                    yield self._pair(one, other, form)

    def _forms_of_pairs(self) -> list[Form]:
        forms: list[Form] = []
        if self.frame.form in ("whether", "how long", "since when", "until when"):
            forms.append(self.frame.form)
        if self.frame.form == "which" and "long" in self.texts:
            forms.append("how long")
        if self.frame.form == "which" and _BEGINS.intersection(self.texts):
            forms.append("until when" if _ENDS.intersection(self.texts) else "since when")
        return forms

    def _pair(self, one: Chain, other: Chain, form: Form) -> Candidate:
        whether = form == "whether"
        question = Question(
            form, one.node, among=other.node, time=self.linked.time if whether else None,
            negated=whether and (self.frame.negated or self.frame.over),
            now=whether and (self.frame.now or self.texts[:1] in (["is"], ["does"], ["are"])),
        )  # fmt: skip
        words = one.words | self._operator_words("form") | self._time_words(question)
        words |= self._operator_words("negated") | self._operator_words("now")
        if not whether:
            words |= self._places((*_BEGINS, *_ENDS, "how", "long", "years", "many"))
        return self._made(question, replace(one, things=one.things | other.things), words)

    def _comparable(self, one: Chain, other: Chain) -> bool:
        types = {end.type for end in one.ends}
        return bool(one.ids & other.ids) or bool(types & {end.type for end in other.ends})

    # words

    def _places(self, words: Sequence[str] | frozenset[str]) -> frozenset[int]:
        return frozenset(at for at, text in enumerate(self.texts) if text in words)

    def _operator_words(self, operator: Operator) -> frozenset[int]:
        spans = self.frame.spans.get(operator, ())
        return frozenset(
            at
            for at, item in enumerate(self.linked.items)
            if item.kind == "word" and any(s.start <= item.start < s.end for s in spans)
        )

    def _counting(self) -> frozenset[int]:
        return self._operator_words("form") | self._places(("how", "many", "number", "count"))

    def _time_words(self, question: Question) -> frozenset[int]:
        return self.linked.time_words if question.time is not None else frozenset()

    def _now_words(self, question: Question) -> frozenset[int]:
        return self._operator_words("now") if question.now or question.ended else frozenset()

    def _made(self, question: Question, one: Chain, words: frozenset[int]) -> Candidate:
        return Candidate(question, one.steps, one.ends, one.things, words | one.words)


def superlative(word: str) -> tuple[int, ...]:
    """Return which of an order a word takes, -1 the greatest and 0 the least; nothing for a word
    that compares nothing.

    >>> superlative("cheapest"), superlative("staff")
    ((0,), ())
    """
    if word in _LEAST:
        return (0,)
    return (-1,) if word in _GREATEST else ()


def _within(day: date, time: AskedTime) -> bool:
    return (time.start is None or day >= time.start) and (time.end is None or day <= time.end)


def dated_steps(relations: Sequence[RelationSpec]) -> list[Step]:
    """Return the steps to when something began or happened, which superlatives need."""
    return [(relation, "subject") for relation in dating(relations)]
