"""Readings of a question that the memory can answer, made from the names outwards.

Where ``parse`` asks what the words say and abstains if it does not know a wording, here is asked
what could be meant: every chain of steps that leads somewhere, with the conditions, exclusions and
operators that the question's words allow. Which of them it is, is for a scorer to say.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from itertools import chain, combinations, zip_longest

from worker.english.asking import ASKS_WHICH_TOO
from worker.english.comparing import (
    AFTER,
    AGED,
    ANY,
    BEFORE,
    COMPARING,
    COUNTING,
    CUES_OF_REST,
    DATED_BY,
    DURATIONS,
    ENDED,
    EVENT_CUES,
    FORMER,
    LEAVING_OUT,
    OR,
)
from worker.english.nouns import CALLED, FAMILIES
from worker.english.words import EXCEPTING
from worker.heads.timing import AskedTime
from worker.interfaces import Memory
from worker.reading.alignment import Alignment, told_words
from worker.reading.around import Around, Step
from worker.reading.candidate import AskedOfMemory, Candidate
from worker.reading.chains import Chain, begun, chains_from, loops, whole_worth
from worker.reading.everything import everything
from worker.reading.exclusions import left_out
from worker.reading.execute import dating
from worker.reading.linked import Linked
from worker.reading.measures import superlatives
from worker.reading.moments import (
    Moment,
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
from worker.reading.pairing import Pairs
from worker.reading.question import (
    AllOf,
    AnyOf,
    Form,
    Node,
    Picked,
    Question,
    Reached,
    Thing,
    Without,
)
from worker.reading.sets import Sets
from worker.relation_roles import BEGINNINGS, ENDINGS
from worker.types import RelationSpec

MOST = 260
_SETS = 100
MOST_FURTHER = 1  # steps from a set for which nothing is named
_MOST_DATED = 8  # times, and sets, that are tried for what is dated by another
_MOST_OF_KIN = 5  # sets of a length whose kin are looked at
_FEW = 3  # things of a set that it is asked of whether they are in another


class Generator(AskedOfMemory):
    """Makes the candidates of one question."""

    def __init__(
        self, linked: Linked, memory: Memory, around: Around, alignment: Alignment, today: date
    ) -> None:
        super().__init__(linked, memory, around, alignment, today)
        self._sets = Sets(linked, memory, around, alignment, today)
        self._pairs = Pairs(self, self._sets)
        self._moments: list[Moment] = []

    def candidates(self) -> list[Candidate]:
        """Return at most MOST candidates, each another value."""
        first = begun(self.linked.things, self.linked.common | self.linked.families)
        family = self.linked.places(FAMILIES | CALLED)
        first = [
            replace(it, words=family) if it.things <= self.linked.families else it for it in first
        ]
        kin = [*self._sets.kin(first)]
        sets = chains_from([*first, *kin], self.around, self.alignment)
        near = [one for one in sets if len(one.steps) == 1][:_MOST_OF_KIN]
        far = [one for one in sets if len(one.steps) == 2][:_MOST_OF_KIN]
        of_others = [*self._sets.kin([*near, *far])]
        on = chains_from(of_others, self.around, self.alignment, 1) if of_others else []
        sets = [*kin, *sets, *of_others, *on]
        sets = [*sets, *self._nameless()]
        families = [one for one in first if one.things <= self.linked.families]
        sets = [*sets, *self._sets.joined([*families, *sets])]
        sets.sort(key=lambda one: -whole_worth(self.alignment, one))
        sets = sets[:_SETS]
        self._moments = self._times_said(first, sets)
        found: dict[Question, Candidate] = {}
        asked = (
            self._of_things(first), self._of_both(sets, first), self._of_sets(sets, first),
            self._pairs.candidates(sets, first),
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
                yield self.made(Question("about", one.node), one, frozenset())
        if "how long" in self._pairs.forms:
            for one in first:
                yield from self._lengths(one)
        if self._order and len(self.linked.things) == 2:
            yield from self._comparisons(first, self._order)

    def _ages(self, one: Chain) -> Iterator[Candidate]:
        words = self.linked.places((*AGED, *ENDED))
        time = self.linked.time
        ended = bool(ENDED.intersection(self.texts))
        question = Question("how old", one.node, time=time, ended=ended and time is None)
        yield self.made(question, one, words | self.time_words(question))
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
            yield self.made(Question("how long", one.node), replace(one, steps=steps), words)

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
                        yield self.made(question, whole, words | one.words)

    def _comparisons(self, first: Sequence[Chain], order: str) -> Iterator[Candidate]:
        pairs = [pair for pair in combinations(first, 2) if pair[0].things != pair[1].things]
        words = self.linked.places((*COMPARING, *ENDED, "than", "or", "and"))
        for one, other in pairs:
            target = Picked(AnyOf((one.node, other.node)), COMPARING[order], order)
            among = one.node if self.frame.form == "whether" and "or" not in self.texts else None
            ended = bool(ENDED.intersection(self.texts))
            question = Question("compare", target, among=among, ended=ended)
            both = replace(one, things=one.things | other.things)
            yield self.made(question, both, words)

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
                yield self.made(question, one, self.operator_words("form"))
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
        words = one.words | (self.counting() if form == "how many" else frozenset())
        for node, more, things in self._operated(one):
            whole = replace(one, things=things)
            for time, ended in self._times(one, picked=isinstance(node, Picked)):
                question = Question(
                    form, node, time=time, now=self.frame.now and time is None, ended=ended
                )
                yield self.made(
                    question, whole,
                    words | more | self.time_words(question) | self.now_words(question),
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
        over = self.frame.over and not self.operator_words("now") & one.words
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
        made = self.made(question, when, words | self.linked.places(EVENT_CUES))
        return replace(made, grounds=moment.facts)

    def _operated(self, one: Chain) -> Iterator[tuple[Node, frozenset[int], frozenset[int]]]:
        """Yield a set with what the question's operators make of it, the places of the words of
        these, and the names that are used."""
        yield from self._others(one)
        yield one.node, frozenset(), one.things
        yield from left_out(one, self.linked, self.frame)
        for picked, words in self.picked(one):
            yield picked, words, one.things

    def _others(self, one: Chain) -> Iterator[tuple[Node, frozenset[int], frozenset[int]]]:
        """Yield a set that leads back to the thing it begins with, without that: who played with
        Ada is not Ada."""
        things = [self.linked.things[number] for number in one.things]
        own = [it for it in things if one.ids.intersection(e.id for e in it.entities)]
        left = one.ids - {entity.id for thing in own for entity in thing.entities}
        if loops(one.steps) and own and left:
            yield Without(one.node, tuple(own)), frozenset(), one.things

    def _measured(self, sets: Sequence[Chain]) -> Iterator[Candidate]:
        """Yield the most or least of a set by a date, a quantity or a number of things, how old
        that is, and what there is besides."""
        cue = self.linked.places(EXCEPTING | LEAVING_OUT)
        form: Form = "how old" if self.frame.form == "how old" else "which"
        for one in sets:
            for found in superlatives(one, self.texts, self.around):
                longer = replace(one, steps=found.steps)
                words = found.words | (self.linked.places(AGED) if form == "how old" else set())
                yield self.made(Question(form, found.target), longer, words)
                if cue:
                    rest = Without(one.node, (found.target,))
                    others = found.words | cue | self.linked.places(CUES_OF_REST)
                    yield self.made(Question("which", rest), longer, others)

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
        yield replace(self.made(Question("which", node, time=time), beside, cues), grounds=ground)


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
