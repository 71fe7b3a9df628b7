"""Questions inside questions: "Who is the spouse of [the director of Y]?"."""

from __future__ import annotations

import re
from dataclasses import dataclass

from worker.heads.encoder.mentions import NamedEntity

_LONGEST_PHRASE = 80  # code points before the name
_APPOSITION = re.compile(
    r"(?:(?:tell me|name|give me|show me|find|list)\s*|"
    r"(?:what|who|which|where|when)(?:\s+[\w\-]+){0,2}?\s+(?:is|was|are|were|'s)\s*|"
    r"(?:what|who)\s*|what is the name of\s*)",
    re.IGNORECASE,
)
_CLAUSE = re.compile(
    r"\b(?:the|a)\s+[\w\- ]{2,40}?\s+(?:where|that|who|which|in which|whose|when)\s+[\w\-, ]*$",
    re.I,
)
_NOUN_OF = re.compile(r"\bthe\s+[\w\- ]{2,40}?\s+(?:of|by|for)\s+(?:the\s+)?$", re.IGNORECASE)
_NO_VERB_YET = re.compile(r"\b(?:where|that|who|which|whose|when)\s+(?:the\s+)?$", re.IGNORECASE)
_VERB_AFTER = re.compile(
    r"^\s+(?:was|is|were|has|had|did)?\s*[a-z\-]+(?:\s+(?:in|at|by|to|for|from|on))?(?=\W*$|\s+[a-z])"
)


@dataclass(frozen=True)
class Nested:
    """A question in two steps: ``inner`` is asked of the named entity, its answer takes the
    place of ``[start, end)`` in the whole question. ``name_at`` is the name's place in ``inner``.
    ``is_noun`` tells "the director of Y" and "Y's director" from "the film that Y directed".
    """

    inner: str
    name_at: int
    start: int
    end: int
    is_noun: bool


def nested(question: str, named: NamedEntity) -> Nested | None:
    """Return the two steps of a question about ``named``, or None when it has only one."""
    before = question[: named.start]
    window = max(0, len(before) - _LONGEST_PHRASE)
    for start, end, is_noun in _inner_spans(question, named, before, window):
        outer = (question[:start] + " " + question[end:]).strip(" ?.!")
        if _APPOSITION.fullmatch(outer) or not re.search(r"\w{3,}", outer):
            continue
        return Nested(question[start:end], named.start - start, start, end, is_noun)
    return None


def _inner_spans(
    question: str, named: NamedEntity, before: str, window: int
) -> list[tuple[int, int, bool]]:
    """Return the stretches that may be an inner question, the shortest first."""
    spans: list[tuple[int, int, bool]] = []
    possessive = re.match(r"['’]s?\s+([a-z\-]+)", question[named.end :])
    if possessive:
        spans.append((named.start, named.end + possessive.end(), True))
    noun = _last(_NOUN_OF, before, window)
    if noun is not None:
        spans.append((noun, named.end, True))
    clause = _last(_CLAUSE, before, window)
    verb = _VERB_AFTER.match(question[named.end :]) if _NO_VERB_YET.search(before) else None
    if clause is not None:
        spans.append((clause, named.end + (verb.end() if verb else 0), False))
    return spans


def _last(pattern: re.Pattern[str], text: str, window: int) -> int | None:
    """Return where the shortest match that ends at the end of ``text`` starts."""
    starts = [m.start() for m in re.finditer(r"\b(?:the|a)\s", text[window:], re.IGNORECASE)]
    for start in reversed(starts):
        if pattern.match(text, window + start):
            return window + start
    return None
