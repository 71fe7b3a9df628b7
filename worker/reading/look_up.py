"""A question's value looked up once and said once: the same for whoever understood it.

Knows no English: what a question means stands in its value alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from typing import TypeAlias

from worker.heads.answering import Reading
from worker.heads.timing import AskedTime
from worker.reading import ages, say
from worker.reading.about import say_about
from worker.reading.amounts import recorded_number
from worker.reading.compare import say_comparison
from worker.reading.execute import MOST_THINGS, Execution, Found, Member
from worker.reading.question import (
    Form,
    Node,
    Option,
    Picked,
    Question,
    Reached,
    Thing,
    parts_below,
    steps_in,
    things_in,
)
from worker.reading.tallies import say_numbers
from worker.reading.verdicts import Verdict, judged
from worker.types import Fact, TracedAnswer

ALL_TIMES = AskedTime(None, None, "")
ReadingFor: TypeAlias = Callable[[AskedTime | None], Reading]
_OF_TODAY: tuple[Form, ...] = ("how old", "compare")


def looked_up(question: Question, reading_for: ReadingFor) -> TracedAnswer | None:
    """Return the answer to a question; None where the memory has nothing for it, which another
    way to read the question may have.

    ``reading_for`` begins the reads for a time; None is what holds today.
    """
    if question.form in ("which", "how many", "compare numbers", "how many more"):
        time = question.time
    else:
        time = None if question.form in _OF_TODAY else ALL_TIMES
    reading = reading_for(time)
    reading.asks = question
    return _SAID.get(question.form, _set)(question, reading)


def why_nothing(question: Question, reading_for: ReadingFor) -> TracedAnswer:
    """Return the abstention that says where the search for a set ended."""
    reading = reading_for(question.time)
    reading.asks = question
    execution = Execution(reading)
    execution.find(question.target)
    return reading.abstain(say.why_nothing(execution, question.target))


def why_not_compared(question: Question, reading_for: ReadingFor) -> TracedAnswer:
    """Return the abstention that says of which of two things there is nothing to count."""
    reading = reading_for(question.time)
    reading.asks = question
    execution = Execution(reading)
    for part in parts_below(question.target):
        if not execution.find(part, inner=True).members:
            what = say.described(part)
            return reading.abstain(
                f"The memory knows nothing of the kind, so that nothing can be compared: {what}."
            )
    return reading.abstain("There is more of this than is looked at, so that it was not compared.")


def is_plain(target: Node) -> bool:
    """Tell whether a set is one read of a thing that the question names."""
    return (
        isinstance(target, Reached)
        and isinstance(target.of, Thing)
        and not (target.every or target.derived)
    )


def options_of(node: Node) -> tuple[Option, ...]:
    """Return the relations of the last step of a set."""
    return node.options if isinstance(node, Reached) else ()


def _set(question: Question, reading: Reading) -> TracedAnswer | None:
    execution = Execution(reading)
    if question.form == "how many" and question.time is None:
        number = recorded_number(execution, question.target)
        if number is not None:
            return _said(replace(question, form="which"), reading, number)
    found = execution.find(question.target)
    if question.ended:
        found = _no_longer(found, execution)
    return _said(question, reading, found) if found.members else None


def _no_longer(found: Found, execution: Execution) -> Found:
    """Return the members whose last fact has ended, and who have not come back since."""
    kept = Found(cut=found.cut)
    for member in found.all:
        ends = [fact.valid_to for fact in execution.times(member)]
        if ends and all(end is not None and end <= execution.reading.today for end in ends):
            kept.add(member)
    return kept


def _said(question: Question, reading: Reading, found: Found) -> TracedAnswer:
    _note(reading, question, say.facts_of(found.all))
    scores = say.scores_of(options_of(question.target))
    return say.say_set(reading, found, count=question.form == "how many", scores=scores)


def published(question: Question, reading_for: ReadingFor) -> TracedAnswer | None:
    """Answer a plain question with a time by when the things themselves came out or were founded,
    where the facts that lead to them have no dates: "films by X after 1990". None where nothing
    of the kind is recorded."""
    time = question.time
    if time is None or time.now or time.pick:
        return None
    reading = reading_for(ALL_TIMES)
    reading.asks = question
    execution = Execution(reading)
    found = execution.find(question.target)
    kept = Found(cut=found.cut)
    dated = False
    for member in found.all[:MOST_THINGS]:
        if _has_dates(member) or member.entity.type not in ("MISC", "ORG"):
            return None
        day, facts = execution.date_of(member, of_its_own=True)
        dated = dated or bool(day)
        if day and _within(day, time):
            kept.add(Member(member.entity, (*member.facts, *facts)))
    if not dated:
        return None
    if not kept.members:
        return reading.abstain(f"Nothing of this is recorded for the time ({time.words}).")
    return _said(question, reading, kept)


def of_its_time(question: Question, begin: ReadingFor) -> TracedAnswer | None:
    """Return the answer to a question; where nothing that it cites has dates, of those things that
    have dates of their own the ones that fit its time. Dates themselves are at no time."""
    found = looked_up(question, begin)
    time = question.time
    if found is None or time is None or question.form not in ("which", "how many"):
        return found
    if any(fact.valid_from or fact.valid_to for fact in found.cited):
        return found
    if any(one.type == "TIME" for one in found.answers):
        return None
    return published(question, begin) or found


def _has_dates(member: Member) -> bool:
    last = member.facts[-1:]  # none where a thing is named, as all of a family are
    return any(one.valid_from is not None or one.valid_to is not None for one in last)


def _within(day: str, time: AskedTime) -> bool:
    first = date.fromisoformat(day)
    return (time.start is None or first >= time.start) and (time.end is None or first <= time.end)


def _note(reading: Reading, question: Question, facts: Sequence[Fact]) -> None:
    """Say what a name was taken for that is not its own, and what was derived."""
    target = question.target
    for thing in things_in(target):
        for entity in thing.entities:
            if entity.how in ("partial", "spelling"):
                reading.understood.append(f"“{thing.name}” is taken for {entity.name}.")
    if isinstance(target, Picked):
        note = f"“{target.words}” is judged by when the facts or the things themselves began."
        reading.understood.append(note)
    reading.understood += say.notes_on(target, facts)
    if steps_in(target) > 1:
        reading.understood.append(f"Taken for: {say.described(target)}.")
    reading.understood += question.remarks


def _whether(question: Question, reading: Reading) -> TracedAnswer | None:
    if question.among is None:
        return _any(question, reading)
    verdict = judged(
        Execution(reading), question.target, question.among, present=question.now,
        time=question.time,
    )  # fmt: skip
    if verdict.yes is None:
        return None
    _note(reading, replace(question, remarks=()), verdict.facts)
    return say.say_verdict(
        reading, verdict.facts, yes=verdict.yes != question.negated,
        why="" if question.negated else verdict.why,
        scores=say.scores_of(options_of(question.target)),
    )  # fmt: skip


def _any(question: Question, reading: Reading) -> TracedAnswer | None:
    """Answer whether there is anything in a set; that nothing is recorded is no "no"."""
    found = Execution(reading).find(question.target).all
    if not found:
        return None
    facts = say.facts_of(found[:1])
    scores = say.scores_of(options_of(question.target))
    return say.say_verdict(reading, facts, yes=True, why="", scores=scores)


def _between(question: Question, reading: Reading) -> list[Fact]:
    """Return the fact that says what a question asks the time of."""
    if question.among is None:
        return []
    execution = Execution(reading)
    verdict: Verdict = judged(execution, question.target, question.among, present=False, time=None)
    holds = (verdict.facts and verdict.yes is not False) or verdict.why == "not yet"
    return list(verdict.facts[-1:]) if holds else []


def _periods(question: Question, reading: Reading) -> TracedAnswer | None:
    if question.among is None:
        return _lasted(question, reading)
    facts = _between(question, reading)
    if not facts:
        return None
    scores = say.scores_of(options_of(question.target))
    if question.form == "how long":
        return say.say_how_long(reading, facts, scores)
    return say.say_since(reading, facts, scores, until=question.form == "until when")


def _lasted(question: Question, reading: Reading) -> TracedAnswer | None:
    things = Execution(reading).find(question.target).all
    return ages.say_lasted(reading, things[0].entity) if len(things) == 1 else None


def _age(question: Question, reading: Reading) -> TracedAnswer | None:
    found = Execution(reading).find(question.target).all
    if len(found) != 1:
        return None
    return ages.say_age(reading, found[0].entity, at_end=question.ended, time=question.time)


def _ago(question: Question, reading: Reading) -> TracedAnswer | None:
    facts = say.facts_of(Execution(reading).find(question.target).all)
    return ages.say_how_long_ago(reading, facts[-1:]) if facts else None


def _about(question: Question, reading: Reading) -> TracedAnswer | None:
    thing = question.target
    return say_about(reading, thing) if isinstance(thing, Thing) else None


def _numbers(question: Question, reading: Reading) -> TracedAnswer | None:
    said = say_numbers(question, reading)
    if said is None:
        return None
    _note(reading, question, said.cited)
    return replace(said, understood=tuple(reading.understood))


_SAID: dict[Form, Callable[[Question, Reading], TracedAnswer | None]] = {
    "whether": _whether,
    "how long": _periods,
    "since when": _periods,
    "until when": _periods,
    "how old": _age,
    "how long ago": _ago,
    "about": _about,
    "compare": say_comparison,
    "compare numbers": _numbers,
    "how many more": _numbers,
}
