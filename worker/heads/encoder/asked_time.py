"""Whether the words for a time in a question say when it asks about, or name what it asks of."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from itertools import chain

from worker.heads.encoder.mentions import NamedEntity
from worker.heads.timing import AskedTime, Timed, asked_times, taken_out
from worker.reading.relative_times import future_times, relative_times


def time_of(
    text: str,
    named: Sequence[NamedEntity],
    today: date,
    taken: Sequence[tuple[int, int]] = (),
) -> tuple[Timed | None, list[NamedEntity]]:
    """Return the time that the question asks about, and what it names besides; none of the words
    at places that are ``taken`` says a time.

    A time inside a longer name ("the 2002 Winter Olympics") is none; one that is all the question
    names ("Who was born in 1867?") is what it asks of, not when.
    """
    relative = (taken_out(text, *found) for found in relative_times(text, today))
    future = (taken_out(text, *found) for found in future_times(text, today))
    for timed in chain(relative, asked_times(text, today), future):
        if any(_overlaps(timed, *place) for place in taken):
            continue
        inside = [mention for mention in named if _overlaps(timed, mention.start, mention.end)]
        if any(_outgrows(text, mention, timed) for mention in inside):
            continue
        others = [mention for mention in named if mention not in inside]
        if others or not inside:
            return timed, others
    return None, list(named)


def _overlaps(timed: Timed, start: int, end: int) -> bool:
    return start < timed.end and timed.start < end


def _outgrows(text: str, mention: NamedEntity, timed: Timed) -> bool:
    """Tell whether a name has more in it than the words for the time."""
    words = text[timed.start : timed.end]
    name = text[mention.start : mention.end]
    return name.casefold() not in words.casefold()


def moved(mention: NamedEntity, timed: Timed) -> NamedEntity:
    """Return a mention at its place in the question without the words for a time."""
    start, end = timed.moved(mention.start), timed.moved(mention.end)
    return NamedEntity(start, end, mention.entities)


def as_days(time: AskedTime) -> str:
    """Return, in a sentence, which days the words for a time are taken for."""
    if time.pick:
        return f"“{time.words}” is judged by when the facts began and ended."
    first = time.start.isoformat() if time.start else "the beginning"
    last = time.end.isoformat() if time.end else "today"
    days = first if first == last else f"{first} to {last}"
    return f"“{time.words}” is taken for {days}."
