"""Sets of things that a question may be about: in two of them at once, or in one and not another,
of a date or size that is asked for, and the kin of one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from itertools import combinations
from math import inf

from worker.english.comparing import ALSO, EITHER, OR
from worker.english.words import NEGATIONS, TOGETHER
from worker.heads.answering import Reading
from worker.heads.timing import AskedTime, as_day, standing, time_of
from worker.reading.around import Step
from worker.reading.candidate import AskedOfMemory
from worker.reading.chains import Chain, chains_from, whole_worth, worth
from worker.reading.exclusions import excepting
from worker.reading.execute import Execution, extent_of
from worker.reading.kinship import Kin, back_from, kin_node, kin_of
from worker.reading.lifetimes import gone_or_there, there_then
from worker.reading.look_up import ALL_TIMES
from worker.reading.measures import counted
from worker.reading.question import AllOf, AnyOf, Node, Option, Reached, Thing, Without, things_in
from worker.reading.sizes import Size, sizes_of
from worker.types import OPPOSITE, SIDES, EntityRef, RelationSpec

VALUES = frozenset(["TIME", "NUM"])  # what two sets share by chance
JOINED = 12  # sets that conditions are put on
MOST_JOINED = 60
_WIDENED = 10  # sets of two conditions that a third is put on
_MOST_OF_TWO = 2  # names and times for which two conditions are enough


class Sets(AskedOfMemory):
    """Makes sets of other sets of one question."""

    def joined(self, sets: Sequence[Chain]) -> list[Chain]:
        """Return what is in two sets at once, or in one of both, and a step from there."""
        best = sorted(sets, key=lambda one: -worth(self.alignment, one))
        short = _some_of_each([one for one in best if len(one.steps) < 3])
        both = [new for pair in combinations(short, 2) for new in self._of_two(*pair)]
        if self.linked.time is not None:
            time, words = self.linked.time, self.linked.time_words
            both += [new for one in best[:JOINED] for new in self.dated(one, time, words)]
        both += [new for one in best[:JOINED] for new in self._limited(one)]
        both += [new for one in best for new in self._lacking(one)]
        both.sort(key=lambda one: -whole_worth(self.alignment, one))
        both = self._best([*both[:MOST_JOINED], *self._of_three(both[:_WIDENED], short)])
        on = chains_from(both, self.around, self.alignment, 1) if both else []
        return [*both, *on, *self._best(self._of_three(self._best(on)[:_WIDENED], short))]

    def _best(self, sets: Iterable[Chain]) -> list[Chain]:
        """Return the likeliest of some sets, each once, whatever the order of its conditions."""
        apart = {frozenset(_parts(one.node)): one for one in reversed([*sets])}
        return sorted(apart.values(), key=lambda it: -whole_worth(self.alignment, it))[:MOST_JOINED]

    def _of_three(self, both: Sequence[Chain], short: Sequence[Chain]) -> Iterator[Chain]:
        """Yield what fulfils a further condition, where a question says enough for three."""
        told = len(self.linked.things) + (self.linked.time is not None)
        for one in both if told > _MOST_OF_TWO else ():
            yield from map(_as_told, self._further(one, short))

    def _further(self, one: Chain, short: Sequence[Chain]) -> Iterator[Chain]:
        """Yield those of a set that fulfil one condition more."""
        for other in short:
            if not other.things <= one.things:
                yield from self._together(one, other)
                yield from self._apart(one, other)
        if self.linked.time is not None and not self.linked.time_words & one.words:
            yield from self.dated(one, self.linked.time, self.linked.time_words)
        if not one.words:
            yield from self._limited(one)

    def _limited(self, one: Chain) -> Iterator[Chain]:
        """Yield those of a set that are gone or there, as large, or have as many of something."""
        yield from self._sized(one)
        yield from counted(one, self.linked.items, self.around)
        relations = self.memory.relations()
        yield from gone_or_there(one, self.linked, relations, self.around, self.today)
        yield from there_then(one, self.linked, relations, self.around)

    def _of_two(self, one: Chain, other: Chain) -> Iterator[Chain]:
        if one.things != other.things or not one.things:
            yield from self._together(one, other)
        yield from self._apart(one, other)
        yield from self._apart(other, one)

    def _together(self, one: Chain, other: Chain) -> Iterator[Chain]:
        things, steps = one.things | other.things, (*one.steps, *other.steps)
        shared = tuple(end for end in one.ends if end.id in other.ids and end.type not in VALUES)
        more = len(one.things | other.things) > max(len(one.things), len(other.things))
        if shared and (more or _are_of_all(one, other)):
            words = one.words | other.words | self.linked.places(TOGETHER | ALSO)
            met = (*one.all_met, *other.all_met)
            node = AllOf((*_parts(one.node), *_parts(other.node)))
            yield Chain(things, node, steps, shared, words=words, met=met)
        same = one.steps == other.steps
        types = {end.type for end in one.ends} & {end.type for end in other.ends}
        if types and (OR if same else EITHER).intersection(self.linked.texts):
            ends = tuple({end.id: end for end in (*one.ends, *other.ends)}.values())
            words = one.words | other.words | self.linked.places(OR)
            steps = one.steps if same else steps
            met = (*one.before, *other.before)
            either = AnyOf((one.node, other.node))
            yield Chain(things, either, steps, ends, words=words, met=met)

    def _apart(self, one: Chain, other: Chain) -> Iterator[Chain]:
        """Yield what is in one set and not in another: "not", "no", "without", "except those"."""
        denied = self.linked.places(NEGATIONS)
        cue = denied or excepting(self.linked, self.frame)
        left = tuple(end for end in one.ends if end.id not in other.ids)
        types = {end.type for end in one.ends} & {end.type for end in other.ends}
        if not cue or not left or not types or _are_of_one_name(one, other):
            return
        if not self._is_denied(other, one, max(cue)):
            return
        steps, words = (*one.steps, *other.steps), one.words | other.words | cue
        things = one.things | other.things
        for stated in (False, True) if denied else (False,):
            if _says_whose(other) if stated else one.ids & other.ids:
                node = Without(one.node, (other.node,), stated=stated)
                met = (*one.all_met, *other.all_met)
                yield Chain(things, node, steps, left, words=words, met=met)

    def _is_denied(self, out: Chain, kept: Chain, cue: int) -> bool:
        """Tell whether a "not" may deny one of two sets and not the other: of the names that only
        one of them is reached from, the first after the word belongs to what it denies. Where all
        stand before it, either may be."""
        for number, at in enumerate(self.linked.name_places):
            if at > cue and (number in out.things) != (number in kept.things):
                return number in out.things
        return True

    def _lacking(self, whole: Chain) -> Iterator[Chain]:
        """Yield the things of a set that the last step leads nowhere from: "has no ..."."""
        cue = self.linked.places(NEGATIONS)
        if not cue or not isinstance(whole.node, Reached) or len(whole.steps) < 2:
            return
        relation, known = whole.steps[-1]
        left = tuple(one for one in whole.before if not self.around.facts(one, (relation, known)))
        if left:
            back = Reached(whole.node, (Option(relation, OPPOSITE[known]),))
            node = Without(whole.node.of, (back,))
            yield Chain(whole.things, node, whole.steps, left, words=whole.words | cue)

    def kin(self, sets: Sequence[Chain]) -> Iterator[Chain]:
        """Yield the kin of the things of sets that a word of the question asks for."""
        execution = Execution(Reading(self.memory, ALL_TIMES, today=self.today))
        for at, text in enumerate(self.linked.texts):
            kin = kin_of(text) if text else None
            if kin is None:
                continue
            for one in sets:
                if at in one.words:
                    continue
                node = kin_node(kin, one.node, self.memory.relations())
                ends = tuple(m.entity for m in execution.find(node).all) if node else ()
                if node is not None and ends:
                    words = one.words | {at}
                    new = Chain(one.things, node, one.steps, ends, one.ends, words)
                    yield new
                    yield from self._childless(one, new, kin)

    def _childless(self, one: Chain, of_them: Chain, kin: Kin) -> Iterator[Chain]:
        """Yield the things of a set that are the kin of none: "ministers without children"."""
        cue = self.linked.places(NEGATIONS)
        back = back_from(kin)
        if not cue or back is None or not one.steps:
            return
        having = kin_node(back, of_them.node, self.memory.relations())
        if having is None:
            return
        found = Execution(Reading(self.memory, ALL_TIMES, today=self.today)).find(having).members
        left = tuple(end for end in one.ends if end.id not in found)
        if left and len(left) < len(one.ends):
            node = Without(one.node, (having,))
            yield Chain(one.things, node, one.steps, left, words=of_them.words | cue)

    def dated(self, whole: Chain, time: AskedTime, words: frozenset[int]) -> Iterator[Chain]:
        """Yield the set of those whose own dates lie in a time, which words at some places say."""
        if time.now or time.pick:
            return
        time = _whole_year(time)
        if whole.things:
            self.around.look(whole.seen)
        for step in self.around.steps:
            relation, known = step
            if known != "subject" or relation.object_types != ("TIME",):
                continue
            kept = [(end, days) for end in whole.ends if (days := self._days(end, step, time))]
            if kept:
                within = {day.id: day for _, found in kept for day in found}
                when = Thing(tuple(within.values()), time.words)
                there = Reached(when, (Option(relation, "object"),))
                node, steps = _both(whole, there, self._as_said(relation))
                ends = tuple(end for end, _ in kept)
                yield Chain(whole.things, node, steps, ends, words=whole.words | words)

    def _sized(self, whole: Chain) -> Iterator[Chain]:
        """Yield the set of those of which a quantity is as large as is asked for: "under 300"."""
        for size in sizes_of(self.linked.items):
            for step in self.around.steps_from(whole.seen):
                relation, known = step
                if known == "object" or relation.object_types != ("NUM",):
                    continue
                kept = self._as_large(whole.ends, step, size)
                if kept:
                    held = {value.id: value for _, value in kept}
                    there = Reached(
                        Thing(tuple(held.values()), size.words), (Option(relation, "object"),)
                    )
                    things = whole.things | self.linked.numbers(size.places)
                    node, steps = _both(whole, there, self._as_said(relation))
                    ends = tuple(end for end, _ in kept)
                    yield Chain(things, node, steps, ends, words=whole.words | size.places)

    def _as_said(self, relation: RelationSpec) -> Step:
        """Return the step of a condition on a value, from the side that the words speak for: "born
        in 1960" is said as if it led from the year."""
        return max(((relation, known) for known in SIDES), key=self.alignment.best)

    def _as_large(
        self, ends: Sequence[EntityRef], step: Step, size: Size
    ) -> list[tuple[EntityRef, EntityRef]]:
        """Return the things of which the quantity lies within a bound, each with it; none where
        the quantities are of several units, as "over 5" is then said of none of them."""
        measured = []
        for end in ends:
            for fact in standing(self.around.facts(end, step), self.today, past=False)[-1:]:
                if (extent := extent_of(fact.object)) is not None:
                    measured.append((end, fact.object, extent))
        if len({extent.unit for _, _, extent in measured} - {""}) > 1:
            return []
        return [(end, value) for end, value, it in measured if size.holds(it.low, it.high)]

    def _days(self, end: EntityRef, step: Step, time: AskedTime) -> list[EntityRef]:
        found = []
        for fact in self.around.facts(end, step):
            value = time_of(fact.object)
            day = as_day(value.start) if value is not None else None
            if day is not None and _within(day, time):
                found.append(fact.object)
        return found


