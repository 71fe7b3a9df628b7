"""What a call may be, guessed before a model writes it.

A guess is read in one pass where tokens one by one take a pass each; a wrong one changes nothing
but the time.
"""

from __future__ import annotations

from collections.abc import Sequence

from worker.heads.causal.tokens import ProtocolIds
from worker.training.causal.perplexity.line import Guess


class Drafts:
    """The calls of one document that are right somewhere or were made before, and its names.

    A call is made of pieces, each with the sign behind it: a name, a relation. Where none of the
    calls goes on from what is written so far, one may whose piece at this place begins alike.
    """

    def __init__(self, ids: ProtocolIds) -> None:
        self._signs = {ids.separator, ids.between, ids.wait}
        self._name_ends = ids.separator
        self._at: dict[int, tuple[int, ...]] = {}
        self._calls: dict[tuple[int, ...], None] = {}  # in order, each once
        self._pieces: dict[tuple[int, tuple[int, ...]], tuple[int, ...]] = {}
        self._names: dict[tuple[int, ...], None] = {}

    def add(self, call: Sequence[int], at: int | None = None) -> None:
        """Take the tokens of a call, with that which begins it; one before token ``at`` of the
        text is the first guess there."""
        ids = tuple(call[1:])
        self._calls[ids] = None
        if at is not None:
            self._at[at] = ids
        begin, number = 0, 0
        for place, id_ in enumerate(ids):
            if id_ in self._signs:
                self._pieces.setdefault((number, ids[begin : place + 1]), ids[place + 1 :])
                begin, number = place + 1, number + 1

    def add_name(self, name: Sequence[int]) -> None:
        """Take the tokens of a name of the text."""
        self._names[tuple(name)] = None

    def at(self, place: int) -> Guess:
        """Return the guess of a call before a token of the text."""
        first = self._at.get(place)

        def guess(made: Sequence[int]) -> Sequence[int]:
            done = tuple(made)
            calls = [first, *self._calls] if first else self._calls
            for call in calls:
                if call[: len(done)] == done:
                    return call[len(done) :]
            return self._by_piece(done)

        return guess

    def _by_piece(self, made: tuple[int, ...]) -> Sequence[int]:
        signs = [place for place, id_ in enumerate(made) if id_ in self._signs]
        begun = made[signs[-1] + 1 :] if signs else made
        for (number, piece), rest in self._pieces.items():
            if number == len(signs) and piece[: len(begun)] == begun:
                return piece[len(begun) :] + rest
        for name in self._names:
            if begun and name[: len(begun)] == begun:
                return (*name[len(begun) :], self._name_ends)
        return ()
