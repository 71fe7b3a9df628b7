"""Turns of a conversation as a text: a line each, with its time and its speaker before it.

>>> time = datetime.fromisoformat("2026-05-04T09:12:00+00:00")
>>> print(line_of(Said("Ada Brook", time, "I moved.")))
[2026-05-04T09:12:00+00:00] Ada Brook: I moved.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from worker.types import Span

# A line end inside a message, so that a line is a turn and nobody writes another one's.
LINE_END = "\u2028"
_HEAD = re.compile(r"^\[(?P<time>[0-9T:.+-]{20,40})\] (?P<speaker>[^\n:]{1,100}): ", re.MULTILINE)


@dataclass(frozen=True)
class Said:
    """A message: who said it, when (with its offset from UTC), and what."""

    speaker: str
    time: datetime
    text: str


@dataclass(frozen=True)
class Turn:
    """A message where it stands in a text: ``name`` and ``words`` are spans of it."""

    speaker: str
    time: datetime
    name: Span
    words: Span


def line_of(said: Said) -> str:
    """Return the line of a message; its own line ends stay as many characters."""
    words = said.text.replace("\n", LINE_END)
    return f"[{said.time.isoformat()}] {said.speaker}: {words}"


def turns_of(text: str) -> Iterator[Turn]:
    """Yield the turns whose lines begin in a text."""
    for head in _HEAD.finditer(text):
        try:
            time = datetime.fromisoformat(head["time"])
        except ValueError:
            continue
        end = text.find("\n", head.end())
        end = len(text) if end < 0 else end
        if head.end() < end:
            words = Span(head.end(), end)
            yield Turn(head["speaker"], time, Span(*head.span("speaker")), words)


def speakers_of(turns: Iterable[Turn]) -> list[str]:
    """Return who speaks, each once, in order."""
    return list(dict.fromkeys(turn.speaker for turn in turns))
