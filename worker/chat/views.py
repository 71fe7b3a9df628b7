"""A text as a head is given it, with the place in the original of each of its characters.

Nothing stored is rewritten: a view is made of pieces, each of which is a stretch of the original,
or stands for one ("Ada Brook" for "I").
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from worker.types import Span


@dataclass(frozen=True)
class Edit:
    """What a view says in the place of ``start`` to ``end``. It stands for ``origin``, or for the
    place itself."""

    start: int
    end: int
    text: str
    origin: Span | None = None


@dataclass(frozen=True)
class Piece:
    """A stretch of a view. ``exact``: it is the text of ``origin`` itself."""

    text: str
    origin: Span
    exact: bool = True


@dataclass(frozen=True)
class ViewSentence:
    """A sentence of a view; ``asked``: nothing that it says is stated."""

    span: Span
    turn: int
    asked: bool = False


@dataclass(frozen=True)
class View:
    """What is read, and what its characters stand for."""

    text: str
    pieces: tuple[Piece, ...]
    starts: tuple[int, ...]  # of the pieces
    sentences: tuple[ViewSentence, ...]

    def origin(self, span: Span) -> Span:
        """Return the stretch of the original that a stretch of the view stands for."""
        first, last = (bisect_right(self.starts, at) - 1 for at in (span.start, span.end - 1))
        inner = [piece.origin for piece in self.pieces[first + 1 : last]]
        parts = [self._origin(first, span.start), self._origin(last, span.end - 1), *inner]
        return Span(min(one.start for one in parts), max(one.end for one in parts))

    def _origin(self, number: int, at: int) -> Span:
        piece = self.pieces[number]
        if not piece.exact:
            return piece.origin
        start = piece.origin.start + at - self.starts[number]
        return Span(start, start + 1)

    def sentence_at(self, at: int) -> ViewSentence | None:
        """Return the sentence that holds a character of the view."""
        number = bisect_right([one.span.start for one in self.sentences], at) - 1
        if number < 0 or at >= self.sentences[number].span.end:
            return None
        return self.sentences[number]


def edited(text: str, span: Span, edits: Iterable[Edit]) -> list[Piece]:
    """Return the pieces of a stretch of a text with its edits; of two at one place the first
    counts."""
    made: list[Piece] = []
    taken: list[Edit] = []
    for edit in edits:
        inside = span.start <= edit.start and edit.end <= span.end
        if inside and not any(e.start < edit.end and edit.start < e.end for e in taken):
            taken.append(edit)
    at = span.start
    for edit in sorted(taken, key=lambda one: (one.start, one.end)):
        made += _exact(text, at, edit.start)
        origin = edit.origin or (Span(edit.start, edit.end) if edit.end > edit.start else None)
        if edit.text and origin:
            made.append(Piece(edit.text, origin, exact=False))
        at = edit.end
    return made + _exact(text, at, span.end)


def _exact(text: str, start: int, end: int) -> list[Piece]:
    return [Piece(text[start:end], Span(start, end))] if start < end else []


def view_of(sentences: Sequence[tuple[Sequence[Piece], int, bool]]) -> View:
    """Return a view of sentences, each with its turn and whether it is only asked; those of a turn
    stand in a line."""
    text = ""
    pieces: list[Piece] = []
    starts: list[int] = []
    made: list[ViewSentence] = []
    for parts, turn, asked in sentences:
        if not any(piece.text.strip() for piece in parts):
            continue
        if text:
            gap = " " if made and made[-1].turn == turn else "\n"
            first = parts[0].origin
            pieces.append(Piece(gap, Span(first.start, first.start + 1), exact=False))
            starts.append(len(text))
            text += gap
        begins = len(text)
        for piece in parts:
            pieces.append(piece)
            starts.append(len(text))
            text += piece.text
        made.append(ViewSentence(Span(begins, len(text)), turn, asked))
    return View(text, tuple(pieces), tuple(starts), tuple(made))
