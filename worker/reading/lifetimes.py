"""Sets of things that are gone, that are still there, and that were there at a time, by when each
began and ended."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from worker.english.comparing import GONE, STILL_THERE, THERE_THEN
from worker.english.words import NEGATIONS
from worker.heads.timing import as_day, time_of
from worker.reading.around import Around
from worker.reading.chains import Chain
from worker.reading.linked import Linked
from worker.reading.question import AllOf, Node, Option, Reached, Thing, Without
from worker.relation_roles import BEGINNINGS, ENDINGS
from worker.types import EntityRef, RelationRole, RelationSpec

_ENDED, _BEGUN = "in the past", "or before"
_DENIED = NEGATIONS | {"longer", "more", "anymore"}


def gone_or_there(
    whole: Chain, linked: Linked, relations: Sequence[RelationSpec], around: Around
) -> Iterator[Chain]:
    """Yield those of a set that have ended, where the question says that of them, and those that
    have not: "which banks no longer exist?", "the judges still living"."""
    gone, there = linked.places(GONE), linked.places(STILL_THERE)
    denied = linked.places(_DENIED)
    if not gone and not there:
        return
    for relation, days in _dated(whole, ENDINGS, relations, around):
        ended = _on(relation, list(days.values()), _ENDED)
        left = tuple(end for end in whole.ends if end.id not in days)
        kept = tuple(end for end in whole.ends if end.id in days)
        if (gone and not (there or denied)) or (there and denied):
            node: Node = AllOf((whole.node, ended))
            yield _of(whole, node, kept, gone | there | denied)
        elif left:
            yield _of(whole, Without(whole.node, (ended,)), left, gone | there | denied)


def there_then(
    whole: Chain, linked: Linked, relations: Sequence[RelationSpec], around: Around
) -> Iterator[Chain]:
    """Yield those of a set that had begun by a time and not ended before it: "which banks existed
    in 1910?"."""
    time, cue = linked.time, linked.places(THERE_THEN)
    if time is None or not cue or time.pick or time.now:
        return
    for relation, days in _dated(whole, BEGINNINGS, relations, around):
        begun = {id_: one for id_, one in days.items() if _is_by(one, time.end)}
        out: list[Node] = []
        for ending, ends in _dated(whole, ENDINGS, relations, around):
            over = {id_: one for id_, one in ends.items() if time.start and _is_by(one, time.start)}
            begun = {id_: one for id_, one in begun.items() if id_ not in over}
            out += [_on(ending, list(over.values()), f"before {time.words}")] if over else []
        if not begun:
            continue
        words = f"{time.words} {_BEGUN}"
        node: Node = AllOf((whole.node, _on(relation, list(begun.values()), words)))
        node = Without(node, tuple(out)) if out else node
        kept = tuple(end for end in whole.ends if end.id in begun)
        yield _of(whole, node, kept, cue | linked.time_words)


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
