"""A question understood as a whole, looked up once and said once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from worker.english.nouns import SAYS_MORE
from worker.heads.answering import Reading
from worker.heads.timing import AskedTime
from worker.reading import ages, say
from worker.reading.about import asks_about, say_about
from worker.reading.compare import comparison, say_comparison
from worker.reading.execute import MOST_THINGS, Execution, Found, Member
from worker.reading.items import Item
from worker.reading.operators import Frame, framed
from worker.reading.parse import SLACK_WHERE_UNKNOWN, TOGETHER, Parsed, Parser, Ranker
from worker.reading.question import (
    Node,
    Picked,
    Reached,
    Thing,
    Without,
    options_in,
    steps_in,
    things_in,
)
from worker.reading.sharing import shared
from worker.reading.stems import spoken_by, stem
from worker.reading.verdicts import Verdict, judged, options_of
from worker.types import EntityRef, Fact, TracedAnswer

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
    if asked.time is None and _surely_plain(frame, parser, asked.past):
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


def _tried(parser: Parser, items: Sequence[Item], *, whether: bool = False) -> Iterator[Parsed]:
    """Yield the likeliest readings and, where they lead to nothing, those that cost more."""
    likeliest = parser.readings(items, whether=whether)
    yield from likeliest
    for one in parser.readings(items, whether=whether, slack=SLACK_WHERE_UNKNOWN):
        if one not in likeliest:
            yield one


def _set(asked: Asked, frame: Frame, parser: Parser) -> TracedAnswer | None:
    reading = asked.reading(_time_of(asked, frame))
    execution = Execution(reading)
    counts_all = frame.form == "how many" and asked.past and asked.time is None
    first: Node | None = None
    for one in _tried(parser, frame.items):
        target = _applied(one.target, frame)
        if first is None and _plain(target) and not frame.now and not counts_all:
            return _published(asked, frame, target)
        first = first or target
        found = execution.find(target)
        if found.members:
            return _said(asked, reading, target, found, frame)
    if first is None:
        return None
    execution.missing = []
    execution.find(first)
    return reading.abstain(say.why_nothing(execution, first))


def _published(asked: Asked, frame: Frame, target: Node) -> TracedAnswer | None:
    """Answer a plain question with a time by when the things themselves came out or were founded,
    where the facts that lead to them have no dates: "films by X after 1990". None where nothing
    of the kind is recorded."""
    if asked.time is None or asked.time.now or asked.time.pick:
        return None
    reading = asked.reading(_all_times())
    execution = Execution(reading)
    found = execution.find(target)
    kept = Found(cut=found.cut)
    dated = False
    for member in found.all[:MOST_THINGS]:
        if _has_dates(member) or member.entity.type not in ("MISC", "ORG"):
            return None
        day, facts = execution.date_of(member, of_its_own=True)
        dated = dated or bool(day)
        if day and _within(day, asked.time):
            kept.add(Member(member.entity, (*member.facts, *facts)))
    if not dated:
        return None
    if not kept.members:
        return reading.abstain(f"Nothing of this is recorded for the time ({asked.time.words}).")
    return _said(asked, reading, target, kept, frame)


def _has_dates(member: Member) -> bool:
    last = member.facts[-1]
    return last.valid_from is not None or last.valid_to is not None


def _within(day: str, time: AskedTime) -> bool:
    first = date.fromisoformat(day)
    return (time.start is None or first >= time.start) and (time.end is None or first <= time.end)


def _said(asked: Asked, reading: Reading, target: Node, found: Found, frame: Frame) -> TracedAnswer:
    _note(reading, target)
    if kind := _unchecked(asked.items, target):
        reading.understood.append(f"Whether it is a {kind} was not looked up.")
    scores = say.scores_of(options_of(target))
    return say.say_set(reading, found, count=frame.form == "how many", scores=scores)


def _unchecked(items: Sequence[Item], target: Node) -> str:
    """Return the word that says of people what no relation of a reading says: "politician"."""
    spoken = {word for option in options_in(target) for word in spoken_by(option.relation)}
    kinds = (item.text for item in items if item.kind == "word" and item.text in SAYS_MORE)
    return next((kind for kind in kinds if stem(kind) not in spoken), "")


def in_more_steps(asked: Asked, ranker: Ranker) -> TracedAnswer | None:
    """Return the answer to a question that reads as one step, but found nothing so, where it reads
    as several as well: "Who acts in films by X?"; None where it does not."""
    frame = framed(asked.items)
    if frame.form not in ("which", "how many"):
        return None
    for one in Parser(ranker).readings(frame.items, slack=SLACK_WHERE_UNKNOWN):
        if _plain(one.target):
            continue
        reading = asked.reading(asked.time)
        found = Execution(reading).find(one.target)
        if found.members:
            return _said(asked, reading, one.target, found, frame)
    return None


def may_be_read_otherwise(items: Sequence[Item]) -> bool:
    """Tell whether a question has no operator, so that another way of reading it, which accounts
    for all its words as well, may answer where this one found nothing."""
    frame = framed(items)
    if TOGETHER.intersection(item.text for item in items):
        return False
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
    if isinstance(target, Picked):
        note = f"“{target.words}” is judged by when the facts or the things themselves began."
        reading.understood.append(note)
    for word in say.derived_in(target):
        reading.understood.append(f"“{word}” follows from several facts; none states it.")
    if steps_in(target) > 1:
        reading.understood.append(f"Taken for: {say.described(target)}.")


def _whether(asked: Asked, frame: Frame, parser: Parser) -> TracedAnswer | None:
    reading = asked.reading(_all_times())
    texts = [item.text for item in asked.items if item.kind == "word"]
    present = texts[:1] != [] and texts[0] in _PRESENT and not asked.past
    for one in _tried(parser, frame.items, whether=True):
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


def _between(
    asked: Asked, frame: Frame, parser: Parser
) -> tuple[Reading, list[Fact], Parsed] | None:
    """Return the facts that say what a question asks the time of."""
    reading = asked.reading(_all_times())
    for one in _tried(parser, frame.items, whether=True):
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
