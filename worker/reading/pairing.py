"""Readings that ask of two things: whether the one is in the set that is the other, since when,
how long and until when."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from worker.english.comparing import BEGINS, DURATIONS, ENDS, RAN_OUT
from worker.heads.timing import AskedTime
from worker.reading.alignment import most_said
from worker.reading.candidate import AskedOfMemory, Candidate, unnamed
from worker.reading.chains import Chain
from worker.reading.moments import asks_for_end, ever
from worker.reading.question import AllOf, Form, Option, Question, Reached, Thing
from worker.reading.sets import JOINED, Sets
from worker.types import OPPOSITE

_FEW = 3  # things of a set that it is asked of whether they are in another


class Pairs(AskedOfMemory):
    """Makes such candidates of one question, of which ``sets`` looks up what has a date."""

    def __init__(self, asked: AskedOfMemory, sets: Sets) -> None:
        super().__init__(asked.linked, asked.memory, asked.around, asked.alignment, asked.today)
        self._sets = sets
        self.forms = self._forms()

    def candidates(self, sets: Sequence[Chain], first: Sequence[Chain]) -> Iterator[Candidate]:
        """Yield whether a thing, one of ``first`` or a small set, is in one of ``sets``, and since
        when, how long and until when."""
        forms = self.forms
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
                    words = self.operator_words("form") | self.operator_words("negated")
                    yield self.made(question, new, words)

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

    def _forms(self) -> list[Form]:
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
        for node, words in self.picked(one) if form == "whether" and first else ():
            question = Question("whether", node, among=other.node, time=ever(self.today))
            both = replace(one, things=one.things | other.things, steps=(*one.steps, *other.steps))
            words |= self.operator_words("form") | (self.linked.time_words if picks else set())
            yield self.made(question, both, words)

    def _pair(self, one: Chain, other: Chain, form: Form) -> Candidate:
        whether = form == "whether"
        question = Question(
            form, one.node, among=other.node, time=self.linked.time if whether else None,
            negated=whether and (self.frame.negated or self.frame.over),
            now=whether and self._present,
        )  # fmt: skip
        words = one.words | self.operator_words("form") | self.time_words(question)
        words |= self.operator_words("negated") | self.operator_words("now")
        if not whether:
            ran_out = " ".join(RAN_OUT).split() if asks_for_end(self.texts) else ()
            words |= self.linked.places((*BEGINS, *ENDS, *ran_out, *DURATIONS, "how", "many"))
        both = replace(one, things=one.things | other.things, steps=(*one.steps, *other.steps))
        return self.made(question, both, words)

    def _comparable(self, one: Chain, other: Chain) -> bool:
        types = {end.type for end in one.ends}
        return bool(one.ids & other.ids) or bool(types & {end.type for end in other.ends})


def _may_be_paired(one: Chain, other: Chain, form: Form, most: int) -> bool:
    """Tell whether it may be asked if a set is in another, by ``most`` relations, or since when a
    thing is."""
    if form == "whether":
        return len({relation.id for relation, _ in (*one.steps, *other.steps)}) <= most
    return not other.steps and bool(other.ids & one.ids)