def _parts(node: Node) -> tuple[Node, ...]:
    return node.parts if isinstance(node, AllOf) else (node,)


def _as_told(one: Chain) -> Chain:
    """Return a set with its conditions in the order of the names that they come from."""
    if not isinstance(one.node, AllOf):
        return one
    return replace(one, node=replace(one.node, parts=tuple(sorted(one.node.parts, key=_place))))


def _place(node: Node) -> float:
    return min((span.start for it in things_in(node) for span in it.spans), default=inf)


def _both(whole: Chain, there: Reached, step: Step) -> tuple[Node, tuple[Step, ...]]:
    """Return what is in a set and has a value, and the steps that lead there; where the set is all
    that have such a value, those with this one."""
    relation, _ = step
    if not whole.things and whole.steps == ((relation, "object"),):
        return there, whole.steps
    return AllOf((*_parts(whole.node), there)), (*whole.steps, step)


def _are_of_all(one: Chain, other: Chain) -> bool:
    """Tell whether one of two sets is all that a relation leads to, and so a condition on the
    other, which is made otherwise: "members who have a child"."""
    short = [it for it in (one, other) if not it.things and len(it.steps) == 1]
    if not short or (not one.things and not other.things and len(short) < 2):
        return False
    return {relation.id for relation, _ in one.steps}.isdisjoint(
        relation.id for relation, _ in other.steps
    )


