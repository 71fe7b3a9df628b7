"""How old somebody is or was, how long something lasted, and how long ago it happened."""

from __future__ import annotations

from datetime import date

from worker.heads.answering import Reading
from worker.heads.timing import AskedTime, as_day, time_of
from worker.relation_roles import BEGINNINGS, ENDINGS
from worker.types import EntityRef, Fact, RelationRole, TracedAnswer


def years_between(first: date, last: date) -> int:
    """Return the whole years from one day to another."""
    return last.year - first.year - ((last.month, last.day) < (first.month, first.day))


def span_of_years(first: date, last: date) -> str:
    """Return how long it is from one day to another, in years, else in months."""
    years = years_between(first, last)
    if years:
        return f"{years} year{'s' if years > 1 else ''}"
    months = max(1, (last.year - first.year) * 12 + last.month - first.month)
    return f"{months} month{'s' if months > 1 else ''}"


def dates_of(
    reading: Reading, entity: EntityRef, roles: tuple[RelationRole, ...]
) -> tuple[Fact, date] | None:
    """Return the fact that says when something began or ended, and the first day it may mean."""
    for relation in reading.memory.relations():
        if relation.role in roles:
            for fact in reading.ask(relation, entity, "subject"):
                value = time_of(fact.object)
                day = as_day(value.start) if value is not None else None
                if day is not None and day > date.min:
                    return fact, day
    return None


def began(reading: Reading, entity: EntityRef) -> tuple[Fact, date] | None:
    """Return the fact that says when something was born or founded, and the day."""
    return dates_of(reading, entity, BEGINNINGS)


def say_age(
    reading: Reading, entity: EntityRef, *, at_end: bool, time: AskedTime | None
) -> TracedAnswer:
    """Return how old something is today, was on a day, or was when it ended."""
    born = began(reading, entity)
    if born is None:
        return reading.abstain(f"The memory does not know when {entity.name} began or was born.")
    died = dates_of(reading, entity, ENDINGS)
    facts = [born[0]]
    last, suffix = reading.today, ""
    if time is not None and time.end is not None:
        last, suffix = time.end, " then"
    elif died is not None:
        last, suffix = died[1], " at the end"
        facts.append(died[0])
    elif at_end:
        return reading.abstain(f"The memory does not know when {entity.name} died or ended.")
    if last < born[1]:
        return reading.abstain(f"{entity.name} had not begun or been born by then.")
    precise = all(len(fact.object.name) > len("1900") for fact in facts)
    years = years_between(born[1], last)
    about = "" if precise and not (time and time.start != time.end) else "About "
    return reading.answer(facts, answers=(), opening=f"{about}{years} years old{suffix}.")


def lasted(reading: Reading, entity: EntityRef) -> tuple[list[Fact], date, date] | None:
    """Return the facts that say when something began and ended, and the two days; the second is
    today where no end is known. None without a beginning, or if that is yet to come."""
    first = began(reading, entity)
    if first is None or first[1] > reading.today:
        return None
    last = dates_of(reading, entity, ENDINGS)
    if last is None:
        return [first[0]], first[1], reading.today
    return [first[0], last[0]], first[1], last[1]


def say_lasted(reading: Reading, entity: EntityRef) -> TracedAnswer:
    """Return how long something lasted or lived, so far where no end of it is known."""
    found = lasted(reading, entity)
    if found is None:
        return reading.abstain(f"The memory does not know when {entity.name} began or was born.")
    facts, first, last = found
    if last < first:
        return reading.abstain(f"What is recorded has {entity.name} end before it began.")
    so_far = "" if len(facts) > 1 else " so far"
    opening = f"About {span_of_years(first, last)}{so_far}."
    return reading.answer(facts, answers=(), opening=opening)


def say_how_long_ago(reading: Reading, facts: list[Fact]) -> TracedAnswer:
    """Return how long ago it was what the objects of facts date."""
    for fact in facts:
        value = time_of(fact.object)
        day = as_day(value.start) if value is not None else fact.valid_from
        if day is not None and day <= reading.today:
            years = reading.today.year - day.year
            if value is not None and value.precision == "day":
                years = years_between(day, reading.today)
            return reading.answer([fact], answers=(), opening=f"About {years} years ago.")
    return reading.abstain("The memory does not know when that was.")
