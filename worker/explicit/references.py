"""References: sentences and facts in words, put together up to what is encoded at once."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from worker.explicit.encode import POSITIONS


@dataclass(frozen=True)
class Piece:
    """A sentence, or a fact in words, and the triples that it states."""

    text: str
    triples: tuple[str, ...] = ()


@dataclass(frozen=True)
class Reference:
    """A text of at most POSITIONS - 1 tokens ``ids``, and the triples that it stands for."""

    text: str
    ids: tuple[int, ...]
    triples: tuple[str, ...]


@dataclass(frozen=True)
class Packed:
    """References, and the pieces that are too long for one, or empty."""

    references: tuple[Reference, ...]
    left_out: tuple[Piece, ...]


def pack(
    pieces: Iterable[Piece],
    encode: Callable[[str], Sequence[int]],
    *,
    most: int = POSITIONS - 1,
) -> Packed:
    """Put pieces together, in their order, into references of at most ``most`` tokens.

    No piece is cut: one that is too long by itself is left out, and named.
    """
    found: list[Reference] = []
    left_out: list[Piece] = []
    waiting: list[Piece] = []
    for piece in pieces:
        if not piece.text.strip() or len(encode(piece.text)) > most:
            left_out.append(piece)
            continue
        if waiting and len(encode(_text([*waiting, piece]))) > most:
            found.append(_reference(waiting, encode))
            waiting = []
        waiting.append(piece)
    if waiting:
        found.append(_reference(waiting, encode))
    return Packed(tuple(found), tuple(left_out))


def marked(text: str, names: Iterable[str], offsets: Sequence[tuple[int, int]]) -> tuple[int, ...]:
    """Return the places of the tokens of a text, which has them at ``offsets``, that say one of the
    names anywhere in it."""
    spans = [
        (found.start(), found.end())
        for name in dict.fromkeys(names) if name
        for found in re.finditer(rf"(?<!\w){re.escape(name)}(?!\w)", text)
    ]  # fmt: skip
    return tuple(
        number for number, (start, end) in enumerate(offsets)
        if any(start < b and a < end for a, b in spans)
    )  # fmt: skip


def _text(pieces: Sequence[Piece]) -> str:
    return " ".join(" ".join(piece.text.split()) for piece in pieces)


def _reference(pieces: Sequence[Piece], encode: Callable[[str], Sequence[int]]) -> Reference:
    text = _text(pieces)
    triples = dict.fromkeys(one for piece in pieces for one in piece.triples)
    return Reference(text, tuple(encode(text)), tuple(triples))
