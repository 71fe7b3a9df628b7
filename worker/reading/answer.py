"""A question understood as a whole, looked up once and said once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from worker.heads.answering import Reading
from worker.heads.timing import AskedTime
from worker.reading import ages, say
from worker.reading.about import asks_about, say_about
from worker.reading.compare import comparison, say_comparison
from worker.reading.execute import Execution
from worker.reading.items import Item
from worker.reading.operators import Frame, framed
from worker.reading.parse import Parsed, Parser, Ranker
from worker.reading.question import Node, Picked, Reached, Thing, Without, steps_in, things_in
from worker.reading.sharing import shared
from worker.reading.verdicts import Verdict, judged, options_of
from worker.types import EntityRef, TracedAnswer

_PAST = frozenset("was were did had used".split())  # noqa: SIM905
_PRESENT = frozenset("is are does do has have".split())  # noqa: SIM905
_AT_END = frozenset("died die death dead end ended he she it they when at".split())  # noqa: SIM905


@dataclass(frozen=True)
class Asked:
    """A question as items, the time that was taken out of it, and how reads are made."""

    items: Sequence[Item]
    time: AskedTime | None
    past: bool
    reading: Callable[[AskedTime | None], Reading]  # for a time: None is what holds today
    anchored: bool = False  # a name in it stands for a time


def answer(asked: Asked, ranker: Ranker) -> TracedAnswer | None:
    """Return the answer; None for what is one plain read, and for what is not understood."""
    if (thing := asks_about(asked.items)) is not None and asked.time is None:
        return say_about(asked.reading(_all_times()), thing)
    if (compared := comparison(asked.items)) is not None and asked.time is None:
        return say_comparison(asked.reading(None), compared)
    if asked.anchored:
        return None
    parser = Parser(ranker)
    if (same := shared(asked.items, parser)) is not None:
        return _found(asked, same)
    frame = framed(asked.items)
    if _surely_plain(frame, parser, asked.past):
        return None
    if frame.form in ("how long", "since when", "until when"):
        return _periods(asked, frame, parser)
    if frame.form == "how old":
        return _age(asked, frame, parser)
    if frame.form == "how long ago":
        return _ago(asked, frame, parser)
    if frame.form == "whether":
        return _whether(asked, frame, parser)
    return _set(asked, frame, parser)


def _surely_plain(frame: Frame, parser: Parser, past: bool) -> bool:
    """Tell whether a question has nothing in it but one name and what is asked of it."""
    operators = frame.excluded or frame.negated or frame.now or frame.place is not None
    if frame.form == "how many" and past:
        operators = True
    return frame.form in ("which", "how many") and not operators and not parser.nests(frame.items)


def _all_times() -> AskedTime:
    return AskedTime(None, None, "")


def _set(asked: Asked, frame: Frame, parser: Parser) -> TracedAnswer | None:
    readings = [
        replace(one, target=_applied(one.target, frame)) for one in parser.readings(frame.items)
    ]
    counts_all = frame.form == "how many" and asked.past
    if not readings or (_plain(readings[0].target) and not frame.now and not counts_all):
        return None
    reading = asked.reading(_time_of(asked, frame))
    execution = Execution(reading)
    for one in readings:
        execution.missing = []
        found = execution.find(one.target)
        if found.members:
            _note(reading, one.target)
            scores = say.scores_of(options_of(one.target))
            return say.say_set(reading, found, count=frame.form == "how many", scores=scores)
    execution.missing = []
    execution.find(readings[0].target)
    return reading.abstain(say.why_nothing(execution, readings[0].target))


def in_more_steps(asked: Asked, ranker: Ranker) -> TracedAnswer | None:
    """Return the answer to a question that reads as one step, but found nothing so, where it reads
    as several as well: "Who acts in films by X?"; None where it does not."""
    frame = framed(asked.items)
    if frame.form not in ("which", "how many"):
        return None
    for one in Parser(ranker).readings(frame.items):
        if _plain(one.target):
            continue
        reading = asked.reading(asked.time)
        found = Execution(reading).find(one.target)
        if found.members:
            _note(reading, one.target)
            scores = say.scores_of(options_of(one.target))
            return say.say_set(reading, found, count=frame.form == "how many", scores=scores)
    return None


def may_be_read_otherwise(items: Sequence[Item]) -> bool:
    """Tell whether a question has no operator, so that another way of reading it, which accounts
    for all its words as well, may answer where this one found nothing."""
    frame = framed(items)
    return frame == replace(Frame(tuple(items)), form=frame.form, items=frame.items) and (
        frame.form in ("which", "how many")
    )


def _found(asked: Asked, target: Node) -> TracedAnswer:
    """Return the answer that names the members of a set that was read in one way only."""
    reading = asked.reading(asked.time)
    execution = Execution(reading)
    found = execution.find(target)
    if not found.members:
        return reading.abstain(say.why_nothing(execution, target))
    _note(reading, target)
    return say.say_set(reading, found, count=False, scores={})


def _time_of(asked: Asked, frame: Frame) -> AskedTime | None:
    """Return the time to read for: that of the question, else today where it says so."""
    today = asked.reading(None).today
    if frame.place_word == "next":
        return AskedTime(today + timedelta(days=1), None, "next")
    if frame.place is not None and asked.time is None:
        return _all_times()
    if asked.past and asked.time is None and (frame.excluded or frame.form == "how many"):
        return _all_times()
    if frame.now and asked.time is None:
        return AskedTime(today, today, "today", now=True)
    return asked.time


def _applied(target: Node, frame: Frame) -> Node:
    if frame.excluded:
        target = Without(target, frame.excluded)
    if frame.place is not None:
        target = Picked(target, frame.place, frame.place_word)
    return target


def _plain(target: Node) -> bool:
    """Tell whether a set is one read of a thing that the question names."""
    plain = isinstance(target, Reached) and isinstance(target.of, Thing)
    return plain and isinstance(target, Reached) and not target.every and not target.derived


def _note(reading: Reading, target: Node) -> None:
    """Say what a name was taken for that is not its own, and what was derived."""
    for thing in things_in(target):
        for entity in thing.entities:
            if entity.how in ("partial", "spelling"):
                reading.understood.append(f"“{thing.name}” is taken for {entity.name}.")
    for word in say.derived_in(target):
        reading.understood.append(f"“{word}” follows from several facts; none states it.")
    if steps_in(target) > 1:
        reading.understood.append(f"Taken for: {say.described(target)}.")


def _whether(asked: Asked, frame: Frame, parser: Parser) -> TracedAnswer | None:
    reading = asked.reading(_all_times())
    texts = [item.text for item in asked.items if item.kind == "word"]
    present = texts[:1] != [] and texts[0] in _PRESENT and not asked.past
    for one in parser.readings(frame.items, whether=True):
        if one.among is None:
            continue
        execution = Execution(reading)
        verdict = judged(
            execution, one.target, one.among, present=present or frame.now, time=asked.time
        )
        if verdict.yes is None:
            continue
        yes = verdict.yes != (frame.negated or frame.over)
        _note(reading, one.target)
        return say.say_verdict(
            reading, verdict.facts, yes=yes, why=_why(verdict, frame),
            scores=say.scores_of(options_of(one.target)),
        )  # fmt: skip
    return None


def _why(verdict: Verdict, frame: Frame) -> str:
    return "" if frame.negated or frame.over else verdict.why


def _between(asked: Asked, frame: Frame, parser: Parser) -> tuple[Reading, list, Parsed] | None:  # type: ignore[type-arg]
    """Return the facts that say what a question asks the time of."""
    reading = asked.reading(_all_times())
    for one in parser.readings(frame.items, whether=True):
        if one.among is None:
            continue
        verdict = judged(Execution(reading), one.target, one.among, present=False, time=None)
        if (verdict.facts and verdict.yes is not False) or verdict.why == "not yet":
            return reading, list(verdict.facts[-1:]), one
    return None


def _periods(asked: Asked, frame: Frame, parser: Parser) -> TracedAnswer | None:
    found = _between(asked, frame, parser)
    if found is None:
        return None
    reading, facts, one = found
    scores = say.scores_of(options_of(one.target))
    if frame.form == "how long":
        return say.say_how_long(reading, facts, scores)
    return say.say_since(reading, facts, scores, until=frame.form == "until when")


def _age(asked: Asked, frame: Frame, parser: Parser) -> TracedAnswer | None:
    texts = [item.text for item in frame.items if item.kind == "word"]
    left = [text for text in texts if text not in _PAST | _PRESENT | _AT_END]
    nodes = [item for item in frame.items if item.kind == "node" and item.node is not None]
    if left or len(nodes) != 1:
        return None
    reading = asked.reading(None)
    entities = _entities(reading, nodes[0].node)
    if len(entities) != 1:
        return None
    at_end = bool({"died", "die", "death", "ended"}.intersection(texts))
    return ages.say_age(reading, entities[0], at_end=at_end, time=asked.time)


def _entities(reading: Reading, node: Node | None) -> list[EntityRef]:
    return [one.entity for one in Execution(reading).find(node).all] if node is not None else []


def _ago(asked: Asked, frame: Frame, parser: Parser) -> TracedAnswer | None:
    reading = asked.reading(_all_times())
    when = Item("word", "when", 0, 0)
    for one in parser.readings([when, *frame.items]):
        found = Execution(reading).find(one.target)
        facts = say.facts_of(found.all)
        if facts:
            return ages.say_how_long_ago(reading, facts[-1:])
    return None
