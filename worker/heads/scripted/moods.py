"""The mood of a sentence that a pattern fits, by a few plain English words."""

from __future__ import annotations

import re

from worker.types import Mood, Span

_BEFORE: tuple[tuple[Mood, re.Pattern[str]], ...] = (
    ("denied", re.compile(r"\b(?:not true|untrue|false|denie[sd]|denying)\b", re.IGNORECASE)),
    (
        "uncertain",
        re.compile(
            r"\b(?:if|whether|perhaps|reportedly|rumou?red|it is said|may|might)\b", re.IGNORECASE
        ),
    ),
)
_BETWEEN: tuple[tuple[Mood, re.Pattern[str]], ...] = (
    ("ended", re.compile(r"\bno longer\b")),
    ("denied", re.compile(r"\b(?:not|never)\b")),
    ("uncertain", re.compile(r"\b(?:may|might|perhaps|reportedly)\b")),
    ("planned", re.compile(r"\b(?:will|plans? to|is to)\b")),
)

AHEAD = 1000  # characters of a sentence that are looked at before its first name


def mood_of(text: str, sentence: Span, left: Span, right: Span) -> Mood:
    """Return how the sentence has what joins two names: by its end, by the words between them,
    then by those ahead of both."""
    if sentence.of(text).rstrip("\"'”’ ").endswith("?"):
        return "asked"
    stretches = (
        (_BETWEEN, text[left.end : right.start].rpartition(" and ")[2]),
        (_BEFORE, text[max(sentence.start, left.start - AHEAD) : left.start]),
    )
    for moods, words in stretches:
        for mood, pattern in moods:
            if pattern.search(words):
                return mood
    return "stated"
