"""When a question asks about: its words for a time, as days, apart from the rest of it.

"Who led X in 1998?" asks about a year; "What was founded in 1998?" names one. Which of the two
it is, the read head decides by what else the question names; here a time is only found.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from worker.english.times import (
    BARE_YEAR,
    BEGAN,
    CUE,
    MONTHS,
    NOW,
    ONWARD,
    PICK,
    PICKS,
    WINDOWS,
    Pick,
)
from worker.literals import parse_time
from worker.types import EntityRef, Fact, TimeValue, holds_on

_LONGEST = 7  # words of one time: "from the 3rd of May 1990", "the second half of the 19th century"
_WORD = re.compile(r"[^\s?!]+")
_A_DAY = timedelta(days=1)


@dataclass(frozen=True)
class AskedTime:
    """The days that a question asks about, both included; None is open.

    ``words`` are the question's own. ``pick`` chooses among the facts of these days by when they
    began. ``now`` is today, for which a fact without dates needs no remark. ``begins``: what began
    then is asked for, and not what went on: "who took office after 2000?"
    """

    start: date | None
    end: date | None
    words: str
    pick: Pick = ""
    now: bool = False
    begins: bool = False

    def holds(self, fact: Fact) -> bool:
        """Tell whether ``fact`` held on one of the days; ``valid_to`` is the first day after. Of
        what does not last, such as an award, the day that is known is the only one."""
        if fact.valid_from is not None and self._asks_when_begun(fact):
            return holds_on(fact.valid_from, fact.valid_from + _A_DAY, self.start, self.end)
        return holds_on(fact.valid_from, fact.valid_to, self.start, self.end)

    def _asks_when_begun(self, fact: Fact) -> bool:
        if self.start is None or self.start == self.end or fact.valid_from == date.max:
            return False
        return self.begins or not (fact.relation.lasts or fact.valid_to)


def time_of(entity: EntityRef) -> TimeValue | None:
    """Return the time that an entity is; None for what is none."""
    if isinstance(entity.value, TimeValue):
        return entity.value
    return parse_time(entity.name) if entity.kind != "quantity" else None


def on_day(day: date) -> AskedTime:
    """Return a single day as a time."""
    return AskedTime(day, day, f"as of {_written(day, years=False)}")


@dataclass(frozen=True)
class Timed:
    """A question without its words for a time, which stood at ``[start, end)``."""

    text: str
    time: AskedTime
    start: int
    end: int

    def moved(self, at: int) -> int:
        """Return where a place of the whole question is in ``text``."""
        return at if at <= self.start else max(self.start, at - (self.end - self.start))


def asked_times(question: str, today: date) -> Iterator[Timed]:
    """Yield the readings of ``question`` with a time taken out, the likeliest first."""
    begins = BEGAN.search(question) is not None
    for timed in _timed(question, today):
        yield replace(timed, time=replace(timed.time, begins=begins)) if begins else timed


def _timed(question: str, today: date) -> Iterator[Timed]:
    yield from _cued(question)
    if (match := BARE_YEAR.search(question)) and (value := parse_time(match["year"])):
        time = _window("during", value, match["year"])
        yield taken_out(question, match.start(), match.end(), time)
    if match := NOW.search(question):
        time = AskedTime(today, today, match.group(), now=True)
        yield taken_out(question, match.start(), match.end(), time)
    if match := PICK.search(question):
        time = AskedTime(None, None, match["pick"], PICKS[match["pick"].lower()])
        yield taken_out(question, match.start("pick"), match.end("pick"), time)


def _cued(question: str) -> Iterator[Timed]:
    for match in CUE.finditer(question):
        cue = WINDOWS[re.sub(r"\s+", " ", match["cue"].lower())]
        words = list(_WORD.finditer(question, match.end()))[:_LONGEST]
        for count in range(len(words), 0, -1):
            end = words[count - 1].end()
            text = question[match.end() : end].rstrip(",.;:)")
            end = match.end() + len(text)
            onward = ONWARD.match(question, end)
            if time := _read("since" if onward else cue, match["cue"], text):
                end = onward.end() if onward else end
                yield taken_out(question, match.start(), end, time)
                break


def _read(cue: str, word: str, text: str) -> AskedTime | None:
    if not re.search(r"[0-9]{3}|[0-9]{2} ?(?:bc|ad)|century|millennium", text, re.IGNORECASE):
        return None
    whole = f"{word} {text}"
    value = parse_time(whole) if cue == "range" or word.lower() == "from" else None
    if value is not None and value.start and value.end:  # "from 1990 to 1995"
        return _window("during", value, whole)
    value = parse_time(text) if cue != "range" else None
    return _window(cue, value, whole) if value is not None else None


def _window(cue: str, value: TimeValue, words: str) -> AskedTime:
    start, end = as_day(value.start), as_day(value.end)
    if cue == "before":
        return AskedTime(None, _before(start), words)
    if cue == "after":
        return AskedTime(end + timedelta(days=1) if end and end < date.max else end, None, words)
    if cue == "since":
        return AskedTime(start, None, words)
    if cue == "until":
        return AskedTime(None, end, words)
    return AskedTime(start, end, words)


def _before(day: date | None) -> date:
    return day - timedelta(days=1) if day and day > date.min else date.min


def as_day(text: str) -> date | None:
    """Return an ISO day; one outside the calendar of ``date`` is its first or its last."""
    if not text:
        return None
    if text.startswith(("-", "0000")):
        return date.min
    return date.fromisoformat(text) if len(text) == len("YYYY-MM-DD") else date.max


def taken_out(question: str, start: int, end: int, time: AskedTime) -> Timed:
    """Return the question without a time at ``[start, end)`` and the blank or comma before it."""
    while start and question[start - 1] in " ,(":
        start -= 1
    while end < len(question) and question[end] in " ,)" and not start:
        end += 1
    return Timed(question[:start] + question[end:], time, start, end)


def chosen(facts: Sequence[Fact], time: AskedTime, today: date) -> tuple[Fact, ...]:
    """Return the facts that answer for ``time``.

    Facts with dates come first: those that held then. Only where none did, the facts without any
    dates answer, as they may have held. Picking needs dates for the same reason.
    """
    dated = [fact for fact in facts if _is_dated(fact) and time.holds(fact)]
    undated = tuple(fact for fact in facts if not _is_dated(fact))
    # What still holds is nobody's former post, whenever is asked about.
    if time.pick in ("former", "previous"):
        dated = _ended(dated, today)
    if not dated:
        return undated
    if time.pick in ("", "former"):
        return tuple(_at_the_edge(dated, time) or dated)
    edge = min(map(_begin, dated)) if time.pick == "first" else max(map(_begin, dated))
    return tuple(fact for fact in dated if _begin(fact) == edge)


def _ended(facts: Sequence[Fact], today: date) -> list[Fact]:
    return [fact for fact in facts if fact.valid_to and fact.valid_to <= today]


def _at_the_edge(facts: Sequence[Fact], time: AskedTime) -> list[Fact]:
    """Return of facts of which one holds at a time those that began in the year of "since", ended
    in that of "until", or did both of "from ... to ..."; none for other words."""
    if not all(fact.relation.single_valued for fact in facts):
        return []
    years = time.start and time.start.year, time.end and time.end.year
    match time.words.split(" ", 1)[0].lower():
        case "since" if time.start:
            return [fact for fact in facts if _years_of(fact)[0] == years[0]]
        case "until" | "till" if time.end:
            return [fact for fact in facts if _years_of(fact)[1] == years[1]]
        case "from" if time.start and time.end:
            return [fact for fact in facts if _years_of(fact) == years]
    return []


def _years_of(fact: Fact) -> tuple[int | None, int | None]:
    """Return the first and the last year in which a fact held; None for what is unknown."""
    last = _before(fact.valid_to).year if fact.valid_to else None
    return fact.valid_from.year if fact.valid_from else None, last


def _is_dated(fact: Fact) -> bool:
    return fact.valid_from is not None or fact.valid_to is not None


def _begin(fact: Fact) -> date:
    return fact.valid_from or date.min


def standing(
    facts: Sequence[Fact], today: date, *, past: bool, ever: bool = False
) -> tuple[Fact, ...]:
    """Return the facts that answer a question without a time.

    What holds today answers alone where it exists, unless the question is in the ``past`` tense
    and its relation takes several objects: whoever asks where someone worked means all places.
    Whoever asks who has ``ever`` led something means all as well.
    """
    facts = [fact for fact in facts if fact.valid_from is None or fact.valid_from <= today]
    now = tuple(fact for fact in facts if AskedTime(today, today, "").holds(fact))
    if not now or ever or (past and not any(fact.relation.single_valued for fact in facts)):
        return tuple(facts)
    return now


def period(fact: Fact, today: date = date.max) -> str:
    """Return when a fact held, for its sentence: "from 1990 to 1994", "since 3 May 2001", and,
    after ``today``, "planned from 2031"."""
    if fact.valid_from is None and fact.valid_to is None:
        return ""
    if fact.valid_to == date.min:
        return "before the year 1"
    last = _before(fact.valid_to) if fact.valid_to else None
    first = fact.valid_from
    years = _whole_years(first, last)
    begins, ends = (_written(day, years) if day else "" for day in (first, last))
    if first is not None and first > today:
        return f"planned from {begins}{f' to {ends}' if ends else ''}"
    return _between(begins, ends, years)


def edge(fact: Fact, *, until: bool) -> str:
    """Return from or until when a fact held, the day or the year that ``period`` says; empty where
    that is open, or before the year 1."""
    day = fact.valid_to if until else fact.valid_from
    if day is None or (until and day == date.min):
        return ""
    last = _before(fact.valid_to) if fact.valid_to else None
    years = _whole_years(fact.valid_from, last)
    return _written(_before(day) if until else day, years)


def _between(begins: str, ends: str, years: bool) -> str:
    if begins and begins == ends:
        return f"in {begins}" if years else f"on {begins}"
    if begins and ends:
        return f"from {begins} to {ends}"
    return f"since {begins}" if begins else f"until {ends}"


def _whole_years(first: date | None, last: date | None) -> bool:
    """Tell whether both ends are those of years: a day would claim more than was said."""
    begins = first is None or (first.month, first.day) == (1, 1)
    return begins and (last is None or (last.month, last.day) == (12, 31))


def _written(day: date, years: bool) -> str:
    return str(day.year) if years else f"{day.day} {MONTHS[day.month - 1]} {day.year}"
