"""Cuts text into sentences and passages, as exact spans of it.

Sentence ends within a block come from nupunkt (a Punkt model with an abbreviation lexicon); this
module adds what that model does not know: line structure, scripts without blanks, citation marks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from worker.english.titles import TITLE_AT_END

MAX_CHARS = 1500
HEADING_MAX_CHARS = 120


class Span(NamedTuple):
    """A half-open range ``[start, end)`` of code points."""

    start: int
    end: int


class FactSpans(NamedTuple):
    """Where a fact stands in its document's text; ``sentence`` holds both names.

    Rows have them as six numbers, so that the database can check them: ``of`` reads these and
    ``fields`` writes them.
    """

    sentence: Span
    subject: Span
    object: Span

    @classmethod
    def of(cls, row: Any) -> FactSpans:
        """Return the spans of a candidate or an evidence that has a passage."""
        at = (Span(getattr(row, f"{x}_start"), getattr(row, f"{x}_end")) for x in cls._fields)
        return cls(*at)

    def fields(self) -> dict[str, int]:
        """Return the six columns."""
        pairs = zip(self._fields, self, strict=True)
        return {f"{x}_{edge}": at for x, span in pairs for edge, at in span._asdict().items()}

    def turned(self) -> FactSpans:
        """Return the spans of the same statement by the inverse relation."""
        return FactSpans(self.sentence, self.object, self.subject)

    def first(self) -> int:
        """Return where the earlier of the two names begins."""
        return min(self.subject.start, self.object.start)


class PassageSpan(NamedTuple):
    """A run of whole sentences. All offsets index the text that was cut, not the passage."""

    start: int
    end: int
    sentences: tuple[Span, ...]


class _Unit(NamedTuple):
    span: Span
    paragraph: int  # counts paragraphs; units of one paragraph share it
    is_heading: bool


_PARAGRAPH_GAP = re.compile(r"\n\s*\n")
_LIST_ITEM = re.compile(r"\s*(?:[-*+•‣◦–—]|\(?\d{1,3}[.)]|\(?[a-z][.)])\s")
_WRAPPED_MIN_WIDTH = 40  # lines of a hard-wrapped paragraph are at least this wide
_MAY_END = re.compile(r"[.!?…。！？｡।॥؟։]")
# Ends of sentences in scripts that put no blank behind them, with the quotes that close there.
_UNSPACED_END = re.compile(r"[。！？｡।॥؟։]+[」』”’）〕】》〉)\]\"']*")
_CITATION_MARKS = re.compile(r"(?:\[\w{1,4}\])+")
_HEADING_END = re.compile(r"[.!?。！？;,…][\"'”’)\]]*$")


def sentences(text: str) -> list[Span]:
    """Return the sentences of ``text``: ordered, disjoint, without blanks at their ends, and
    together covering every character that is not blank."""
    return [unit.span for unit in _units(text)]


def split_passages(text: str, *, max_chars: int = MAX_CHARS) -> list[PassageSpan]:
    """Return passages of at most ``max_chars`` that end where sentences end.

    A passage prefers to end with a paragraph and to begin with a heading; a heading never ends
    one. A sentence that is longer than a passage is cut between words, where it has any.
    """
    if max_chars < 1:
        raise ValueError("max_chars must be at least 1")
    units = [piece for unit in _units(text) for piece in _cut(text, unit, max_chars)]
    passages = []
    first = 0
    while first < len(units):
        last = _passage_end(units, first, max_chars)
        spans = tuple(unit.span for unit in units[first:last])
        passages.append(PassageSpan(spans[0].start, spans[-1].end, spans))
        first = last
    return passages


def join_passages(units: Sequence[Span], *, max_chars: int = MAX_CHARS) -> list[PassageSpan]:
    """Return passages made of whole ``units``, in order, none of which is cut however long."""
    passages: list[PassageSpan] = []
    pending: list[Span] = []
    for unit in units:
        if pending and unit.end - pending[0].start > max_chars:
            passages.append(PassageSpan(pending[0].start, pending[-1].end, tuple(pending)))
            pending = []
        pending.append(unit)
    if pending:
        passages.append(PassageSpan(pending[0].start, pending[-1].end, tuple(pending)))
    return passages


def _passage_end(units: list[_Unit], first: int, max_chars: int) -> int:
    """Return the index after the last unit of the passage that begins at ``first``."""
    start = units[first].span.start
    last = first + 1
    while last < len(units) and units[last].span.end - start <= max_chars:
        unit = units[last]
        grown = units[last - 1].span.end - start
        if unit.is_heading and not units[last - 1].is_heading and grown >= max_chars // 2:
            return last
        last += 1
    if last == len(units):
        return last
    # Full in the midst of a paragraph: step back to its start if that keeps half of the passage.
    back = last
    while back > first and units[back].paragraph == units[back - 1].paragraph:
        back -= 1
    if back > first and units[back - 1].span.end - start >= max_chars // 2:
        last = back
    while last > first + 1 and units[last - 1].is_heading:
        last -= 1
    return last


def _units(text: str) -> list[_Unit]:
    units: list[_Unit] = []
    for paragraph, (start, end) in enumerate(_paragraphs(text)):
        blocks = list(_blocks(text, start, end))
        for number, block in enumerate(blocks):
            spans = _block_sentences(text, block)
            heading = len(spans) == 1 and number == 0 and _is_heading(text, spans[0], block, blocks)
            units.extend(_Unit(span, paragraph, heading) for span in spans)
    return units


def _paragraphs(text: str) -> Iterator[Span]:
    start = 0
    for gap in _PARAGRAPH_GAP.finditer(text):
        if span := _trim(text, start, gap.start()):
            yield span
        start = gap.end()
    if span := _trim(text, start, len(text)):
        yield span


def _blocks(text: str, start: int, end: int) -> Iterator[Span]:
    """Cut a paragraph at the line ends that are meant, not at those that wrap a long line.

    A line end wraps when the line is about as wide as its neighbours, so that the next word had no
    room in it, or when the next line goes on in lower case.
    """
    lines = text[start:end].split("\n")
    widths = sorted(len(line) for line in lines)
    width = widths[(len(widths) - 1) * 9 // 10]
    block_start = position = start
    for line, following in pairwise(lines):
        position += len(line) + 1
        if _wraps(line, following, width):
            continue
        if span := _trim(text, block_start, position):
            yield span
        block_start = position
    if span := _trim(text, block_start, end):
        yield span


def _wraps(line: str, following: str, width: int) -> bool:
    if _LIST_ITEM.match(following) or " | " in line or " | " in following:
        return False
    next_word = following.split(maxsplit=1)[0] if following.strip() else ""
    if width >= _WRAPPED_MIN_WIDTH and len(line) + 1 + len(next_word) >= 0.75 * width:
        return True
    return next_word[:1].islower()


def _block_sentences(text: str, block: Span) -> list[Span]:
    """Return the sentences of a block whose line ends, if any, only wrap."""
    from nupunkt import sent_spans

    body = text[block.start : block.end]
    if _MAY_END.search(body, 0, len(body) - 1) is None:
        return [block]
    ends = {end for _, end in sent_spans(body)} | {m.end() for m in _UNSPACED_END.finditer(body)}
    ends.add(len(body))
    spans: list[Span] = []
    start = 0
    for end in sorted(ends):
        if mark := _CITATION_MARKS.match(body, end):
            end = mark.end()  # “… was born.[2] She …”: the mark belongs to what it supports
        span = _trim(text, block.start + start, block.start + end)
        if end <= start or span is None:
            continue
        start = end
        if spans and _goes_on(text, spans[-1], span):
            spans[-1] = Span(spans[-1].start, span.end)
        else:
            spans.append(span)
    return spans


def _goes_on(text: str, before: Span, span: Span) -> bool:
    """Tell whether ``span`` belongs to the sentence before it, of which it was cut off wrongly."""
    if not any(map(str.isalnum, text[span.start : min(span.end, span.start + 200)])):
        return True
    if text[span.start].islower():
        return True
    return TITLE_AT_END.search(text, max(before.start, before.end - 8), before.end) is not None


def _is_heading(text: str, span: Span, block: Span, blocks: list[Span]) -> bool:
    """Tell a heading: a short first line of a paragraph, alone in it, that does not end like a
    sentence and is no list item."""
    body = text[block.start : block.end]
    return (
        len(blocks) == 1
        and span == block
        and len(body) <= HEADING_MAX_CHARS
        and "\n" not in body
        and _HEADING_END.search(body) is None
        and _LIST_ITEM.match(body) is None
    )


def _cut(text: str, unit: _Unit, max_chars: int) -> Iterator[_Unit]:
    """Cut a unit that no passage can hold between words, or anywhere in a word without end."""
    start, end = unit.span
    if end - start <= max_chars:
        yield unit
        return
    while end - start > max_chars:
        at = start + max_chars
        floor = start + max_chars // 2
        while at > floor and not text[at].isspace() and not text[at - 1].isspace():
            at -= 1
        if at == floor:
            at = start + max_chars
        piece = _trim(text, start, at)
        if piece is not None:
            yield unit._replace(span=piece, is_heading=False)
        rest = _trim(text, at, end)
        if rest is None:
            return
        start = rest.start
    yield unit._replace(span=Span(start, end))


def _trim(text: str, start: int, end: int) -> Span | None:
    """Return ``[start, end)`` without the blanks at its ends, or None if nothing else is there."""
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return Span(start, end) if start < end else None
