"""Which of two things came first, and whether one came before the other."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from worker.english.nouns import TYPES_BY_NOUN
from worker.english.words import AUXILIARIES, EMPTY
from worker.heads.answering import Reading
from worker.heads.timing import as_day, time_of
from worker.reading.ages import dates_of, lasted
from worker.reading.items import Item
from worker.reading.question import AnyOf, Picked, Question, Thing, things_in
from worker.reading.spans import words_in
from worker.relation_roles import BEGINNINGS, ENDINGS
from worker.types import EntityRef, Fact, TracedAnswer

_EARLY = frozenset("older elder oldest eldest first earlier earliest before".split())  # noqa: SIM905
_LATE = frozenset("younger youngest later latest newer newest after last".split())  # noqa: SIM905
_BEGAN = frozenset(
    """born founded established released published created made premiered appeared inaugurated
    opened started formed""".split()  # noqa: SIM905
)
_ENDED = frozenset("died die dies ended dissolved closed".split())  # noqa: SIM905
_TELLING = (
    _BEGAN
    | _ENDED
    | frozenset(
        "older elder younger newer oldest youngest out".split()  # noqa: SIM905
    )
)
_ORDER = _EARLY | _LATE
_LINKS = frozenset("than or and either between".split())  # noqa: SIM905
_JOIN = frozenset(["or", "and"])
BY_LENGTH = frozenset(["longer", "shorter"])  # how long both lasted is compared
_KNOWN = EMPTY | _EARLY | _LATE | _BEGAN | _ENDED | _LINKS | TYPES_BY_NOUN.keys()


def comparison(items: Sequence[Item]) -> Question | None:
    """Return a question that compares two things by date; None where it does not, or asks for
    more. It picks the first or the last of both; "is X older than Y" asks if that is X."""
    things = [item.node for item in items if isinstance(item.node, Thing)]
    words = _without_the_other([item.text for item in items if item.kind == "word"])
    order = _order(words)
    if len(things) != 2 or not order or any(item.kind == "poss" for item in items):
        return None
    whether = words[0] in AUXILIARIES and "or" not in words
    joined = whether or not _JOIN.isdisjoint(words)
    return _compared(items, things, order, whether=whether) if joined else None


def _without_the_other(words: Sequence[str]) -> list[str]:
    """Return words without "the other" after one that compares: "born before the other"."""
    found: list[str] = []
    for word in words:
        if word == "other" and found[-1:] == ["the"] and found[-2:-1] and found[-2] in _ORDER:
            found.pop()
        else:
            found.append(word)
    return found


def _order(words: Sequence[str]) -> str:
    """Return the one word that compares by date, where all others belong to it; else nothing."""
    order = [word for word in words if word in _EARLY | _LATE]
    told = _KNOWN.issuperset(words) and not _TELLING.isdisjoint(words)
    return order[0] if len(order) == 1 and told else ""


def _compared(
    items: Sequence[Item], things: Sequence[Thing], order: str, *, whether: bool
) -> Question:
    told = [item for item in items if item.text in _BEGAN | _ENDED and item.text != order]
    return Question(
        "compare",
        Picked(
            AnyOf(tuple(things)),
            0 if order in _EARLY else -1,
            order,
            words_in([item for item in items if item.text == order]),
        ),
        among=things[0] if whether else None,
        ended=any(item.text in _ENDED for item in items),
        form_spans=words_in(told),
    )


def say_comparison(asked: Question, reading: Reading) -> TracedAnswer | None:
    """Return which of the two came first, or whether it did, with the facts that date both."""
    things = list(things_in(asked.target))
    if not isinstance(asked.target, Picked) or len(things) != 2:
        return None
    if asked.target.words in BY_LENGTH:
        return _by_length(asked, asked.target, reading, things)
    dated: list[tuple[EntityRef, Fact, date, date]] = []
    for thing in things:
        found = _dated(reading, thing, ends=asked.ended)
        if found is None:
            what = "ended" if asked.ended else "began or was born"
            return reading.abstain(
                f"The memory does not know when {thing.entities[0].name} {what}."
            )
        dated.append(found)
    (one, first, begins, latest), (other, second, other_begins, other_latest) = dated
    if begins <= other_latest and other_begins <= latest:
        return reading.abstain("What is recorded does not say which of the two came first.")
    is_it = (begins < other_begins) == (asked.target.place == 0)
    return _say(asked, reading, [first, second], one if is_it else other, is_it=is_it)


def _by_length(
    asked: Question, target: Picked, reading: Reading, things: Sequence[Thing]
) -> TracedAnswer | None:
    """Return which of two things lasted or lived longer, both from beginning to end."""
    lengths: list[tuple[EntityRef, list[Fact], int]] = []
    for thing in things:
        found = lasted(reading, thing.entities[0])
        if found is None or len(found[0]) < 2:
            return None
        facts, first, last = found
        lengths.append((thing.entities[0], facts, (last - first).days))
    (one, facts, days), (other, others, other_days) = lengths
    if days == other_days:
        return None
    is_it = (days < other_days) == (target.place == 0)
    return _say(asked, reading, [*facts, *others], one if is_it else other, is_it=is_it)


def _say(
    asked: Question, reading: Reading, facts: Sequence[Fact], chosen: EntityRef, *, is_it: bool
) -> TracedAnswer:
    if asked.among is not None:
        return reading.answer(facts, answers=(), opening="Yes." if is_it else "No.")
    return reading.answer(facts, answers=(chosen,), opening=f"It is {chosen.name}.")


def _dated(
    reading: Reading, thing: Thing, *, ends: bool
) -> tuple[EntityRef, Fact, date, date] | None:
    for entity in thing.entities:
        found = dates_of(reading, entity, ENDINGS if ends else BEGINNINGS)
        if found is not None:
            value = time_of(found[0].object)
            last = as_day(value.end) if value is not None else None
            return entity, found[0], found[1], last or found[1]
    return None
