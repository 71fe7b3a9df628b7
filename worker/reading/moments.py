"""Times that a question does not write as dates: when something else happened.

"When Emma came out", "on becoming rector", "in the year of the battle": each thing that is named
may say a time by a date of its own, and two things by the fact that joins them. Which of them is
meant is for a scorer to say.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import pairwise

from worker.english.comparing import ENDS, EVENT_CUES, RAN_OUT, TOLD_BY, WHEN
from worker.english.words import POSSESSIVES, QUESTION_WORDS, SUBJECT_PRONOUNS
from worker.heads.timing import AskedTime, as_day, time_of
from worker.reading.around import Around, Step
from worker.reading.chains import Chain
from worker.types import OPPOSITE, Fact

_FEW = 3  # facts that lead on from one name
MOST_MOMENTS = 24


@dataclass(frozen=True)
class Moment:
    """A time, the names that say it and the steps that lead to it."""

    time: AskedTime
    things: frozenset[int]
    steps: tuple[Step, ...]
    facts: tuple[Fact, ...]  # that say so
    of_its_own: bool = False  # a date of the named thing itself
    one_of: int = 1  # how many of the kind there are for the named thing

    def is_of(self, ids: Set[str]) -> bool:
        """Tell whether one of some things is in the fact that says when it was."""
        return any(one.id in ids for fact in self.facts[-1:] for one in (fact.subject, fact.object))


def is_of_theirs(texts: Sequence[str]) -> bool:
    """Tell whether a moment is told as something of those who are asked about: "when she left"."""
    return any(one in WHEN and two in SUBJECT_PRONOUNS for one, two in pairwise(texts))


def is_of_their_own(texts: Sequence[str]) -> bool:
    """Tell whether a moment is told as one of somebody who is named by whose they are: "when her
    father died"."""
    return any(one in TOLD_BY and two in POSSESSIVES for one, two in pairwise(texts))


def tells_when(texts: Sequence[str]) -> bool:
    """Tell whether a question may say when by what happened then; a "when" that comes first asks,
    unless another word does."""
    opens, rest = "".join(texts[:1]), texts[1:]
    asks = opens == "when" and QUESTION_WORDS.isdisjoint(rest)
    return not EVENT_CUES.isdisjoint(rest) or (opens in EVENT_CUES and not asks)


def asks_for_end(texts: Sequence[str]) -> bool:
    """Tell whether a word or two say that something ended: "left", "ran out"."""
    return not ENDS.isdisjoint(texts) or not RAN_OUT.isdisjoint(map(" ".join, pairwise(texts)))


def ever(today: date) -> AskedTime:
    """Return all times up to today, as what is yet to come has never been."""
    return AskedTime(None, today, "ever")


def may_say_when(moment: Moment, one: Chain, texts: Sequence[str]) -> bool:
    """Tell whether a moment may be the time of a set: that of another name, or of somebody who is
    told by a word such as "her": "when her father died"."""
    if moment.one_of != 1 or moment.things - one.things:
        return moment.one_of == 1
    theirs = len(moment.steps) > 1 and moment.steps[0] not in one.steps
    return theirs and is_of_their_own(texts)


def moments(
    first: Sequence[Chain], sets: Sequence[Chain], around: Around, today: date
) -> list[Moment]:
    """Return the times that named things may say: alone, two together, and one with what is one
    step from it."""
    found = [one for chain in first for one in _of_its_own(chain, around)]
    short = [chain for chain in sets if len(chain.steps) == 1 and len(chain.before) == 1]
    for chain in short:
        for other in first:
            if not chain.things & other.things:
                found += _joining(chain, joining(chain, other, around), other.things, today)
    for chain in short:
        facts = around.facts(chain.before[0], chain.steps[0])
        if len(facts) <= _FEW:
            alone = _joining(chain, facts, frozenset(), today)
            found += [replace(one, one_of=len(facts)) for one in alone]
            for fact in facts[:1] if len(chain.ends) == 1 else ():
                found += _of_its_own(chain, around, (fact,))
    return found[:MOST_MOMENTS]


