"""Closed forms laid over what a tagger found: dates and amounts whole, titles outside names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from worker.english.occupations import is_occupation
from worker.english.roles import is_role, is_role_word
from worker.english.times import LOOSE_YEAR, LOOSELY
from worker.english.titles import outside_names
from worker.literals import parse_literal
from worker.literals.forms import Form, forms
from worker.literals.periods import MONTHS
from worker.mentions.edges import parts
from worker.types import LITERAL_KINDS, MentionSpan, Span

_WORD = re.compile(r"\S+")
_REACH = 14  # code points: the longest word before a time


def overlaid(text: str, tagged: Iterable[MentionSpan]) -> list[MentionSpan]:
    """Return the mentions of a text, in order and without overlaps.

    A mention stands in one line and one table cell and ends with a word. Titles are no part of
    it; a title of a job by itself is no organisation and no person.
    """
    kept = [
        MentionSpan(one, mention.type) for mention in tagged for one in parts(text, mention.span)
    ]
    for form in forms(text):
        kept = _laid(text, kept, form)
    named = [one for mention in kept for one in _without_titles(text, mention)]
    widened = _widened(text, [_timed(text, mention) for mention in named])
    return sorted(widened, key=lambda mention: mention.span)


def _laid(text: str, kept: Sequence[MentionSpan], form: Form) -> list[MentionSpan]:
    """Return the mentions with a form in the place of those that it cuts into."""
    span = form.span
    over = [m for m in kept if m.span.start < span.end and span.start < m.span.end]
    if any(_wins(text, mention, form) for mention in over):
        return list(kept)
    free = [m for m in kept if m not in over]
    if form.named:
        span = Span(min([span.start, *(m.span.start for m in over)]), span.end)
    names = (mention for mention in over if mention.type not in LITERAL_KINDS)
    rests = [rest for mention in names for rest in _rests(text, mention, span)]
    return [*free, MentionSpan(span, form.type), *rests]


def _rests(text: str, mention: MentionSpan, cut: Span) -> list[MentionSpan]:
    """Return what of a name stands outside a form and may be a name."""
    edges = ((mention.span.start, cut.start), (cut.end, mention.span.end))
    return [
        MentionSpan(one, mention.type)
        for start, end in edges
        if start < end
        for one in parts(text, Span(start, end))
        if any(char.isupper() for char in one.of(text))
    ]


def _wins(text: str, mention: MentionSpan, form: Form) -> bool:
    """Tell whether a tagged mention says more than the form that it holds."""
    one, other = mention.span, form.span
    if not (one.start <= other.start and other.end <= one.end):
        return False
    kind = LITERAL_KINDS.get(mention.type)
    if one == other:
        # A road and a paper have numbers too, and what they are called says what they are.
        return kind is None and form.type == "MISC" and not form.closed
    if kind:
        return mention.type != form.type or parse_literal(one.of(text), kind) is not None
    return not form.closed and not form.named


def _without_titles(text: str, mention: MentionSpan) -> list[MentionSpan]:
    """Return a mention without the titles before and after a name."""
    if mention.type not in ("PER", "ORG"):
        return [mention]
    words = list(_WORD.finditer(text, mention.span.start, mention.span.end))
    if is_role(mention.span.of(text)):
        return [MentionSpan(mention.span, "MISC")]
    first, last = 0, len(words)
    while first < last - 1 and _title(words[first].group(), mention.type):
        first += 1
    # A family may be called Potter: only before a whole name it is what somebody does.
    if mention.type == "PER" and last - first > 2 and is_occupation(words[first].group()):
        first += 1
    while last > first + 1 and is_role_word(words[last - 1].group()):
        last -= 1
    if (first, last) == (0, len(words)):
        return [mention]
    span = Span(words[first].start(), words[last - 1].end())
    return [MentionSpan(one, mention.type) for one in parts(text, span)]


def _title(word: str, type_: str) -> bool:
    return is_role_word(word) or (type_ == "PER" and outside_names(word))


def _timed(text: str, mention: MentionSpan) -> MentionSpan:
    """Return a mention as a time where it is the name of a month and no person."""
    plain = mention.span.of(text).lower().rstrip(".")
    is_month = plain in MONTHS and mention.type in ("LOC", "ORG", "MISC")
    return MentionSpan(mention.span, "TIME") if is_month else mention


def _widened(text: str, kept: Iterable[MentionSpan]) -> list[MentionSpan]:
    """Return the mentions, times with the "around" or "before" that they mean."""
    found = []
    covered = []
    for mention in kept:
        span = mention.span
        if mention.type == "TIME":
            before = LOOSELY.search(text, max(0, span.start - _REACH), span.start)
            wider = Span(before.start(), span.end) if before else span
            if wider != span and parse_literal(wider.of(text), "time") is not None:
                span = wider
        found.append(MentionSpan(span, mention.type))
        covered.append(span)
    for match in LOOSE_YEAR.finditer(text):
        span = Span(*match.span())
        if not any(span.start < c.end and c.start < span.end for c in covered):
            found.append(MentionSpan(span, "TIME"))
    return found
