"""The calls that a head makes while it reads a text that is given."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from torch import Tensor

from worker.training.causal.perplexity.line import Line
from worker.training.causal.perplexity.scoring import PlacedCall
from worker.training.causal.perplexity.texts import ScoredText
from worker.training.causal.read_points import MOST_RESULTS
from worker.training.causal.sequences import Composer
from worker.types import MemoryQuery

AT_ONCE = 24  # tokens of a text that are read before anybody looks whether a call begins
LONGEST_CALL = 128  # tokens, without its results
Read = Callable[[MemoryQuery], Sequence[str]]
Guesses = Mapping[int, Sequence[int]]  # what a call may be, by the token that it stands before


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
    """What came of a text: its calls in order."""

    made: list[MadeCall] = field(default_factory=list)

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
        self, line: Line, before: str, results: Sequence[str], guess: Sequence[int]
    ) -> tuple[list[int], tuple[MemoryQuery, ...]]:
        """Go on from a line that a call can begin in, up to where the results are awaited; return
        the tokens of the call so far and its queries, none where it came to no end."""
        ...


def read_all(read: Read, queries: Sequence[MemoryQuery]) -> tuple[str, ...]:
    """Return what the memory answers to all queries of a call, in order, each result once."""
    found = dict.fromkeys(result for query in queries for result in read(query))
    return tuple(found)[:MOST_RESULTS]


class TextReader:
    """Reads a given text and calls the memory, as it would while it writes that text."""

    def __init__(
        self, model: Any, composer: Composer, asks: Asks, read: Read, *, window: int
    ) -> None:
        self._model, self._composer, self._asks, self._read = model, composer, asks, read
        self._window = window

    def at_its_places(self, text: ScoredText, guesses: Guesses) -> Calls:
        """Return the calls that begin where to begin one is the likeliest of all."""
        return self._calls(text, guesses, None)

    def at(self, text: ScoredText, places: Collection[int], guesses: Guesses) -> Calls:
        """Return the calls that begin at given tokens."""
        return self._calls(text, guesses, sorted(places))

    def _calls(self, text: ScoredText, guesses: Guesses, places: Sequence[int] | None) -> Calls:
        line = Line(self._model, text.start)
        calls = Calls()
        at = 0
        while at < len(text.ids):
            there, after = self._next(line, text, at, places, calls)
            if there is None:
                at = after
                continue
            at = there
            if not self._has_room(line, text, at, LONGEST_CALL):
                break
            self._call(line, text, at, calls, guesses.get(at, ()))
            # The word after a call is read in any case, so that no second call can begin here.
            line.feed(text.ids[at : at + 1])
            at += 1
        return calls

    def _next(
        self, line: Line, text: ScoredText, at: int, places: Sequence[int] | None, calls: Calls
    ) -> tuple[int | None, int]:
        """Read on to the next call, or to the end of a piece; return the call's place, and how
        far the text was read."""
        if places is not None:
            following = next((p for p in places if p >= at), len(text.ids))
            if following > at:
                line.feed(text.ids[at:following])
            return (following, following) if following < len(text.ids) else (None, following)
        piece = text.ids[at : at + AT_ONCE]
        begin, before = line.length, line.logits
        after = line.feed(piece)
        if (found := self._begins(before, after)) is None:
            return None, at + len(piece)
        line.rewind(begin + found, after[found - 1] if found else before)
        return at + found, at + found

    def _begins(self, before: Tensor, after: Tensor) -> int | None:
        best = [int(before.argmax()), *after[:-1].argmax(-1).tolist()]
        read = self._composer.ids.read
        return best.index(read) if read in best else None

    def _has_room(self, line: Line, text: ScoredText, at: int, more: int) -> bool:
        return line.length + more + len(text.ids) - at <= self._window

    def _call(
        self, line: Line, text: ScoredText, at: int, calls: Calls, guess: Sequence[int]
    ) -> None:
        length, logits = line.length, line.logits
        earlier = [r for c in calls.made if c.kept for r in c.results]
        ids, queries = self._asks(line, text.text[: text.begins[at]], earlier, guess)
        results = read_all(self._read, queries)
        brought = self._composer.result_ids(results)
        new = bool(results) and all(c.queries != queries for c in calls.made)
        kept = new and self._has_room(line, text, at, len(brought))
        calls.made.append(MadeCall(at, tuple(ids), queries, results, kept))
        if kept:
            line.feed(brought)
        else:
            line.rewind(length, logits)
