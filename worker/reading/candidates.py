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

from worker.english.comparing import (
    AFTER,
    BEFORE,
    BEGINS,
    BESIDES,
    COMPARED,
    COMPARING,
    ENDED,
    ENDS,
    EVENT_CUES,
    FIRST_OF,
    FORMER,
    GREATEST,
    LASTED,
    LASTING,
    LEAST,
    OR,
)
from worker.english.numbers import PLACES
from worker.english.words import EXCEPTING
from worker.heads.timing import AskedTime
from worker.interfaces import Memory
from worker.reading.alignment import Alignment
from worker.reading.around import Around, Step
from worker.reading.chains import MOST_ENDS, Chain, begun, chains_from, worth
from worker.reading.execute import dating, measure_of
from worker.reading.moments import Moment, ever, has_past, joining, moments
from worker.reading.operators import EXTREMES, Operator, framed
from worker.reading.question import (
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
from worker.reading.sets import JOINED, Linked, Sets
from worker.types import EntityRef, Fact, RelationSpec

MOST = 90
_SETS = 40
_FEW = 3  # things of a set that it is asked of whether they are in another


@dataclass(frozen=True)
class Candidate:
    """A reading: the value, the steps it takes, what it leads to (where that is known without a
    look at times), the names it uses, and the places of words that its operators account for."""

    question: Question
    steps: tuple[Step, ...]
    ends: tuple[EntityRef, ...]
    things: frozenset[int]
    words: frozenset[int]
    grounds: tuple[Fact, ...] = ()  # what its time rests on


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
        self._sets = Sets(linked, memory, around, alignment, today)
        self._moments: list[Moment] = []

    def candidates(self) -> list[Candidate]:
        """Return at most MOST candidates, each another value."""
        first = begun(self.linked.things)
        kin = [*self._sets.kin(first)]
        sets = chains_from([*first, *kin], self.around, self.alignment)
        sets = [*kin, *sets, *self._sets.kin([one for one in sets if len(one.steps) == 1][:5])]
        sets = [*sets, *self._sets.joined(sets)]
        sets.sort(key=lambda one: -worth(self.alignment, one))
        sets = sets[:_SETS]
        self._moments = self._times_said(first, sets)
        found: dict[Question, Candidate] = {}
        asked = (self._of_things(first), self._of_sets(sets, first), self._of_pairs(sets, first))
        for one in chain.from_iterable(asked):
            found.setdefault(one.question, one)
        return list(found.values())[:MOST]

    def _both(self, first: Sequence[Chain]) -> list[Chain]:
        """Return the set of the two things that a question compares."""
        if len(first) != 2 or len(self.linked.things) != 2:
            return []
        one, other = first
        ends = (*one.ends, *other.ends)
        both = AnyOf((one.node, other.node))
        words = self.linked.places((*OR, "than"))
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
        order = [text for text in self.texts if text in COMPARING]
        if order and len(self.linked.things) == 2:
            yield from self._comparisons(first, order[0])

    def _ages(self, one: Chain) -> Iterator[Candidate]:
        words = self.linked.places(("how", "old", "age", "years", "at", "what", *ENDED))
        time = self.linked.time
        ended = bool(ENDED.intersection(self.texts))
        question = Question("how old", one.node, time=time, ended=ended and time is None)
        yield self._made(question, one, words | self._time_words(question))
        if time is None:
            for moment in self._moments:
                if moment.things - one.things:
                    question = Question("how old", one.node, time=moment.time)
                    yield self._at(moment, question, one, words)

    def _comparisons(self, first: Sequence[Chain], order: str) -> Iterator[Candidate]:
        pairs = [pair for pair in combinations(first, 2) if pair[0].things != pair[1].things]
        words = self.linked.places((*COMPARING, *ENDED, "than", "or", "and"))
        for one, other in pairs:
            target = Picked(AnyOf((one.node, other.node)), COMPARING[order], order)
            among = one.node if self.frame.form == "whether" and "or" not in self.texts else None
            ended = bool(ENDED.intersection(self.texts))
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
        for node, more, things in self._operated(one):
            whole = replace(one, things=things)
            for time, ended in self._times(one, picked=isinstance(node, Picked)):
                question = Question(
                    form, node, time=time, now=self.frame.now and time is None, ended=ended
                )
                yield self._made(
                    question, whole,
                    words | more | self._time_words(question) | self._now_words(question),
                )  # fmt: skip
            if self.linked.time is None:
                for moment in self._moments:
                    if moment.things - one.things:
                        question = Question(form, node, time=moment.time)
                        yield self._at(moment, question, whole, words | more)

    def _times(self, one: Chain, *, picked: bool) -> list[tuple[AskedTime | None, bool]]:
        """Return the times that a set may be asked for, and whether it is what has ended then."""
        if self.linked.time is not None and not self.linked.time_words & one.words:
            return [(self.linked.time, self.frame.over)]
        ended = self.frame.over or bool(FORMER.intersection(self.texts))
        if not has_past(one, self.around, self.today):
            return [(None, self.frame.over)]
        times: list[tuple[AskedTime | None, bool]] = [(ever(self.today), False)]
        if ended:
            times.append((ever(self.today), True))
        return times if picked else [(None, self.frame.over), *times]

    def _times_said(self, first: Sequence[Chain], sets: Sequence[Chain]) -> list[Moment]:
        """Return the times that the question may say by what happened then."""
        if self.linked.time is not None or not EVENT_CUES.intersection(self.texts[1:]):
            return []
        return moments(first, sets, self.around, self.today)

    def _at(
        self, moment: Moment, question: Question, one: Chain, words: frozenset[int]
    ) -> Candidate:
        things, steps = one.things | moment.things, (*one.steps, *moment.steps)
        when = replace(one, things=things, steps=steps)
        made = self._made(question, when, words | self.linked.places(EVENT_CUES))
        return replace(made, grounds=moment.facts)

    def _operated(self, one: Chain) -> Iterator[tuple[Node, frozenset[int], frozenset[int]]]:
        """Yield a set with what the question's operators make of it, the places of the words of
        these, and the names that are used."""
        yield one.node, frozenset(), one.things
        yield from self._left_out(one)
        yield from self._picked(one)

    def _left_out(self, one: Chain) -> Iterator[tuple[Node, frozenset[int], frozenset[int]]]:
        """Yield a set without the things that the question excepts."""
        cue = self._operator_words("excluded") | self.linked.places(EXCEPTING | BESIDES)
        out = self._excepted(one) if cue else {}
        if out:
            words = cue | self.linked.places(("other", "than", "for", "from", "not", "counting"))
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
            orders = {**PLACES, **EXTREMES, **FIRST_OF}
            if text in orders or text in LASTED:
                place = orders.get(text, LASTED.get(text, -1))
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
        ends = one.ends[:MOST_ENDS]
        self.around.look(ends)
        before = {at - 1} if at and self.texts[at - 1] in COMPARED else set()
        for step in self.around.steps_from(ends):
            unit = self._unit(ends, step) if step[1] == "subject" else None
            if unit is None:
                continue
            # The oldest is the one with the earliest date, the longest there as well.
            turned = unit == "day" and text in LASTING
            for place in (-1 - places[0],) if turned else places:
                target = Picked(one.node, place, text, by=Option(*step))
                longer = replace(one, steps=(*one.steps, step))
                yield self._made(Question("which", target), longer, frozenset([at, *before]))

    def _unit(self, ends: Sequence[EntityRef], step: Step) -> str | None:
        """Return the unit of what a step leads to from things; None where that cannot be put in
        an order."""
        last = [self.around.facts(end, step)[-1:] for end in ends]
        values = [measure_of(facts[0].object) for facts in last if facts]
        units = {value[0] if value else "" for value in values}
        if len(values) < 2 or len(units) > 1 or None in values:
            return None
        return units.pop()

    def _beside(self, sets: Sequence[Chain], first: Sequence[Chain]) -> Iterator[Candidate]:
        """Yield who or what came next before or after one of a set: "led X before Y"."""
        cues = self.linked.places(BEFORE | AFTER)
        if not cues:
            return
        at = min(self.linked.places(AFTER), default=min(cues))
        before = (self.texts[at] in BEFORE) != self._by_name(at)
        for one in sets:
            if isinstance(one.node, Reached):
                for other in first:
                    yield from self._next_to(one, other, cues, before=before)

    def _by_name(self, at: int) -> bool:
        """Tell whether a name comes after "by" behind a word: who was succeeded by Y came before
        Y."""
        return (
            self.texts[at + 1 : at + 3] == ["by", ""] and self.linked.items[at + 2].kind == "node"
        )

    def _next_to(
        self, one: Chain, other: Chain, cues: frozenset[int], *, before: bool
    ) -> Iterator[Candidate]:
        facts = joining(one, other, self.around)
        name = other.ends[0].name
        if before:
            time, ground = _until_begun(facts, name)
        else:
            time, ground = _once_over(facts, name)
            if time is not None and self._was_there_already(one, ground, time):
                return
        if time is None or not isinstance(one.node, Reached):
            return
        # What the set is of is meant for good, and not for that time.
        of = Thing(one.before, " or ".join(start.name for start in one.before))
        node = replace(one.node, of=of) if len(one.steps) > 1 else one.node
        beside = replace(one, things=one.things | other.things)
        yield replace(self._made(Question("which", node, time=time), beside, cues), grounds=ground)

    def _was_there_already(self, one: Chain, ground: Sequence[Fact], time: AskedTime) -> bool:
        """Tell whether somebody who goes on after a thing was in the set before it: that is a
        colleague, and who came next is not to be told by the first day."""
        begun = ground[0].valid_from or date.min
        return any(
            fact not in ground and time.holds(fact) and (fact.valid_from or date.min) < begun
            for start in one.before
            for fact in self.around.facts(start, one.steps[-1])
            if fact.valid_from or fact.valid_to
        )

    def _of_pairs(self, sets: Sequence[Chain], first: Sequence[Chain]) -> Iterator[Candidate]:
        """Yield whether a thing is in a set, and since when, how long and until when."""
        forms = self._forms_of_pairs()
        if not forms:
            return
        short = [one for one in sets[:JOINED] if one.steps and self._is_few(one)]
        others = [*first, *(short if "whether" in forms else ())]
        for one in sets:
            for other in others:
                if other.things & one.things or not self._comparable(one, other):
                    continue
                for form in forms:
                    if form != "whether" and (other.steps or not other.ids & one.ids):
                        continue
                    yield self._pair(one, other, form)

    def _is_few(self, one: Chain) -> bool:
        """Tell whether a set has few things in it, today where that is asked for."""
        if len(one.ends) <= _FEW or not self._present:
            return len(one.ends) <= _FEW
        facts = [f for start in one.before for f in self.around.facts(start, one.steps[-1])]
        now = AskedTime(self.today, self.today, "")
        held = {f.subject.id if one.steps[-1][1] == "object" else f.object.id
                for f in facts if now.holds(f)}  # fmt: skip
        return 0 < len(held) <= _FEW

    @property
    def _present(self) -> bool:
        return self.frame.now or self.texts[:1] in (["is"], ["does"], ["are"])

    def _forms_of_pairs(self) -> list[Form]:
        forms: list[Form] = []
        if self.frame.form in ("whether", "how long", "since when", "until when"):
            forms.append(self.frame.form)
        if self.frame.form == "which" and "long" in self.texts:
            forms.append("how long")
        if self.frame.form == "which" and BEGINS.intersection(self.texts):
            forms.append("until when" if ENDS.intersection(self.texts) else "since when")
        return forms

    def _pair(self, one: Chain, other: Chain, form: Form) -> Candidate:
        whether = form == "whether"
        question = Question(
            form, one.node, among=other.node, time=self.linked.time if whether else None,
            negated=whether and (self.frame.negated or self.frame.over),
            now=whether and self._present,
        )  # fmt: skip
        words = one.words | self._operator_words("form") | self._time_words(question)
        words |= self._operator_words("negated") | self._operator_words("now")
        if not whether:
            words |= self.linked.places((*BEGINS, *ENDS, "how", "long", "years", "many"))
        both = replace(one, things=one.things | other.things, steps=(*one.steps, *other.steps))
        return self._made(question, both, words)

    def _comparable(self, one: Chain, other: Chain) -> bool:
        types = {end.type for end in one.ends}
        return bool(one.ids & other.ids) or bool(types & {end.type for end in other.ends})

    # words

    def _operator_words(self, operator: Operator) -> frozenset[int]:
        spans = self.frame.spans.get(operator, ())
        return frozenset(
            at
            for at, item in enumerate(self.linked.items)
            if item.kind == "word" and any(s.start <= item.start < s.end for s in spans)
        )

    def _counting(self) -> frozenset[int]:
        return self._operator_words("form") | self.linked.places(("how", "many", "number", "count"))

    def _time_words(self, question: Question) -> frozenset[int]:
        return self.linked.time_words if question.time is not None else frozenset()

    def _now_words(self, question: Question) -> frozenset[int]:
        return self._operator_words("now") if question.now or question.ended else frozenset()

    def _made(self, question: Question, one: Chain, words: frozenset[int]) -> Candidate:
        return Candidate(question, one.steps, one.ends, one.things, words | one.words)


def _until_begun(facts: Sequence[Fact], name: str) -> tuple[AskedTime | None, tuple[Fact, ...]]:
    """Return the time before the first of some facts, of which the last counts, and that fact."""
    begun = [f for f in facts if f.valid_from and f.valid_from > date.min]
    if not begun or not begun[0].valid_from:
        return None, ()
    day = begun[0].valid_from - timedelta(days=1)
    return AskedTime(None, day, f"before {name}", pick="last"), (begun[0],)


def _once_over(facts: Sequence[Fact], name: str) -> tuple[AskedTime | None, tuple[Fact, ...]]:
    """Return the time after the last of some facts, of which the first counts, and that fact."""
    over = [(fact.valid_to, fact) for fact in facts if fact.valid_to]
    if not over or any(fact.valid_from and not fact.valid_to for fact in facts):
        return None, ()
    day, fact = max(over, key=lambda one: one[0])
    return AskedTime(day, None, f"after {name}", pick="first"), (fact,)


def superlative(word: str) -> tuple[int, ...]:
    """Return which of an order a word takes, -1 the greatest and 0 the least; nothing for a word
    that compares nothing.

    >>> superlative("cheapest"), superlative("staff")
    ((0,), ())
    """
    if word in LEAST:
        return (0,)
    return (-1,) if word in GREATEST else ()


def dated_steps(relations: Sequence[RelationSpec]) -> list[Step]:
    """Return the steps to when something began or happened, which superlatives need."""
    return [(relation, "subject") for relation in dating(relations)]
