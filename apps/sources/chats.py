"""Conversations as documents: a line for each message, and passages of whole messages."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from apps.common.text import clean
from apps.sources.errors import BadMessages, SessionFull, TooManyMessages
from apps.sources.passages import MAX_CHARS, PassageSpan, Span, sentences
from worker.chat.turns import Said, Turn, line_of, turns_of

CONTEXT = 2  # messages before the new ones with which they are read
MOST_MESSAGES = 10_000  # of a call
MOST_SPEAKER = 100
MOST_TEXT = 10_000
MOST_SESSION = 2_000_000
MOST_SHOWN = 20
NAME = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$")  # of a conversation, and of a session
_AHEAD = timedelta(days=1)  # that a clock may be wrong by
_EARLIEST = 1970


def filename_of(conversation: str, session: str) -> str:
    """Return by what a document of messages is known: both names, of which neither has a slash."""
    return f"{conversation}/{session}"


def read_messages(rows: Sequence[Mapping[str, Any]]) -> list[Said]:
    """Return messages as they are kept. Raises BadMessages, which names each that is not in order
    (nothing is added then), and TooManyMessages."""
    if len(rows) > MOST_MESSAGES:
        raise TooManyMessages
    found: list[Said] = []
    problems: list[str] = []
    for number, row in enumerate(rows, 1):
        try:
            found.append(_message(row))
        except ValueError as problem:
            problems.append(f"Message {number}: {problem}.")
    if problems:
        more = len(problems) - MOST_SHOWN
        shown = [*problems[:MOST_SHOWN], *([f"And {more:,} more."] if more > 0 else [])]
        raise BadMessages(" ".join(shown))
    if not found:
        raise BadMessages("There is no message.")
    return found


def _message(row: Mapping[str, Any]) -> Said:
    if unknown := sorted(set(row) - {"speaker", "time", "text"}):
        raise ValueError(f"there is no field {unknown[0]}")
    speaker, text = (clean(_string(row, key)).strip() for key in ("speaker", "text"))
    if not speaker:
        raise ValueError("speaker is empty")
    if len(speaker) > MOST_SPEAKER or "\n" in speaker or ":" in speaker:
        raise ValueError(
            f"speaker is no name of at most {MOST_SPEAKER} characters without a colon or a line end"
        )
    if not text:
        raise ValueError("text is empty")
    if len(text) > MOST_TEXT:
        raise ValueError(f"text is longer than {MOST_TEXT:,} characters")
    return Said(speaker, _time(_string(row, "time")), text)


def _string(row: Mapping[str, Any], key: str) -> str:
    value = row.get(key)
    if not isinstance(value, str):
        raise ValueError(f"{key} is missing or no text")
    return value


def _time(said: str) -> datetime:
    try:
        time = datetime.fromisoformat(said.strip())
    except ValueError:
        raise ValueError("time is none as 2026-05-04T09:12:00+02:00") from None
    if time.tzinfo is None or time.utcoffset() is None:
        raise ValueError("time says no offset from UTC, as +02:00 or Z")
    if time.year < _EARLIEST:
        raise ValueError(f"time is before {_EARLIEST}")
    if time.year > 9990 or time > timezone.now() + _AHEAD:
        raise ValueError("time is yet to come")
    return time


def grown(text: str, messages: Iterable[Said]) -> tuple[str, int]:
    """Return a text of turns with those of the messages that it lacks, and how many these are. One
    with the speaker, time and text of another is the same. Raises SessionFull."""
    lines = text.split("\n") if text else []
    there = set(lines)
    new = []
    for one in messages:
        line = line_of(one)
        if line not in there:
            there.add(line)
            new.append(line)
    made = "\n".join([*lines, *new])
    if len(made) > MOST_SESSION:
        raise SessionFull
    return made, len(new)


def text_of_turns(messages: Iterable[Said]) -> str:
    """Return messages as the text of a document."""
    return "\n".join(line_of(one) for one in messages)


def speaker_at(text: str, at: int) -> str:
    """Return who says what stands at a place of a text of turns; nobody where none does."""
    said = (turn.speaker for turn in turns_of(text) if turn.name.start <= at < turn.words.end)
    return next(said, "")


def turn_passages(text: str, since: int = 0) -> list[PassageSpan]:
    """Return passages for the turns of a text that begin at ``since`` or later, each with the
    turns before it in which its question may stand."""
    turns = list(turns_of(text))
    new = [number for number, turn in enumerate(turns) if turn.name.start >= since]
    passages: list[PassageSpan] = []
    at = 0
    while at < len(new):
        first, end = max(0, new[at] - CONTEXT), turns[new[at]].words.end
        while first < new[at] and end - _begins(text, turns[first]) > MAX_CHARS:
            first += 1
        begins = _begins(text, turns[first])
        last = at + 1
        while last < len(new) and turns[new[last]].words.end - begins <= MAX_CHARS:
            last += 1
        passages.append(_passage(text, turns[first : new[last - 1] + 1]))
        at = last
    return passages


def _begins(text: str, turn: Turn) -> int:
    return text.rfind("\n", 0, turn.name.start) + 1


def _passage(text: str, turns: Sequence[Turn]) -> PassageSpan:
    spans = tuple(
        Span(one.start + turn.words.start, one.end + turn.words.start)
        for turn in turns
        for one in sentences(turn.words.of(text))
    )
    return PassageSpan(_begins(text, turns[0]), turns[-1].words.end, spans)
