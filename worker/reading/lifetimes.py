"""Sets of things that are gone, that are still there, and that were there at a time, by when each
began and ended."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date

from worker.english.comparing import GONE, NO_LONGER, STILL_THERE, THERE_THEN
from worker.english.words import NEGATIONS
from worker.heads.timing import AskedTime, as_day, time_of
from worker.reading.around import Around
from worker.reading.chains import Chain
from worker.reading.linked import Linked
from worker.reading.question import AllOf, Node, Option, Reached, Thing, Without
from worker.relation_roles import BEGINNINGS, ENDINGS
from worker.types import EntityRef, RelationRole, RelationSpec

_ENDED, _BEGUN = "in the past", "or before"
_DENIED = NEGATIONS | NO_LONGER


def gone_or_there(
    whole: Chain, linked: Linked, relations: Sequence[RelationSpec], around: Around, today: date
) -> Iterator[Chain]:
    """Yield those of a set that have ended by ``today``, where the question says that of them, and
    those that have not: "which banks no longer exist?", "the judges still living"."""
    gone, there = linked.places(GONE), linked.places(STILL_THERE)
    denied = linked.places(_DENIED)
    if not gone and not there:
        return
    has_ended = bool(denied) if there else not denied
    for relation, ends in _dated(whole, ENDINGS, relations, around):
        days = {id_: day for id_, day in ends.items() if _is_by(day, today)}
        ended = _on(relation, list(days.values()), _ENDED)
        left = tuple(end for end in whole.ends if end.id not in days)
        kept = tuple(end for end in whole.ends if end.id in days)
        if kept and has_ended:
            yield _of(whole, AllOf((whole.node, ended)), kept, gone | there | denied)
        elif kept and left:
            yield _of(whole, Without(whole.node, (ended,)), left, gone | there | denied)


def there_then(
    whole: Chain, linked: Linked, relations: Sequence[RelationSpec], around: Around
) -> Iterator[Chain]:
    """Yield those of a set that had begun by a time and not ended before it: "which banks existed
    in 1910?"."""
    time, cue = linked.time, linked.places(THERE_THEN)
    if time is not None and cue and not (time.pick or time.now):
        for new in _there_then(whole, time, relations, around):
            yield replace(new, words=new.words | cue | linked.time_words)


def _there_then(
    whole: Chain, time: AskedTime, relations: Sequence[RelationSpec], around: Around
) -> Iterator[Chain]:
    for relation, days in _dated(whole, BEGINNINGS, relations, around):
        begun = {id_: one for id_, one in days.items() if _is_by(one, time.end)}
        over = _over_by(whole, time, relations, around)
        gone = {id_ for _, ends in over for id_ in ends}
        kept = tuple(end for end in whole.ends if end.id in begun.keys() - gone)
        if not kept:
            continue
        words = f"{time.words} {_BEGUN}"
        node: Node = AllOf((whole.node, _on(relation, [begun[one.id] for one in kept], words)))
        out = [_on(end, list(ends.values()), f"before {time.words}") for end, ends in over]
        node = Without(node, tuple(out)) if out else node
        yield _of(whole, node, kept, frozenset())


def _over_by(
    whole: Chain, time: AskedTime, relations: Sequence[RelationSpec], around: Around
) -> list[tuple[RelationSpec, dict[str, EntityRef]]]:
    """Return for each relation that says when something ended those of a set that had by a time."""
    if time.start is None:
        return []
    found = []
    for relation, ends in _dated(whole, ENDINGS, relations, around):
        over = {id_: day for id_, day in ends.items() if _is_by(day, time.start)}
        found += [(relation, over)] if over else []
    return found


def _of(whole: Chain, node: Node, kept: tuple[EntityRef, ...], words: frozenset[int]) -> Chain:
    return Chain(
        whole.things, node, whole.steps, kept, words=whole.words | words, met=whole.all_met
    )


def _on(relation: RelationSpec, days: Sequence[EntityRef], words: str) -> Reached:
    distinct = {day.id: day for day in days}
    return Reached(Thing(tuple(distinct.values()), words), (Option(relation, "object"),))


def _dated(
    whole: Chain,
    roles: tuple[RelationRole, ...],
    relations: Sequence[RelationSpec],
    around: Around,
) -> Iterator[tuple[RelationSpec, dict[str, EntityRef]]]:
    """Yield each relation that says when things of a set began or ended, with the day of each."""
    if whole.things:
        around.look(whole.seen)
    for relation in relations:
        if relation.role in roles and relation.used:
            days = {
                end.id: fact.object
                for end in whole.ends
                for fact in around.facts(end, (relation, "subject"))[-1:]
            }
            if days:
                yield relation, days


def _is_by(day: EntityRef, last: date | None) -> bool:
    """Tell whether a day is known to be no later than another."""
    value = time_of(day)
    first = as_day(value.start) if value is not None else None
    return first is not None and (last is None or first <= last)
