"""The calls that a head makes while it reads a text that is given."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from worker.training.causal.perplexity.drafts import Drafts
from worker.training.causal.perplexity.line import Guess, Line
from worker.training.causal.perplexity.reads import Read
from worker.training.causal.perplexity.scoring import PlacedCall, PlainText
from worker.training.causal.read_points import MOST_RESULTS
from worker.training.causal.sequences import Composer
from worker.types import MemoryQuery

AT_ONCE = 16  # tokens of a text that are read before anybody looks whether a call begins
LONGEST_CALL = 128  # tokens, without its results


@dataclass(frozen=True)
class MadeCall:
    """A call that was begun before token ``at``. ``ids`` are its queries' as they were written.
    It is ``kept`` in the text where it brought something that no earlier call did."""

    at: int
    ids: tuple[int, ...]
    queries: tuple[MemoryQuery, ...]
    results: tuple[str, ...]
    kept: bool


@dataclass
class Calls:
    """What came of a text: its calls in order, and the text as it was read with those that stand
    in it, where there are any."""

    made: list[MadeCall] = field(default_factory=list)
    line: Line | None = field(default=None, repr=False)

    def placed(self, composer: Composer) -> list[PlacedCall]:
        """Return those that stand in the text."""
        return [
            PlacedCall(c.at, (*c.ids, *composer.result_ids(c.results))) for c in self.made if c.kept
        ]

    def taken_out(self) -> list[int]:
        """Return where a call was begun and taken out again."""
        return [c.at for c in self.made if not c.kept]


class Asks(Protocol):
    """Writes the queries of a call."""

    def __call__(
        self, line: Line, before: str, results: Sequence[str], guess: Guess
    ) -> tuple[list[int], tuple[MemoryQuery, ...]]:
        """Go on from a line that a call can begin in, up to where the results are awaited; return
        the tokens of the call so far and its queries, none where it came to no end. ``guess`` takes
        what follows the token that begins it."""
        ...


def read_all(read: Read, queries: Sequence[MemoryQuery]) -> tuple[str, ...]:
    """Return what the memory answers to all queries of a call, in order, each result once."""
    found = dict.fromkeys(result for query in queries for result in read(query))
    return tuple(found)[:MOST_RESULTS]


class TextReader:
    """Reads a given text and calls the memory, as it would while it writes that text."""

    def __init__(
        self, plain: PlainText, composer: Composer, asks: Asks, read: Read, *, window: int
    ) -> None:
        self._plain, self._text = plain, plain.text
        self._composer, self._asks, self._read = composer, asks, read
        self._window = window

    def at_its_places(self, guesses: Drafts) -> Calls:
        """Return the calls that begin where to begin one is the likeliest of all."""
        return self._calls(guesses, None)

    def at(self, places: Collection[int], guesses: Drafts) -> Calls:
        """Return the calls that begin at given tokens."""
        return self._calls(guesses, sorted(places))

    def _calls(self, guesses: Drafts, places: Sequence[int] | None) -> Calls:
        calls, under_way = Calls(), _UnderWay(self._plain, self._composer.ids.read, places)
        while (there := under_way.next_call()) is not None:
            line = under_way.at(there)
            if not self._has_room(line, there, LONGEST_CALL):
                break
            kept = self._call(line, there, calls, guesses.at(there))
            if kept:
                calls.line = line
            under_way.go_on(there, line if kept else None)
        under_way.read_to_the_end()
        return calls

    def _has_room(self, line: Line, at: int, more: int) -> bool:
        return line.length + more + len(self._text.ids) - at <= self._window

    def _call(self, line: Line, at: int, calls: Calls, guess: Guess) -> bool:
        """Let a call begin before a token; tell whether it stays in the line."""
        length = line.length
        earlier = [r for c in calls.made if c.kept for r in c.results]
        before = self._text.text[: self._text.begins[at]]
        ids, queries = self._asks(line, before, earlier, guess)
        results = read_all(self._read, queries)
        brought = self._composer.result_ids(results)
        new = bool(results) and all(c.queries != queries for c in calls.made)
        kept = new and self._has_room(line, at, len(brought))
        calls.made.append(MadeCall(at, tuple(ids), queries, results, kept))
        if kept:
            line.feed(brought)
        else:
            line.rewind(length)
        return kept


class _UnderWay:
    """A text up to which the calls are made. Without ``places`` they begin where nothing is
    likelier, and the text is read ahead to see where that is."""

    def __init__(self, plain: PlainText, begins: int, places: Sequence[int] | None) -> None:
        self._plain, self._ids, self._begins = plain, plain.text.ids, begins
        self._ahead = places is None
        if places is None:
            places = plain.scored.likeliest.nonzero()[:, 0].tolist()
        self._places: Sequence[int] = places
        self._from = 0  # no call begins before this token
        self._line: Line | None = None  # with calls in it, where there are any
        self._more = 0  # tokens of this line that are none of the text
        self._looked = 0  # the token up to which ``places`` holds those of this line

    def next_call(self) -> int | None:
        """Return the token before which the next call begins."""
        while True:
            there = next((place for place in self._places if place >= self._from), None)
            if there is not None or self._line is None or not self._ahead:
                return there
            if self._looked == len(self._ids):
                return None
            self._look(self._line)

    def _look(self, line: Line) -> None:
        """Read some tokens, and find where calls may begin among them and after the last."""
        begin = self._more + self._looked
        piece = self._ids[self._looked : self._looked + AT_ONCE]
        line.feed(piece[max(0, line.length - begin) :])
        likeliest = line.logits_from(begin - 1)[: len(piece)].argmax(-1)
        found = (likeliest == self._begins).nonzero()[:, 0]
        self._places = [*self._places, *(self._looked + int(at) for at in found)]
        self._looked += len(piece)

    def at(self, there: int) -> Line:
        """Return a line that has read all before a token, which a call can be written into."""
        line = self._line
        if line is None:
            return self._plain.before(there)
        have = line.length - self._more
        if have > there:  # what was read ahead is kept, since most calls bring nothing
            return line.fork(self._more + there)
        line.feed(self._ids[have:there])
        return line

    def go_on(self, there: int, line: Line | None) -> None:
        """Go on after a token, since the word after a call is read in any case. ``line`` has the
        call that began before it, where one stands there now."""
        self._from = there + 1
        if line is None:
            return
        self._line, self._more = line, line.length - there
        if self._ahead:
            line.feed(self._ids[there : there + 1])
            self._places, self._looked = [], there + 1

    def read_to_the_end(self) -> None:
        """Read what is left of the text, where calls stand in it."""
        if self._line is not None:
            self._line.feed(self._ids[self._line.length - self._more :])