def _are_of_one_name(one: Chain, other: Chain) -> bool:
    """Tell whether two sets are reached from the same name otherwise than by two of its own
    relations, which alone are meant then, if any."""
    if one.things != other.things:
        return False
    return one.steps == other.steps or not (_is_one_step(one) and _is_one_step(other))


def _is_one_step(one: Chain) -> bool:
    return len(one.steps) == 1 and not one.words


def _says_whose(one: Chain) -> bool:
    """Tell whether a set is all those of which a relation says that they are so of something."""
    return isinstance(one.node, Reached) and not one.node.derived


def _some_of_each(sets: Sequence[Chain]) -> list[Chain]:
    """Return the first sets that are reached from each of the names."""
    counts: Counter[frozenset[int]] = Counter()
    found = []
    for one in sets:
        counts[one.things] += 1
        if counts[one.things] <= JOINED:
            found.append(one)
    return found


def _whole_year(time: AskedTime) -> AskedTime:
    """Return the year for a day that is told by how many years ago it was: what came out four years
    ago did so in that year."""
    if time.start is None or time.start != time.end or not time.words.endswith("years ago"):
        return time
    year = time.start.year
    return replace(time, start=date(year, 1, 1), end=date(year, 12, 31))


def _within(day: date, time: AskedTime) -> bool:
    return (time.start is None or day >= time.start) and (time.end is None or day <= time.end)
