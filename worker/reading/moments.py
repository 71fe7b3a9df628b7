"""Times that a question does not write as dates: when something else happened.

"When Emma came out", "on becoming rector", "in the year of the battle": each thing that is named
may say a time by a date of its own, and two things by the fact that joins them. Which of them is
meant is for a scorer to say.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from worker.heads.timing import AskedTime, as_day, time_of
from worker.reading.around import Around, Step
from worker.reading.chains import Chain
from worker.types import Fact


@dataclass(frozen=True)
class Moment:
    """A time, the names that say it and the steps that lead to it."""

    time: AskedTime
    things: frozenset[int]
    steps: tuple[Step, ...]
    facts: tuple[Fact, ...]  # that say so


def ever(today: date) -> AskedTime:
    """Return all times up to today, as what is yet to come has never been."""
    return AskedTime(None, today, "ever")


def moments(
    first: Sequence[Chain], sets: Sequence[Chain], around: Around, today: date
) -> list[Moment]:
    """Return the times that named things may say, alone and two together."""
    found = [one for chain in first for one in _of_its_own(chain, around)]
    for chain in sets:
        for other in first:
            if len(chain.steps) == 1 and not chain.things & other.things:
                found += _joining(chain, other, around, today)
    return found


def _of_its_own(chain: Chain, around: Around) -> Iterator[Moment]:
    """Yield the dates of a thing, and the time from its beginning to its end."""
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
                yield Moment(time, chain.things, (step,), (fact,))
    if "starts" in days and "ends" in days:
        (first, one, begun), (last, other, over) = days["starts"], days["ends"]
        if first.start and last.end and first.start < last.end:
            time = AskedTime(first.start, last.end, f"while {name} lasted")
            yield Moment(time, chain.things, (one, other), (begun, over))


def _days_of(fact: Fact, words: str) -> AskedTime | None:
    """Return the days that a fact's object may mean; None for what is no day of the calendar."""
    value = time_of(fact.object)
    start, end = (as_day(value.start), as_day(value.end)) if value else (None, None)
    if start is None or not date.min < start < date.max:
        return None
    return AskedTime(start, end or start, words)


def _joining(chain: Chain, other: Chain, around: Around, today: date) -> Iterator[Moment]:
    """Yield the times of the facts that lead from one thing to another."""
    relation, _ = chain.steps[0]
    for fact in joining(chain, other, around):
        if fact.valid_from is None or fact.valid_from <= date.min:
            continue
        what = f"{fact.object.name} became {relation.name} of {fact.subject.name}"
        things = chain.things | other.things
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
    starts = (*chain.before, *chain.ends)
    return any(
        fact.valid_to is not None and fact.valid_to <= today
        for step in chain.steps
        for start in starts
        for fact in (*around.facts(start, step), *around.facts(start, _turned(step)))
    )


def _turned(step: Step) -> Step:
    relation, known = step
    return relation, "object" if known == "subject" else "subject"
