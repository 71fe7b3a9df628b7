"""Readings of a question that the memory can answer, made from the names outwards.

Where ``parse`` asks what the words say and abstains if it does not know a wording, here is asked
what could be meant: every chain of steps that leads somewhere, with the conditions, exclusions and
operators that the question's words allow. Which of them it is, is for a scorer to say.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import chain, combinations, zip_longest

from worker.english.asking import ASKS_WHICH_TOO
from worker.english.comparing import (
    AFTER,
    AGED,
    ANY,
    BEFORE,
    BEGINS,
    COMPARING,
    COUNTING,
    CUES_OF_REST,
    DATED_BY,
    DURATIONS,
    ENDED,
    ENDS,
    EVENT_CUES,
    FIRST_OF,
    FORMER,
    LASTED,
    LEAVING_OUT,
    LIVED,
    NEXT_TO_LAST,
    OR,
    RAN_OUT,
)
from worker.english.numbers import PLACES
from worker.english.words import EXCEPTING
from worker.heads.timing import AskedTime
from worker.interfaces import Memory
from worker.reading.alignment import Alignment, most_said, told_words
from worker.reading.around import Around, Step
from worker.reading.chains import Chain, begun, chains_from, loops, whole_worth
from worker.reading.everything import everything
from worker.reading.exclusions import left_out
from worker.reading.execute import dating
from worker.reading.linked import Linked
from worker.reading.measures import superlatives
from worker.reading.moments import (
    Moment,
    asks_for_end,
    ever,
    has_dates,
    has_past,
    is_of_theirs,
    joining,
    may_say_when,
    moments,
    once_over,
    tells_when,
    until_begun,
    was_there_already,
)
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
from worker.reading.sets import JOINED, Sets
from worker.relation_roles import BEGINNINGS, ENDINGS
from worker.types import OPPOSITE, EntityRef, Fact, RelationSpec

MOST = 260
_SETS = 100
MOST_FURTHER = 1  # steps from a set for which nothing is named
_MOST_DATED = 8  # times, and sets, that are tried for what is dated by another
_MOST_OF_KIN = 5  # sets of a length whose kin are looked at
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


def unnamed(type_: str) -> str:
    """Return what stands for a thing of a type that a question does not name."""
    return {"PER": "somebody", "ORG": "an organisation", "LOC": "a place"}.get(type_, "something")


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
        near = [one for one in sets if len(one.steps) == 1][:_MOST_OF_KIN]
        far = [one for one in sets if len(one.steps) == 2][:_MOST_OF_KIN]
        of_others = [*self._sets.kin([*near, *far])]
        on = chains_from(of_others, self.around, self.alignment, 1) if of_others else []
        sets = [*kin, *sets, *of_others, *on]
        sets = [*sets, *self._nameless()]
        sets = [*sets, *self._sets.joined(sets)]
        sets.sort(key=lambda one: -whole_worth(self.alignment, one))
        sets = sets[:_SETS]
        self._moments = self._times_said(first, sets)
        found: dict[Question, Candidate] = {}
        asked = (
            self._of_things(first), self._of_both(sets, first), self._of_sets(sets, first),
            self._of_pairs(sets, first),
        )  # fmt: skip
        for one in chain.from_iterable(zip_longest(*asked)):  # none of them crowds out another
            if one is not None and len(found) < MOST:
                found.setdefault(one.question, one)
        return list(found.values())

    def _nameless(self) -> list[Chain]:
        """Return the sets for which nothing is named, where the question names nothing."""
        if self.linked.proper or not told_words(self.linked.items):
            return []
        relations = self.memory.relations()
        every = everything(relations, self.around, self.alignment)
        return [*every, *chains_from(every, self.around, self.alignment, MOST_FURTHER)]

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
        if "how long" in self._forms_of_pairs():
            for one in first:
                yield from self._lengths(one)
        if self._order and len(self.linked.things) == 2:
            yield from self._comparisons(first, self._order)

    def _ages(self, one: Chain) -> Iterator[Candidate]:
        words = self.linked.places((*AGED, *ENDED))
        time = self.linked.time
        ended = bool(ENDED.intersection(self.texts))
        question = Question("how old", one.node, time=time, ended=ended and time is None)
        yield self._made(question, one, words | self._time_words(question))
        if time is None:
            of_theirs = is_of_theirs(self.texts)
            for moment in self._moments:
                if of_theirs and not moment.is_of(one.ids):
                    continue
                # A thing's own date says nothing of its age, but of that of who made it.
                if moment.things - one.things or not moment.of_its_own or one.steps:
                    question = Question("how old", one.node, time=moment.time)
                    yield self._at(moment, question, one, words)

    def _lengths(self, one: Chain) -> Iterator[Candidate]:
        """Yield how long a thing itself lasted or lived, where its own dates tell."""
        steps = tuple(step for step in self.around.steps_from(one.ends) if says_length(step[0]))
        if steps:
            words = self.linked.places((*DURATIONS, "how", "many", "did", "last", "lasted", "live"))
            yield self._made(Question("how long", one.node), replace(one, steps=steps), words)

    @property
    def _order(self) -> str:
        """The first word that says which of two is meant; nothing where there is none."""
        return next((text for text in self.texts if text in COMPARING), "")

    def _of_both(self, sets: Sequence[Chain], first: Sequence[Chain]) -> Iterator[Candidate]:
        """Yield which of two named things came to a set first, or was in it for longer."""
        order = self._order
        pairs = [(a, b) for a, b in combinations(first, 2) if a.things != b.things] if order else []
        words = self.linked.places((*COMPARING, "than", "or", "and"))
        for one in sets:
            for a, b in pairs:
                if a.ids | b.ids <= one.ids and not (a.things | b.things) & one.things:
                    both = AllOf((one.node, AnyOf((a.node, b.node))))
                    whole = replace(one, things=one.things | a.things | b.things)
                    for time in (None, ever(self.today)):
                        target = Picked(both, COMPARING[order], order)
                        question = Question("which", target, time=time)
                        yield self._made(question, whole, words | one.words)

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
        counts = self.frame.form == "how many" or not COUNTING.isdisjoint(self.texts)
        forms: tuple[Form, ...] = ("which", "how many") if counts else ("which",)
        for one in sets:
            for form in forms:
                yield from self._of_set(one, form)
            if self._asks_for_any:
                question = Question("whether", one.node, time=None)
                yield self._made(question, one, self._operator_words("form"))
        for form in forms:
            yield from self._dated_then(sets, form)
        yield from self._measured([*self._both(first), *sets])
        yield from self._beside(sets, first)

    @property
    def _asks_for_any(self) -> bool:
        """Whether it is asked if there is any such thing: "is there a club without a ground"."""
        asks = self.frame.form == "whether" and not self.frame.negated
        if asks and ASKS_WHICH_TOO.search(" ".join(item.text for item in self.linked.items)):
            return False
        return asks and (not ANY.isdisjoint(self.texts[:4]) or self.texts[1:2] in (["a"], ["an"]))

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
                    if may_say_when(moment, one, self.texts):
                        question = Question(form, node, time=moment.time)
                        yield self._at(moment, question, whole, words | more)

    def _dated_then(self, sets: Sequence[Chain], form: Form) -> Iterator[Candidate]:
        """Yield the things of a set whose own dates lie in a time that something else says."""
        words = self.linked.places(EVENT_CUES)
        for moment in self._moments[:_MOST_DATED]:
            for one in sets[:_MOST_DATED] if moment.one_of == 1 else ():
                if moment.things - one.things:
                    for new in self._sets.dated(one, moment.time, frozenset()):
                        yield self._at(moment, Question(form, new.node), new, words | one.words)

    def _times(self, one: Chain, *, picked: bool) -> list[tuple[AskedTime | None, bool]]:
        """Return the times that a set may be asked for, and whether it is what has ended then."""
        if self.linked.time is not None and not self.linked.time_words & one.words:
            of_its_own = not DATED_BY.isdisjoint(self.texts) or one.things <= self.linked.common
            if is_by_date(one) or (of_its_own and not has_dates(one, self.around)):
                return []  # what is by its own date, or without any, is so at no time
            return [(self.linked.time, self.frame.over)]
        over = self.frame.over and not self._operator_words("now") & one.words
        ended = over or bool(FORMER.intersection(self.texts))
        if not has_past(one, self.around, self.today):
            return [(None, over)]
        times: list[tuple[AskedTime | None, bool]] = [(ever(self.today), False)]
        if ended:
            times.append((ever(self.today), True))
        return times if picked else [(None, over), *times]

    def _times_said(self, first: Sequence[Chain], sets: Sequence[Chain]) -> list[Moment]:
        """Return the times that the question may say by what happened then."""
        if self.linked.time is not None or not tells_when(self.texts):
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
        yield from self._others(one)
        yield one.node, frozenset(), one.things
        yield from left_out(one, self.linked, self.frame)
        yield from self._picked(one)

    def _others(self, one: Chain) -> Iterator[tuple[Node, frozenset[int], frozenset[int]]]:
        """Yield a set that leads back to the thing it begins with, without that: who played with
        Ada is not Ada."""
        things = [self.linked.things[number] for number in one.things]
        own = [it for it in things if one.ids.intersection(e.id for e in it.entities)]
        left = one.ids - {entity.id for thing in own for entity in thing.entities}
        if loops(one.steps) and own and left:
            yield Without(one.node, tuple(own)), frozenset(), one.things

    def _picked(self, one: Chain) -> Iterator[tuple[Node, frozenset[int], frozenset[int]]]:
        """Yield the first, last or n-th of a set by date."""
        for at, text in enumerate(self.texts):
            orders = {**PLACES, **EXTREMES, **FIRST_OF, **NEXT_TO_LAST}
            over = text == "longer" and self.texts[at - 1 : at] == ["no"]
            if (text in orders or text in LASTED) and not over:
                place = orders.get(text, LASTED.get(text, -1))
                words = self.linked.places(LIVED) if text in LASTED else frozenset()
                yield Picked(one.node, place, text), words | {at}, one.things

    def _measured(self, sets: Sequence[Chain]) -> Iterator[Candidate]:
        """Yield the most or least of a set by a date, a quantity or a number of things, how old
        that is, and what there is besides."""
        cue = self.linked.places(EXCEPTING | LEAVING_OUT)
        form: Form = "how old" if self.frame.form == "how old" else "which"
        for one in sets:
            for found in superlatives(one, self.texts, self.around):
                longer = replace(one, steps=found.steps)
                words = found.words | (self.linked.places(AGED) if form == "how old" else set())
                yield self._made(Question(form, found.target), longer, words)
                if cue:
                    rest = Without(one.node, (found.target,))
                    others = found.words | cue | self.linked.places(CUES_OF_REST)
                    yield self._made(Question("which", rest), longer, others)

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
            time, ground = until_begun(facts, name)
        else:
            time, ground = once_over(facts, name)
            if time is not None and was_there_already(one, ground, time, self.around):
                return
        if time is None or not isinstance(one.node, Reached):
            return
        # What the set is of is meant for good, and not for that time.
        of = Thing(one.before, " or ".join(start.name for start in one.before))
        node = replace(one.node, of=of) if len(one.steps) > 1 else one.node
        beside = replace(one, things=one.things | other.things)
        yield replace(self._made(Question("which", node, time=time), beside, cues), grounds=ground)

    def _of_pairs(self, sets: Sequence[Chain], first: Sequence[Chain]) -> Iterator[Candidate]:
        """Yield whether a thing is in a set, and since when, how long and until when."""
        forms = self._forms_of_pairs()
        if not forms:
            return
        short = [one for one in sets[:JOINED] if one.steps and self._is_few(one)]
        others = [*first, *(short if "whether" in forms else ())]
        most = most_said(self.linked.items)
        for one in sets:
            for other in others:
                if not other.things & one.things and self._comparable(one, other):
                    for form in forms:
                        if _may_be_paired(one, other, form, most):
                            yield from self._pairs(one, other, form)
            for form in forms:
                yield from self._of_lone(one, form)
        if "whether" in forms:
            yield from self._dated_verdicts(others)

    def _dated_verdicts(self, others: Sequence[Chain]) -> Iterator[Candidate]:
        """Yield whether a thing's own date lies in the time that is asked about: "did the author
        of X die in 2019?"."""
        time = self.linked.time
        if time is None:
            return
        for one in others:
            for new in self._sets.dated(one, time, self.linked.time_words):
                if isinstance(new.node, AllOf):
                    dated = new.node.parts[-1]
                    question = Question(
                        "whether", dated, among=one.node, negated=self.frame.negated
                    )
                    words = self._operator_words("form") | self._operator_words("negated")
                    yield self._made(question, new, words)

    def _has_dates(self, one: Chain) -> bool:
        facts = self.around.facts(one.before[0], one.steps[0])
        return any(fact.valid_from or fact.valid_to for fact in facts)

    def _of_lone(self, one: Chain, form: Form) -> Iterator[Candidate]:
        """Yield how long a thing has been what it is to another that the question does not name:
        "How long did Ada chair the group?"""
        lone = len(one.steps) == len(one.before) == len(one.ends) == 1 and self._has_dates(one)
        if not lone or not isinstance(one.node, Reached):
            return
        time = self.linked.time
        if form == "whether" and (time is None or time.pick or len(one.things) > 1):
            return  # "was Ada ever a mayor?" asks if there is any such place
        relation, known = one.steps[0]
        back = OPPOSITE[known]
        for end in one.ends:
            node = Reached(Thing((end,), unnamed(end.type)),
                           (Option(relation, back),))  # fmt: skip
            whole = replace(one, node=node, ends=one.before)
            yield self._pair(whole, replace(one, node=one.node.of, steps=()), form)

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
        if self.frame.form == "which" and DURATIONS.intersection(self.texts):
            forms.append("how long")
        if self.frame.form == "which" and BEGINS.intersection(self.texts):
            forms.append("until when" if asks_for_end(self.texts) else "since when")
        return forms

    def _pairs(self, one: Chain, other: Chain, form: Form) -> Iterator[Candidate]:
        """Yield whether, since when or for how long a thing is in a set; and whether it is the
        first or last of it, which is nothing of the thing's own times."""
        picks = self.linked.time is not None and bool(self.linked.time.pick)
        if form != "whether" or not picks:
            yield self._pair(one, other, form)
        # What a sentence says it of comes first.
        first = min(other.things, default=0) < min(one.things, default=0)
        for node, words, _ in self._picked(one) if form == "whether" and first else ():
            question = Question("whether", node, among=other.node, time=ever(self.today))
            both = replace(one, things=one.things | other.things, steps=(*one.steps, *other.steps))
            words |= self._operator_words("form") | (self.linked.time_words if picks else set())
            yield self._made(question, both, words)

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
            ran_out = " ".join(RAN_OUT).split() if asks_for_end(self.texts) else ()
            words |= self.linked.places((*BEGINS, *ENDS, *ran_out, *DURATIONS, "how", "many"))
        both = replace(one, things=one.things | other.things, steps=(*one.steps, *other.steps))
        return self._made(question, both, words)

    def _comparable(self, one: Chain, other: Chain) -> bool:
        types = {end.type for end in one.ends}
        return bool(one.ids & other.ids) or bool(types & {end.type for end in other.ends})

    # words

    def _operator_words(self, operator: Operator) -> frozenset[int]:
        return self.frame.places(operator, self.linked.items)

    def _counting(self) -> frozenset[int]:
        words = COUNTING | {"how", "many", "times"}
        return self._operator_words("form") | self.linked.places(words)

    def _time_words(self, question: Question) -> frozenset[int]:
        return self.linked.time_words if question.time is not None else frozenset()

    def _now_words(self, question: Question) -> frozenset[int]:
        return self._operator_words("now") if question.now or question.ended else frozenset()

    def _made(self, question: Question, one: Chain, words: frozenset[int]) -> Candidate:
        return Candidate(question, one.steps, one.ends, one.things, words | one.words)


def _may_be_paired(one: Chain, other: Chain, form: Form, most: int) -> bool:
    """Tell whether it may be asked if a set is in another, by ``most`` relations, or since when a
    thing is."""
    if form == "whether":
        return len({relation.id for relation, _ in (*one.steps, *other.steps)}) <= most
    return not other.steps and bool(other.ids & one.ids)


def is_by_date(one: Chain) -> bool:
    """Tell whether a set is reached from a date, as what was founded then."""
    return any(
        known == "object" and relation.object_types == ("TIME",) for relation, known in one.steps
    )


def says_length(relation: RelationSpec) -> bool:
    """Tell whether a relation says when its subject began or ended."""
    return relation.role in (*BEGINNINGS, *ENDINGS)


def dated_steps(relations: Sequence[RelationSpec]) -> list[Step]:
    """Return the steps to when something began or happened, which superlatives need."""
    return [(relation, "subject") for relation in dating(relations)]
