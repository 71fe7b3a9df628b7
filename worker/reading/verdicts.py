"""Whether something is so: what the facts say for it and against it, and when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from worker.heads.answering import Reading, other_side
from worker.heads.timing import AskedTime
from worker.reading.execute import Execution, Member
from worker.reading.question import Node, Reached
from worker.relation_roles import AROUND
from worker.types import EntityRef, Fact, Side

_DEPTH = 3  # places around a place


@dataclass(frozen=True)
class Verdict:
    """``yes`` is None where the facts neither state it nor rule it out."""

    yes: bool | None
    facts: tuple[Fact, ...] = ()
    why: str = ""


def judged(
    execution: Execution, target: Node, among: Node, *, present: bool, time: AskedTime | None
) -> Verdict:
    """Tell whether one of ``among`` is in ``target``.

    ``execution`` reads facts of all times; ``time`` is asked about, ``present`` tells that today
    is meant otherwise. What has ended, or is yet to come, is not so today.
    """
    members = execution.find(among, inner=True).all
    asked = _of_the_time(execution, members, present=present, time=time)[:5]
    found = execution.find(target)
    for member in asked:
        hit = found.members.get(member.entity.id)
        facts = (*member.facts, *_that_counts(execution, hit, time)) if hit else None
        if facts is None and (back := execution.leads_to(member.entity, target)) is not None:
            facts = (*member.facts, *back)
        if facts is not None:
            return _in_time(execution.reading, facts, present=present, time=time)
    for member in asked:
        if (verdict := _otherwise(execution, target, member)) is not None:
            return verdict
    return Verdict(None)


def _of_the_time(
    execution: Execution, members: Sequence[Member], *, present: bool, time: AskedTime | None
) -> Sequence[Member]:
    """Return the members of a set that are in it at the time that is asked about, or today: "the
    coach of X" is none who has left. All where no time is meant, and where none is in it today."""
    today = execution.reading.today
    then = time is not None and not time.now
    wanted = time if then else AskedTime(today, today, "") if present else None
    if wanted is None:
        return members
    held = [
        member
        for member in members
        if not member.facts or any(map(wanted.holds, execution.times(member)))
    ]
    return held if then else held or members


def _that_counts(execution: Execution, hit: Member, time: AskedTime | None) -> tuple[Fact, ...]:
    """Return the facts that lead to a member; of several for the last step the one that holds at
    the time, which is today if none is asked about, else the last that has begun."""
    today = execution.reading.today
    times = sorted(execution.times(hit), key=lambda fact: fact.valid_from or date.min)
    if len(times) < 2:
        return hit.facts
    wanted = time if time is not None and not time.now else AskedTime(today, today, "")
    held = [fact for fact in times if wanted.holds(fact)]
    begun = [fact for fact in times if fact.valid_from is None or fact.valid_from <= today]
    return (*hit.facts[:-1], (held or begun or times)[-1])


def _in_time(
    reading: Reading, facts: Sequence[Fact], *, present: bool, time: AskedTime | None
) -> Verdict:
    """Judge facts that say so by when they hold."""
    last = facts[-1]
    today = reading.today
    if time is not None and not time.now:
        held = time.holds(last)
        dated = last.valid_from or last.valid_to
        return Verdict(held or not dated, tuple(facts), "" if held and dated else _undated(last))
    if last.valid_from and last.valid_from > today:
        return Verdict(False, tuple(facts), "not yet")
    if present and last.valid_to and last.valid_to <= today:
        return Verdict(False, tuple(facts), "not any more")
    return Verdict(True, tuple(facts))


def _undated(fact: Fact) -> str:
    return "" if fact.valid_from or fact.valid_to else "with no dates recorded"


def _otherwise(execution: Execution, target: Node, member: Member) -> Verdict | None:
    """Return a no that a fact gives: the relation has one value, and it is another one."""
    if not isinstance(target, Reached) or target.derived:
        return None
    option = target.options[0]
    if not option.relation.single_valued:
        return None
    if option.known == "object":
        own = execution.reading.ask(option.relation, member.entity, "subject")
        goal = [one.entity for one in execution.find(target.of).all]
        return _ruled_out(execution, own, "subject", goal)
    goal = [member.entity]
    facts = [one.facts[-1] for one in execution.find(target).all if one.facts]
    return _ruled_out(execution, facts, option.known, goal)


def _ruled_out(
    execution: Execution, facts: Sequence[Fact], known: Side, goal: Sequence[EntityRef]
) -> Verdict | None:
    """Judge by the other value that is known: not so, unless the one lies in the other."""
    if not facts or not goal:
        return None
    held = [fact for fact in facts if _holds_now(fact, execution.reading)] or list(facts)
    for fact in held:
        there = other_side(fact, known)
        if not _comparable(there, goal[0]):
            return None
        if there.type == "LOC" and goal[0].id:
            chain = _inside(execution, there, {one.id for one in goal})
            if chain is not None:
                return Verdict(True, (fact, *chain))
            if _contains(execution, goal[0]):
                return None
    return Verdict(False, tuple(held))


def _comparable(there: EntityRef, goal: EntityRef) -> bool:
    """Tell whether one thing leaves no room for another: both of one type, or a name that nobody
    knows beside a thing."""
    if not goal.id:
        return there.kind == "item"
    return there.type == goal.type and there.type in ("PER", "ORG", "MISC", "LOC")


def _holds_now(fact: Fact, reading: Reading) -> bool:
    return AskedTime(reading.today, reading.today, "").holds(fact)


def _inside(execution: Execution, place: EntityRef, goal: set[str]) -> tuple[Fact, ...] | None:
    """Return the facts by which a place lies in one of ``goal``; None where none say so."""
    reading = execution.reading
    relations = [r for r in reading.memory.relations() if r.role in AROUND]
    front: list[tuple[EntityRef, tuple[Fact, ...]]] = [(place, ())]
    for _ in range(_DEPTH):
        further = []
        for entity, chain in front:
            for relation in relations:
                for fact in reading.ask(relation, entity, "subject")[:3]:
                    if fact.object.id in goal:
                        return (*chain, fact)
                    further.append((fact.object, (*chain, fact)))
        front = further[:6]
    return None


def _contains(execution: Execution, place: EntityRef) -> bool:
    """Tell whether the memory knows anything that lies in a place: then others may as well."""
    reading = execution.reading
    return any(
        bool(reading.ask(relation, place, "object"))
        for relation in reading.memory.relations()
        if relation.role in AROUND
    )
