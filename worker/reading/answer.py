"""A question in words: understood as a whole, in several ways where it has them, and answered by
the first that the memory has something for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from worker.english.comparing import ENDED, REACHED
from worker.english.nouns import SAYS_MORE, singular
from worker.english.words import (
    ARTICLES,
    AT_ANY_TIME,
    FINITE,
    FINITE_BE,
    PRESENT_AUXILIARIES,
    SUBJECT_PRONOUNS,
    TOGETHER,
)
from worker.heads.timing import AskedTime
from worker.reading.about import asks_about
from worker.reading.by_number import compared, same
from worker.reading.compare import comparison
from worker.reading.existence import existence
from worker.reading.items import Item
from worker.reading.leftover import knows_kind
from worker.reading.look_up import (
    ALL_TIMES,
    ReadingFor,
    is_plain,
    looked_up,
    published,
    why_nothing,
)
from worker.reading.operators import Frame, framed
from worker.reading.paired import of_each_other, of_the_same, one_of_two
from worker.reading.parse import SLACK_WHERE_UNKNOWN, Parser
from worker.reading.parsed import Parsed, Ranker
from worker.reading.places import Place, asked_place, in_it, is_such
from worker.reading.question import (
    AllOf,
    AnyOf,
    Node,
    Picked,
    Question,
    Spans,
    Without,
    options_in,
    steps_in,
    things_in,
)
from worker.reading.spans import laid_out, words_in
from worker.reading.stems import spoken_by, stem
from worker.reading.tallies import rivals
from worker.types import TracedAnswer

_EVER = "ever"
_NEVER_ITSELF = frozenset(["continent", "continents"])  # no other place stands for one
_BESIDE_AGE = SUBJECT_PRONOUNS | ENDED | REACHED | {"when", "at", "used"}


@dataclass(frozen=True)
class Asked:
    """A question as items, the time that was taken out of it, and how reads are made."""

    text: str
    items: Sequence[Item]
    time: AskedTime | None
    past: bool
    reading: ReadingFor
    anchored: bool = False  # a name in it stands for a time
    time_spans: Spans = ()
    among: tuple[Node, ...] = ()  # of which one is asked for

    def question(self, question: Question) -> Question:
        """Return what was understood, with each word in the part that it belongs to."""
        whole = replace(question, text=self.text, time_spans=self.time_spans)
        return laid_out(whole, self.items)


def answer(asked: Asked, ranker: Ranker) -> TracedAnswer | None:
    """Return the answer; None for what is one plain read, and for what is not understood."""
    if (found := _existence(asked)) is not None:
        return found
    asked = _up_to_today(asked)
    known = asks_about(asked.items) or comparison(asked.items)
    if known is not None and asked.time is None:
        return looked_up(asked.question(known), asked.reading)
    if asked.anchored:
        return None
    parser = Parser(ranker)
    if (two := rivals(asked.items)) is not None:
        time = ALL_TIMES if asked.past and asked.time is None else asked.time
        return compared(two, parser, time, asked.question, asked.reading)
    if (rows := of_the_same(asked.items)) is not None:
        found = same(rows, parser, asked.time, asked.question, asked.reading)
        if found is not None:
            return found
    asked = _of_two(asked, ranker)
    frame = framed(asked.items)
    if _is_plain_read(asked, frame, parser):
        return None
    if frame.form in ("which", "how many"):
        return _set(asked, frame, parser)
    for question in _questions(asked, frame, parser):
        if (found := looked_up(asked.question(question), asked.reading)) is not None:
            return found
    return None


def _existence(asked: Asked) -> TracedAnswer | None:
    there = existence(asked.items, asked.time, asked.reading(None))
    found = looked_up(asked.question(there), asked.reading) if there is not None else None
    if there is None or found is None:
        return None
    return replace(found, understood=(*found.understood, *there.remarks))


def _of_two(asked: Asked, ranker: Ranker) -> Asked:
    """Take out what a question says of two things side by side."""
    if (row := of_each_other(asked.items, ranker.relations)) is not None:
        return replace(asked, items=row)
    if (chosen := one_of_two(asked.items)) is not None:
        return replace(asked, items=chosen[0], among=chosen[1])
    return asked


def _is_plain_read(asked: Asked, frame: Frame, parser: Parser) -> bool:
    plain = not asked.among and _surely_plain(frame, parser, asked.past)
    return asked.time is None and plain and not asked_place(frame.items, parser.ranker.relations)


def _up_to_today(asked: Asked) -> Asked:
    """Take "ever" and its like out: what held at any time up to today is asked for."""
    texts = [item.text if item.kind == "word" else "" for item in asked.items]
    for words in AT_ANY_TIME if asked.time is None else ():
        for at in range(1, len(texts) - len(words) + 1):
            if tuple(texts[at : at + len(words)]) == words:
                taken = asked.items[at : at + len(words)]
                items = (*asked.items[:at], *asked.items[at + len(words) :])
                ever = AskedTime(None, asked.reading(None).today, _EVER)
                return replace(asked, items=items, time=ever, time_spans=words_in(taken))
    return asked


def _surely_plain(frame: Frame, parser: Parser, past: bool) -> bool:
    """Tell whether a question has nothing in it but one name and what is asked of it."""
    operators = frame.excluded or frame.negated or frame.now or frame.place is not None
    if frame.form == "how many" and past:
        operators = True
    return frame.form in ("which", "how many") and not operators and not parser.nests(frame.items)


def _set(asked: Asked, frame: Frame, parser: Parser) -> TracedAnswer | None:
    first: Question | None = None
    place = asked_place(frame.items, parser.ranker.relations)
    for one in parser.tried(frame.items):
        wider = in_it(one.target, place) if place is not None else None
        question = _of_set(asked, frame, _chosen(asked, _applied(wider or one.target, frame)))
        if _is_no_answer(asked, question):
            return asked.reading(question.time).abstain(" ".join(question.remarks))
        if first is None and wider is None and _is_one_read(asked, frame, question):
            return published(question, asked.reading)
        first = first or question
        found = looked_up(question, asked.reading)
        if found is None and wider is not None and place is not None:
            found = _of_such_places(asked, replace(question, target=one.target), place)
        if found is not None:
            return found
    return why_nothing(first, asked.reading) if first is not None else None


def _chosen(asked: Asked, target: Node) -> Node:
    """Return what of a set is one of those that a question gives to choose from."""
    return AllOf((target, AnyOf(asked.among))) if asked.among else target


def _is_one_read(asked: Asked, frame: Frame, question: Question) -> bool:
    """Tell whether a plain read answers a question of a set."""
    ever = asked.time is not None and asked.time.words == _EVER
    counts_all = frame.form == "how many" and asked.past and asked.time is None
    return is_plain(question.target) and not (ever or frame.now or counts_all)


def _of_such_places(asked: Asked, question: Question, place: Place) -> TracedAnswer | None:
    """Return the answer to a question where it is of places of the asked kind alone."""
    found = looked_up(question, asked.reading)
    reading = asked.reading(question.time)
    such = found is not None and all(is_such(reading, one, place) for one in found.answers)
    return found if such else None


def _of_set(asked: Asked, frame: Frame, target: Node) -> Question:
    kind = _unchecked(asked.items, target)
    return asked.question(
        Question(
            frame.form,
            target,
            time=ALL_TIMES if frame.over else _time_of(asked, frame),
            ended=frame.over,
            remarks=(f"Whether it is a {singular(kind)} was not looked up.",) if kind else (),
            form_spans=frame.spans.get("form", ()),
            now_spans=frame.spans.get("now", ()),
        )
    )


def _is_said_to_be(items: Sequence[Item]) -> bool:
    """Tell whether a question ends in what its things are to be: "is a politician"."""
    texts = [item.text for item in items if item.kind == "word"]
    if not texts or texts[-1] not in SAYS_MORE:
        return False
    before = [text for text in texts[:-1] if text not in ARTICLES][-1:]
    return texts[-2:-1] != ["the"] and before != [] and before[0] in FINITE_BE


def _is_no_answer(asked: Asked, question: Question) -> bool:
    """Tell whether a reading leaves open a kind that a question is about."""
    said = bool(question.remarks) and _is_said_to_be(asked.items)
    return said or _passes_over_kind(asked, question)


def _passes_over_kind(asked: Asked, question: Question) -> bool:
    """Tell whether a question says of people that they are what the memory knows some to be, and
    its reading does not look at that."""
    kind = _unchecked(asked.items, question.target)
    return bool(kind) and knows_kind(asked.reading(None).memory, kind)


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
        if is_plain(one.target) and not all(len(t.entities) == 1 for t in things_in(one.target)):
            continue
        question = replace(_of_set(asked, frame, one.target), time=asked.time)
        if _passes_over_kind(asked, question):
            continue
        if (found := looked_up(question, asked.reading)) is not None:
            return found
    return None


def may_be_read_otherwise(items: Sequence[Item]) -> bool:
    """Tell whether a question has no operator, so that another way of reading it, which accounts
    for all its words as well, may answer where this one found nothing."""
    frame = framed(items)
    if (TOGETHER | _NEVER_ITSELF).intersection(item.text for item in items):
        return False
    if _is_said_to_be(items):
        return False
    plain = Frame(tuple(items), also=frame.also)
    return frame == replace(plain, form=frame.form, items=frame.items) and (
        frame.form in ("which", "how many")
    )


def _time_of(asked: Asked, frame: Frame) -> AskedTime | None:
    """Return the time to read for: that of the question, else today where it says so."""
    today = asked.reading(None).today
    if frame.place_word == "next":
        return AskedTime(today + timedelta(days=1), None, "next")
    if frame.place is not None and asked.time is None:
        return ALL_TIMES
    if asked.past and asked.time is None and (frame.excluded or frame.form == "how many"):
        return ALL_TIMES
    if frame.now and asked.time is None:
        return AskedTime(today, today, "today", now=True)
    return asked.time


def _applied(target: Node, frame: Frame) -> Node:
    if frame.excluded:
        target = Without(target, frame.excluded, spans=frame.spans.get("excluded", ()))
    if frame.also and steps_in(target) > 1 and not isinstance(target, Without):
        target = Without(target, tuple(things_in(target)), implied=True)
    if frame.place is not None:
        spans = frame.spans.get("place", ())
        target = Picked(target, frame.place, frame.place_word, spans=spans)
    return target


def _questions(asked: Asked, frame: Frame, parser: Parser) -> Iterator[Question]:
    """Yield the ways to take a question for a yes or no, a period or an age, the likeliest first;
    the same frame about each."""
    if frame.form == "how old":
        yield from _age(asked, frame)
        return
    now = frame.now
    if frame.form == "whether":
        texts = [item.text for item in asked.items if item.kind == "word"]
        now = now or (texts[:1] != [] and texts[0] in PRESENT_AUXILIARIES and not asked.past)
    for one in _to_ask(frame, parser):
        yield Question(
            frame.form,
            one.target,
            among=one.among,
            time=asked.time,
            negated=frame.negated or frame.over,
            now=now,
            form_spans=frame.spans.get("form", ()),
            negated_spans=frame.spans.get("negated", ()),
            now_spans=frame.spans.get("now", ()),
        )


def _to_ask(frame: Frame, parser: Parser) -> Iterator[Parsed]:
    if frame.form == "how long ago":
        yield from parser.readings([Item("word", "when", 0, 0), *frame.items])
        return
    for one in parser.tried(frame.items, whether=True):
        if one.among is not None:
            yield one


def _age(asked: Asked, frame: Frame) -> Iterator[Question]:
    texts = [item.text for item in frame.items if item.kind == "word"]
    left = [text for text in texts if text not in FINITE | _BESIDE_AGE]
    nodes = [item.node for item in frame.items if item.node is not None]
    if not left and len(nodes) == 1:
        ended = not ENDED.isdisjoint(texts)
        spans = frame.spans.get("form", ())
        yield Question("how old", nodes[0], time=asked.time, ended=ended, form_spans=spans)