def _of_its_own(chain: Chain, around: Around, led: tuple[Fact, ...] = ()) -> Iterator[Moment]:
    """Yield the dates of a thing, to which some facts lead, and the time from its beginning to
    its end."""
    name = chain.ends[0].name
    days: dict[str, tuple[AskedTime, Step, Fact]] = {}
    for step in around.steps_from(chain.ends):
        relation, known = step
        if known != "subject" or relation.object_types != ("TIME",):
            continue
        for fact in around.facts(chain.ends[0], step)[:1]:
            time = _days_of(fact, f"when the {relation.name} of {name} was")
            if time is not None:
                days[relation.role] = (time, step, fact)
                steps = (*chain.steps, step)
                yield Moment(time, chain.things, steps, (*led, fact), not chain.steps)
    if "starts" in days and "ends" in days:
        (first, one, begun), (last, other, over) = days["starts"], days["ends"]
        if first.start and last.end and first.start < last.end:
            time = AskedTime(first.start, last.end, f"while {name} lasted")
            yield Moment(
                time, chain.things, (*chain.steps, one, other), (*led, begun, over), not chain.steps
            )  # fmt: skip


def _days_of(fact: Fact, words: str) -> AskedTime | None:
    """Return the days that a fact's object may mean; None for what is no day of the calendar."""
    value = time_of(fact.object)
    start, end = (as_day(value.start), as_day(value.end)) if value else (None, None)
    if start is None or not date.min < start < date.max:
        return None
    return AskedTime(start, end or start, words)


def _joining(
    chain: Chain, facts: Sequence[Fact], others: frozenset[int], today: date
) -> Iterator[Moment]:
    """Yield the times of facts that lead from one thing to another."""
    relation, _ = chain.steps[0]
    for fact in facts:
        if fact.valid_from is None or fact.valid_from <= date.min:
            continue
        what = f"{fact.object.name} became {relation.name} of {fact.subject.name}"
        things = chain.things | others
        day = AskedTime(fact.valid_from, fact.valid_from, f"when {what}")
        yield Moment(day, things, chain.steps, (fact,))
        over = fact.valid_to or today + timedelta(days=1)
        if (over - fact.valid_from).days > 1:
            what = f"{fact.object.name} was {relation.name} of {fact.subject.name}"
            last = over - timedelta(days=1)
            whole = AskedTime(fact.valid_from, last, f"while {what}")
            yield Moment(whole, things, chain.steps, (fact,))


def joining(chain: Chain, other: Chain, around: Around) -> list[Fact]:
    """Return the facts by which the last step of a chain leads to a thing, the oldest first."""
    if not chain.steps or not chain.ids & other.ids:
        return []
    facts = [f for start in chain.before for f in around.facts(start, chain.steps[-1])]
    ends = [f for f in facts if other.ids & {f.subject.id, f.object.id}]
    return sorted(ends, key=lambda f: f.valid_from or date.min)


def has_past(chain: Chain, around: Around, today: date) -> bool:
    """Tell whether a step of a chain knows facts that have ended."""
    return any(fact.valid_to is not None and fact.valid_to <= today for fact in _met(chain, around))


def has_dates(chain: Chain, around: Around) -> bool:
    """Tell whether a step of a chain knows facts with dates."""
    return any(fact.valid_from or fact.valid_to for fact in _met(chain, around))


def _met(chain: Chain, around: Around) -> Iterator[Fact]:
    for step in chain.steps:
        for start in chain.all_met:
            yield from around.facts(start, step)
            yield from around.facts(start, _turned(step))


def _turned(step: Step) -> Step:
    relation, known = step
    return relation, OPPOSITE[known]


def until_begun(facts: Sequence[Fact], name: str) -> tuple[AskedTime | None, tuple[Fact, ...]]:
    """Return the time before the first of some facts, of which the last counts, and that fact."""
    begun = [f for f in facts if f.valid_from and f.valid_from > date.min]
    if not begun or not begun[0].valid_from:
        return None, ()
    day = begun[0].valid_from - timedelta(days=1)
    return AskedTime(None, day, f"before {name}", pick="last"), (begun[0],)


def once_over(facts: Sequence[Fact], name: str) -> tuple[AskedTime | None, tuple[Fact, ...]]:
    """Return the time after the last of some facts, of which the first counts, and that fact."""
    over = [(fact.valid_to, fact) for fact in facts if fact.valid_to]
    if not over or any(fact.valid_from and not fact.valid_to for fact in facts):
        return None, ()
    day, fact = max(over, key=lambda one: one[0])
    return AskedTime(day, None, f"after {name}", pick="first"), (fact,)


def was_there_already(
    chain: Chain, ground: Sequence[Fact], time: AskedTime, around: Around
) -> bool:
    """Tell whether somebody who goes on after a thing was in the set before it: that is a
    colleague, and who came next is not to be told by the first day."""
    begun = ground[0].valid_from or date.min
    return any(
        fact not in ground and time.holds(fact) and (fact.valid_from or date.min) < begun
        for start in chain.before
        for fact in around.facts(start, chain.steps[-1])
        if fact.valid_from or fact.valid_to
    )
