"""Sets by what their things have: so many of something, the most of it, the greatest measure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from worker.english.comparing import COMPARED, GREATEST, LASTED, LASTING, LEAST, MANY, THAN
from worker.english.numbers import PLACES
from worker.reading.around import Around, Step
from worker.reading.chains import Chain
from worker.reading.counts import NumberAsked, numbers_asked
from worker.reading.execute import measure_of
from worker.reading.items import Item
from worker.reading.question import Counted, Option, Picked
from worker.types import EntityRef

_MOST_COUNTED = 8  # relations that the things of one set are counted by
_VALUES = frozenset(["TIME", "NUM"])
_NO_DAYS = MANY | {"greater"} | LASTED.keys()  # words that put no days in an order


@dataclass(frozen=True)
class Superlative:
    """What a set is picked from by, the steps that lead there, and the places of its words."""

    target: Picked
    steps: tuple[Step, ...]
    words: frozenset[int]


def superlative(word: str) -> tuple[int, ...]:
    """Return which of an order a word takes, -1 the greatest and 0 the least; nothing for a word
    that compares nothing.

    >>> superlative("cheapest"), superlative("staff")
    ((0,), ())
    """
    if word in LEAST:
        return (0,)
    return (-1,) if word in GREATEST else ()


def superlatives(one: Chain, texts: Sequence[str], around: Around) -> Iterator[Superlative]:
    """Yield the most or least of a set by a date, a quantity or a number of things: "the
    cheapest", "most staff", "the most children"."""
    for at, text in enumerate(texts):
        nth, text = _nth(text)
        places = superlative(text)
        if places and len(one.ends) > 1 and not _is_bound(at, texts):
            before = {at - 1} if at and texts[at - 1] in COMPARED else set()
            ordinal = at - 1 - len(before)
            if not nth and ordinal >= 0 and texts[ordinal] in PLACES:  # "second most recent"
                nth = PLACES[texts[ordinal]]
                before.add(ordinal)
            places = tuple(nth if place == 0 else place - nth for place in places)
            words = frozenset({at, *before})
            yield from _by_measure(one, text, places, words, around)
            if text in MANY:
                yield from _by_number(one, text, places, words, around)


def _nth(text: str) -> tuple[int, str]:
    """Return the place that a word says and the word without it; the place counts from 0.

    >>> _nth("second-oldest"), _nth("oldest")
    ((1, 'oldest'), (0, 'oldest'))
    """
    first, _, rest = text.partition("-")
    return (PLACES[first], rest) if first in PLACES and rest else (0, text)


def _is_bound(at: int, texts: Sequence[str]) -> bool:
    """Tell whether a word begins a bound in place of comparing all with each other: "more than
    three"."""
    return texts[at] in THAN and texts[at + 1 : at + 2] == ["than"]


def _by_measure(
    one: Chain, text: str, places: tuple[int, ...], words: frozenset[int], around: Around
) -> Iterator[Superlative]:
    if one.things:
        around.look(one.seen)
    for step in around.steps_from(one.seen):
        unit = _unit(one.seen, step, around) if step[1] == "subject" else None
        if unit is None or (unit == "day" and text in _NO_DAYS):
            continue  # how long something lasted is not when it began, and no day is "more"
        # The oldest is the one with the earliest date, the longest there as well.
        turned = unit == "day" and text in LASTING
        for place in (-1 - places[0],) if turned else places:
            target = Picked(one.node, place, text, by=Option(*step))
            yield Superlative(target, _with(one, step), words)


def _unit(ends: Sequence[EntityRef], step: Step, around: Around) -> str | None:
    """Return the unit of what a step leads to from things; None where that cannot be put in an
    order."""
    last = [around.facts(end, step)[-1:] for end in ends]
    values = [measure_of(facts[0].object) for facts in last if facts]
    units = {value[0] if value else "" for value in values}
    if len(values) < 2 or len(units) > 1 or None in values:
        return None
    return units.pop()


def _by_number(
    one: Chain, text: str, places: tuple[int, ...], words: frozenset[int], around: Around
) -> Iterator[Superlative]:
    for step in _counting(one, around):
        if len({_number(end, step, around) for end in one.seen}) > 1:
            for place in places:
                target = Picked(one.node, place, text, by=Option(*step), counted=True)
                yield Superlative(target, _with(one, step), words)


def counted(one: Chain, items: Sequence[Item], around: Around) -> Iterator[Chain]:
    """Yield the things of a set that have as many of something as is asked for."""
    for asked in numbers_asked(items):
        for step in _counting(one, around):
            kept = tuple(end for end in one.seen if asked.holds(_number(end, step, around)))
            if kept and (len(kept) < len(one.seen) or not asked.sign.startswith("<")):
                yield _with_number(one, asked, step, kept)


def _with_number(one: Chain, asked: NumberAsked, step: Step, kept: tuple[EntityRef, ...]) -> Chain:
    node = Counted(one.node, Option(*step), asked.sign, asked.value, asked.words)
    words = one.words | asked.places
    return Chain(one.things, node, _with(one, step), kept, words=words, met=one.all_met)


def _counting(one: Chain, around: Around) -> list[Step]:
    """Return the steps that lead from a set to things which can be counted."""
    steps = [
        (relation, known)
        for relation, known in around.steps_from(one.seen)
        if known == "object" or not _VALUES.intersection(relation.object_types)
    ]
    return steps[:_MOST_COUNTED]


def _number(end: EntityRef, step: Step, around: Around) -> int:
    return len(around.reached([end], step))


def _with(one: Chain, step: Step) -> tuple[Step, ...]:
    """Return the steps of a set and a further one, once where it is the one that made the set."""
    relation, known = step
    same = len(one.steps) == 1 and one.steps[0][0].id == relation.id and one.steps[0][1] != known
    return one.steps if same and not one.things else (*one.steps, step)
