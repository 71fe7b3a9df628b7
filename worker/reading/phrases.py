"""The stretches of a question that may stand for a set reached from a thing that it names."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from worker.english.nouns import TYPES_BY_NOUN
from worker.english.words import (
    ARTICLES,
    AUXILIARIES,
    BEFORE_A_NOUN,
    CONJUNCTIONS,
    DETERMINERS,
    PREPOSITIONS,
    QUESTION_WORDS,
    RELATIVES,
)
from worker.reading.items import Item

Shape: TypeAlias = Literal["of", "possessive", "clause", "bare clause"]
_LONGEST_RUN = 5  # words of a noun phrase before "of"
_LONGEST_TAIL = 6  # words of a clause after the name
_MOST_ENDS = 3
_OPEN = DETERMINERS | BEFORE_A_NOUN | {"one"}


@dataclass(frozen=True)
class Stretch:
    """Items ``[start, end)`` that may stand for one set; ``head`` is where its noun is."""

    start: int
    end: int
    head: int
    shape: Shape


def stretches(items: Sequence[Item], at: int, names: frozenset[str]) -> Iterator[Stretch]:
    """Yield what may be a set reached from the one at ``at``.

    ``names`` are the names of relations, some of which hold an "of": "place of birth".
    """
    yield from _possessive(items, at, names)
    yield from _of(items, at, names)
    yield from _clauses(items, at)
    yield from _bare_clauses(items, at)


def _word(items: Sequence[Item], at: int) -> str:
    return items[at].text if 0 <= at < len(items) and items[at].kind == "word" else ""


def _possessive(items: Sequence[Item], at: int, names: frozenset[str]) -> Iterator[Stretch]:
    """ "X's father", "X's place of birth"."""
    if at + 1 >= len(items) or items[at + 1].kind != "poss":
        return
    start, first = at, at + 2
    ends: list[int] = []
    end = first
    while end < len(items) and not items[end].boundary and end - first < 4:
        end += 1
        ends.append(end)
    for stop in (end + 2, end + 3):
        if stop <= len(items) and " ".join(one.text for one in items[first:stop]) in names:
            ends.append(stop)
    for stop in sorted(set(ends), reverse=True)[:_MOST_ENDS]:
        yield Stretch(start, stop, stop - 1, "possessive")


def _of(items: Sequence[Item], at: int, names: frozenset[str]) -> Iterator[Stretch]:
    """ "the father of X", "films directed by X", "films starring X"."""
    link = _link_before(items, at)
    if link < 0:
        return
    run = _run_before(items, link)
    if run == link:
        return
    while _word(items, run - 1) in PREPOSITIONS and _named_with_of(items, run, link, names):
        run -= 2
    before = _word(items, run - 1)
    if before in ARTICLES or before in _OPEN:
        start = run - 1 if before in DETERMINERS else run
        yield Stretch(start, at + 1, link - 1, "of")
    if before not in ARTICLES:
        first = run + 1 if before in _OPEN or not _stands_bare(items, run, link) else run
        for start in range(first, link):
            yield Stretch(start, at + 1, link - 1, "of")


def _stands_bare(items: Sequence[Item], run: int, link: int) -> bool:
    """Tell whether a noun may stand without an article: "in films by X", "do players of X ..."."""
    before = _word(items, run - 1)
    if before in PREPOSITIONS or before in ("and", ""):
        return True
    several = _word(items, link - 1).endswith("s") or _word(items, run).endswith("s")
    return several and before in AUXILIARIES


def _run_before(items: Sequence[Item], end: int) -> int:
    """Return where the run of nouns starts that ends before ``end``."""
    start = end
    while start > 0 and not items[start - 1].boundary and end - start < _LONGEST_RUN:
        start -= 1
    return start


def _named_with_of(items: Sequence[Item], run: int, link: int, names: frozenset[str]) -> bool:
    """Tell whether a relation has the whole for its name: "place of birth" before "of X"."""
    if run < 2 or items[run - 2].boundary:
        return False
    return " ".join(item.text for item in items[run - 2 : link]) in names


def _link_before(items: Sequence[Item], at: int) -> int:
    """Return where the preposition or the "-ing" before a name stands, -1 without one.

    Between may be an article and what the name is: "by the singer X".
    """
    link = at - 1
    while link > 0 and (_word(items, link) in ARTICLES or _word(items, link) in TYPES_BY_NOUN):
        link -= 1
    word = _word(items, link)
    if word in PREPOSITIONS:
        return link
    if word.endswith("ing") and len(word) > 5:
        return link + 1 if not items[link].boundary else -1
    return -1


def _clauses(items: Sequence[Item], at: int) -> Iterator[Stretch]:
    """ "the country where X lives", "the man who married X", "the film in which X acted"."""
    rel = at - 1
    while rel >= 0 and items[rel].kind == "word" and items[rel].text not in RELATIVES:
        rel -= 1
    if rel < 1 or items[rel].kind != "word":
        return
    noun = rel - 1 if _word(items, rel - 1) in PREPOSITIONS else rel
    start = _run_before(items, noun)
    if start == noun:
        return
    head = noun - 1
    if _word(items, start - 1) in DETERMINERS:
        start -= 1
    elif _word(items, start - 1) not in PREPOSITIONS | BEFORE_A_NOUN | {"and"}:
        start = max(start, head)
    for end in _ends(items, at):
        yield Stretch(start, end, head, "clause")


def _bare_clauses(items: Sequence[Item], at: int) -> Iterator[Stretch]:
    """ "the woman X married", "the club X plays for"."""
    start = _run_before(items, at)
    if start == at or at + 1 >= len(items) or items[at + 1].kind != "word":
        return
    if _word(items, start - 1) not in DETERMINERS:
        return
    for end in _ends(items, at):
        if end > at + 1:
            yield Stretch(start - 1, end, at - 1, "bare clause")


def _ends(items: Sequence[Item], at: int) -> list[int]:
    """Return where a clause with a name may end, the likeliest first: before the main clause goes
    on, at the end, after a preposition."""
    likely: list[int] = []
    others: list[int] = []
    for end in range(at + 1, min(len(items), at + _LONGEST_TAIL) + 1):
        last = items[end - 1]
        if end > at + 1 and (last.kind != "word" or last.text in QUESTION_WORDS):
            break
        if _stops(items[end] if end < len(items) else None, first=end == at + 1):
            likely.append(end)
        elif end == at + 1 or last.text in PREPOSITIONS or not last.boundary:
            others.append(end)
    return [*reversed(likely), *reversed(others)][: 2 * _MOST_ENDS]


def _stops(following: Item | None, *, first: bool) -> bool:
    """Tell whether a clause may well end before an item; ``first`` is right after the name."""
    if following is None or following.kind in ("poss", "mark"):
        return True
    return not first and (following.text in AUXILIARIES or following.text in CONJUNCTIONS)
