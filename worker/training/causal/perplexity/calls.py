"""The calls that a head makes while it reads a text that is given."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from worker.training.causal.perplexity.drafts import Drafts
from worker.training.causal.perplexity.line import Guess, Line
from worker.training.causal.perplexity.scoring import PlacedCall, PlainText
from worker.training.causal.read_points import MOST_RESULTS
from worker.training.causal.sequences import Composer
from worker.types import MemoryQuery

AT_ONCE = 24  # tokens of a text that are read before anybody looks whether a call begins
LONGEST_CALL = 128  # tokens, without its results
Read = Callable[[MemoryQuery], Sequence[str]]


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
        calls, ids = Calls(), self._text.ids
        at = 0
        while at < len(ids):
            there = self._next(calls.line, at, places)
            if there == len(ids):
                break
            line = calls.line or self._plain.before(there)
            if not self._has_room(line, there, LONGEST_CALL):
                if calls.line:
                    calls.line.feed(ids[there:])
                break
            if self._call(line, there, calls, guesses.at(there)):
                calls.line = line
            # The word after a call is read in any case, so that no second call can begin here.
            if calls.line:
                calls.line.feed(ids[there : there + 1])
            at = there + 1
        return calls

    def _next(self, line: Line | None, at: int, places: Sequence[int] | None) -> int:
        """Read on from a token to the next call, or to the end; return which token follows. There
        is a line as soon as a call stands in the text."""
        end = len(self._text.ids)
        if places is not None:
            following = next((p for p in places if p >= at), end)
            if line is not None and following > at:
                line.feed(self._text.ids[at:following])
            return following
        if line is None:
            likeliest = self._plain.scored.likeliest[at:].nonzero()
            return at + int(likeliest[0]) if len(likeliest) else end
        while at < end:
            begin = line.length
            piece = self._text.ids[at : at + AT_ONCE]
            line.feed(piece)
            states = line.states[begin - 1 : begin - 1 + len(piece)]
            begins = (line.logits_of(states).argmax(-1) == self._composer.ids.read).nonzero()
            if len(begins):
                line.rewind(begin + int(begins[0]))
                return at + int(begins[0])
            at += len(piece)
        return end

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
