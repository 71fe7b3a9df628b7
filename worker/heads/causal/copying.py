"""Copying names from a text, token by token.

What has been written of a name is the same bytes at every place in the text where it could stand;
the set of these places is the state. Its tokens are those with which the text goes on at one of
them, as long as the name can still end in time: no state is without a way out. The way the text
is cut into tokens is left to the model.

Places are bytes of the text as ``worker.protocol`` escapes it. States are kept beside the text
and shared by all calls that copy from it.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate, pairwise

import torch
from torch import Tensor

from worker import protocol
from worker.heads.causal.name_edges import LINE_BREAKS, name_edges
from worker.heads.causal.vocabulary import BARRIER, BLANK, Vocabulary
from worker.types import Span

LONGEST_NAME = 200  # bytes
_NEVER = 2**62
_BARRIER = bytes([BARRIER])


class CopyText:
    """A text to copy names from, prepared once for any number of calls.

    ``data`` is the text escaped, in UTF-8, ``offsets[i]`` where its character ``i`` begins there.
    What no name may hold (line breaks, what the vocabulary cannot write) is a barrier.
    """

    def __init__(self, vocabulary: Vocabulary, text: str) -> None:
        self.vocabulary = vocabulary
        self.text = text
        pieces = _pieces(vocabulary, text)
        self.data = b"".join(pieces)
        self.offsets = list(accumulate(map(len, pieces), initial=0))
        begins, ends = name_edges(text)
        self.ends = frozenset(self.offsets[end] for end in ends)
        barriers = [o for o, p in zip(self.offsets, pieces, strict=False) if p == _BARRIER]
        self._stops = sorted(self.ends.union(barriers))
        self.begins = tuple(
            self.offsets[b] for b in begins if text[b] != ">" and pieces[b] != _BARRIER
        )
        self.unsafe = _unsafe(vocabulary, self.data, self.offsets)
        self._roots: dict[int, CopyState] = {}

    def offset(self, until: int | None) -> int:
        """Return where a character of the text begins in ``data``; None is the text's end."""
        return len(self.data) if until is None else self.offsets[min(until, len(self.text))]

    def names(self, longest: int = LONGEST_NAME) -> CopyState:
        """Return the state before a name of at most so many bytes, the blank before it too."""
        if longest not in self._roots:
            begins = tuple(b for b in self.begins if self.next_end(b + 1) <= b + longest)
            self._roots[longest] = CopyState(self, longest, begins, None)
        return self._roots[longest]

    def next_end(self, place: int) -> int:
        """Return the first end from a place on that no barrier parts from it."""
        at = bisect_left(self._stops, place)
        if at == len(self._stops) or self._stops[at] not in self.ends:
            return _NEVER
        return self._stops[at]

    def steps(self, place: int, before: bytes = b"") -> Iterator[tuple[int, int]]:
        """Yield (place after it, token) for each token that the text goes on with at a place,
        ``before`` still to be written before it."""
        window = before + self.data[place : place + self.vocabulary.longest]
        for length, token in self.vocabulary.matches(window):
            after = place + length - len(before)
            if after not in self.unsafe:
                yield after, token

    def span(self, begin: int, end: int) -> Span:
        """Return the range of characters of two places."""
        return Span(bisect_left(self.offsets, begin), bisect_left(self.offsets, end))


