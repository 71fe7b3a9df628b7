"""Whether a thing that a question names is still there, or gone: "is Ada still alive?".

Its own dates tell: when it was born or began, died or ended. Where no end is recorded it is taken
to be there, as what has no end is everywhere, and the answer says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from worker.english.comparing import BEYOND_DOUBT_THERE, GONE, NO_LONGER, STILL_THERE, THERE_BESIDE
from worker.english.words import AUXILIARIES, EMPTY, FINITE, NEGATIONS
from worker.heads.answering import Reading
from worker.heads.timing import AskedTime, as_day, time_of
from worker.reading.items import Item
from worker.reading.question import Option, Question, Reached, Thing
from worker.reading.spans import words_in
from worker.relation_roles import BEGINNINGS, ENDINGS
from worker.types import EntityRef, Fact, RelationRole

LONGEST_LIFE = 110  # years after which nobody without a recorded death is taken to be alive
_BY_THEN = frozenset(["already", "yet"])
_MAY_STAND = EMPTY | STILL_THERE | THERE_BESIDE | GONE | NEGATIONS | NO_LONGER | _BY_THEN


@dataclass(frozen=True)
class _Asked:
    """The thing, and whether it is asked of it to be ``gone``."""

    thing: Thing
    gone: bool


def existence(items: Sequence[Item], time: AskedTime | None, reading: Reading) -> Question | None:
    """Return the question whether a named thing is there or gone, at a time or today, as what a
    date of its own says; None for other questions, and where no date tells."""
    asked = _asked(items)
    if asked is None or len(asked.thing.entities) != 1 or (time is not None and time.pick):
        return None
    told = _told(asked.thing.entities[0], _at(time, reading.today), reading)
    if told is None:
        return None
    fact, there, remark = told
    day = Thing((fact.object,), fact.object.name)
    return Question(
        "whether",
        Reached(day, (Option(fact.relation, "object"),)),
        among=asked.thing,
        negated=there == asked.gone,
        remarks=(remark,) if remark else (),
        form_spans=words_in([item for item in items if item.kind == "word"]),
    )


def _asked(items: Sequence[Item]) -> _Asked | None:
    texts = [item.text for item in items if item.kind == "word"]
    things = [item.node for item in items if item.kind == "node"]
    owned = any(item.kind == "poss" for item in items)
    if len(things) != 1 or not isinstance(things[0], Thing) or owned:
        return None
    gone = _is_asked_to_be_gone(texts)
    return _Asked(things[0], gone) if gone is not None else None


def _is_asked_to_be_gone(texts: Sequence[str]) -> bool | None:
    """Tell whether words ask if something is gone; None where they ask neither for that nor
    whether it is there."""
    cues = {*texts}
    there = "still" in cues or not BEYOND_DOUBT_THERE.isdisjoint(cues)
    gone = not GONE.isdisjoint(cues)
    opens = texts[:1] != [] and texts[0] in FINITE and not {"n't", "not"}.intersection(texts[1:2])
    if not opens or there == gone or not cues <= _MAY_STAND:
        return None
    said = cues & (STILL_THERE | THERE_BESIDE | GONE) - AUXILIARIES - {"still"}
    if not said and cues - EMPTY <= {"still"}:
        return None  # "Is Ada still in Oslo?" without what she is
    denied = not (NEGATIONS | NO_LONGER).isdisjoint(cues)
    return gone != denied


def _at(time: AskedTime | None, today: date) -> tuple[date, date]:
    """Return the first and the last day of what is asked about."""
    if time is None or time.now:
        return today, today
    last = min(time.end or today, today)
    return min(time.start or last, last), last


def _told(
    entity: EntityRef, days: tuple[date, date], reading: Reading
) -> tuple[Fact, bool, str] | None:
    """Return the fact that tells, whether the thing was there by it, and what is to be said."""
    first, last = days
    begun, ended = _date_of(entity, BEGINNINGS, reading), _date_of(entity, ENDINGS, reading)
    if ended is not None and ended[1] <= last:
        was_there = ended[1] > first
        return ended[0], was_there, ""
    if begun is not None and begun[1] > last:
        return begun[0], False, ""
    if ended is not None:
        return ended[0], True, ""
    if begun is None or _is_too_old(entity, begun[1], last):
        return None
    return begun[0], True, "No end of it is recorded, so that it is taken to be there."


def _date_of(
    entity: EntityRef, roles: Sequence[RelationRole], reading: Reading
) -> tuple[Fact, date] | None:
    """Return the fact that says when a thing began or ended, with the first day that it may be."""
    for relation in reading.memory.relations():
        if relation.role in roles and relation.used:
            for fact in reading.every(relation, entity, "subject"):
                value = time_of(fact.object)
                day = as_day(value.start) if value is not None else None
                if day is not None:
                    return fact, day
    return None


def _is_too_old(entity: EntityRef, born: date, day: date) -> bool:
    return entity.type == "PER" and day.year - born.year > LONGEST_LIFE