class CopyState:
    """What has been written of a name: ``places`` are where the text could go on, in order.

    ``length`` counts the bytes of the name so far; it is None before its blank.
    """

    __slots__ = ("_after", "_needs", "_tokens", "ends", "length", "longest", "places", "text")

    def __init__(
        self, text: CopyText, longest: int, places: tuple[int, ...], length: int | None
    ) -> None:
        self.text = text
        self.longest = longest
        self.places = places
        self.length = length
        self.ends = [place for place in places if place in text.ends] if length else []
        self._after: dict[int, CopyState] = {}
        self._tokens: Tensor | None = None
        self._needs: list[int] = []

    def tokens(self, until: int) -> Tensor:
        """Return the tokens that go on with names that end by ``until``, in ``data``: (N,)."""
        tokens = self._fill() if self._tokens is None else self._tokens
        return tokens[: bisect_right(self._needs, until)]

    def _fill(self) -> Tensor:
        """Find the tokens, those first that can end soonest."""
        text, written = self.text, self.length or 0
        before = BLANK if self.length is None else b""
        soonest: dict[int, int] = {}
        for place in self.places:
            latest = place - written + self.longest
            first = place + (not written)  # a name has a character at least
            for after, token in text.steps(place, before):
                end = text.next_end(max(after, first))
                if end <= latest and end < soonest.get(token, _NEVER):
                    soonest[token] = end
        ordered = sorted(soonest.items(), key=lambda item: item[1])
        self._needs = [end for _, end in ordered]
        self._tokens = torch.tensor([token for token, _ in ordered], dtype=torch.long)
        return self._tokens

    def after(self, token: int) -> CopyState | None:
        """Return the state after a token; None where no name goes on with it."""
        if token not in self._after:
            piece = self.text.vocabulary.bytes_of.get(token, b"")
            state = self._after_piece(piece) if piece else None
            if state is None:
                return None
            self._after[token] = state
        return self._after[token]

    def _after_piece(self, piece: bytes) -> CopyState | None:
        text, written = self.text, self.length or 0
        if self.length is None:
            if not piece.startswith(BLANK):
                return None
            piece = piece.removeprefix(BLANK)
        least = 0 if written + len(piece) else 1
        places = tuple(
            place + len(piece)
            for place in self.places
            if text.data.startswith(piece, place)
            and place + len(piece) not in text.unsafe
            and text.next_end(place + len(piece) + least) <= place - written + self.longest
        )
        return CopyState(text, self.longest, places, written + len(piece)) if places else None

    def can_end(self, until: int) -> bool:
        """Tell whether what is written is a whole name that ends by ``until``, in ``data``."""
        return bool(self.ends) and self.ends[0] <= until

    def last_span(self, until: int) -> Span:
        """Return where the name stands last, ending by ``until``, in characters of the text."""
        end = self.ends[bisect_right(self.ends, until) - 1]
        return self.text.span(end - (self.length or 0), end)


class CopiedName:
    """A name that is being copied from one of several texts, each up to a place of its own.

    ``roots`` are each text's state before a name, and its place.
    """

    def __init__(self, roots: Sequence[tuple[CopyState, int]]) -> None:
        self.roots = list(roots)
        self._with_names = [
            (number, root) for number, (root, until) in enumerate(roots) if len(root.tokens(until))
        ]
        self._now = self._with_names

    @property
    def possible(self) -> bool:
        """Whether there is any name."""
        return bool(self._with_names)

    def restart(self) -> None:
        """Begin another name."""
        self._now = self._with_names

    def tokens(self) -> Tensor:
        """Return the tokens that go on, each once: (N,)."""
        found = [state.tokens(self.roots[number][1]) for number, state in self._now]
        return found[0] if len(found) == 1 else torch.unique(torch.cat(found))

    def can_end(self) -> bool:
        """Tell whether what is written is a whole name."""
        return any(state.can_end(self.roots[number][1]) for number, state in self._now)

    def advance(self, token: int) -> bool:
        """Go on with a token, if one of the texts does; tell whether."""
        going = []
        for number, state in self._now:
            after, until = state.after(token), self.roots[number][1]
            if after is not None and (after.can_end(until) or len(after.tokens(until))):
                going.append((number, after))
        self._now = going or self._now
        return bool(going)

    def last(self) -> tuple[int, Span]:
        """Return which text has the name, the last of several, and where it stands last there."""
        for number, state in reversed(self._now):
            until = self.roots[number][1]
            if state.can_end(until):
                return number, state.last_span(until)
        raise LookupError("the name is not whole")


def _pieces(vocabulary: Vocabulary, text: str) -> list[bytes]:
    """Return the bytes of each character, escaped as inside a name."""
    known: dict[str, bytes] = {}
    for char in set(text):
        if char in LINE_BREAKS or "\ud800" <= char <= "\udfff":
            known[char] = _BARRIER
            continue
        # Amid letters, so that nothing is escaped for its place at an edge.
        piece = protocol.escape(f"a{char}a")[1:-1].encode()
        known[char] = piece if _writable(vocabulary, piece) else _BARRIER
    pieces = [known[char] for char in text]
    at = text.find(">>")
    while at >= 0:  # escaped beside one another only
        pieces[at] = pieces[at + 1] = b"\\>"
        at = text.find(">>", at + 1)
    return pieces


def _writable(vocabulary: Vocabulary, piece: bytes) -> bool:
    if vocabulary.missing.isdisjoint(piece):
        return True
    return vocabulary.table.get(piece, -1) >= 0


def _unsafe(vocabulary: Vocabulary, data: bytes, offsets: list[int]) -> frozenset[int]:
    """Return the places inside characters from which not every next byte has a token."""
    if vocabulary.missing.isdisjoint(set(data) - {BARRIER}):
        return frozenset()
    found = set()
    for begin, end in pairwise(offsets):
        for place in range(begin + 1, end):
            if not vocabulary.missing.isdisjoint(data[place:end]):
                found.add(place)
    return frozenset(found)
