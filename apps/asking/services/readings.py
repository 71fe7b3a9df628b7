"""How a question was read: kept with its answer, and shown part by part over its words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from apps.asking.models import Answer
from apps.asking.services.errors import AnswerRefused
from worker.reading.parts import Part, parts_of
from worker.reading.question import Question
from worker.reading.spans import all_spans
from worker.reading.stored import VERSION, MalformedQuestion, as_json, from_json
from worker.types import TracedAnswer


@dataclass(frozen=True)
class Segment:
    """A stretch of the question: its words, and what they were taken for, said where a part
    begins. ``roles`` is empty for words that ask for nothing by themselves."""

    words: str
    roles: tuple[str, ...] = ()
    meanings: tuple[str, ...] = ()


@dataclass(frozen=True)
class ShownReading:
    """One question as it was read: its words in order, and the parts that have none of them,
    because they came from earlier questions or follow from others."""

    segments: tuple[Segment, ...]
    beside: tuple[str, ...] = ()


def reading_kept(answer: TracedAnswer, text: str) -> dict[str, Any]:
    """Return how the question ``text`` was read as plain values; empty where nothing was.

    Raises AnswerRefused where a part lies outside of the question.
    """
    return values_of(answer.questions, text) if answer.questions else {}


def values_of(questions: Sequence[Question], text: str) -> dict[str, Any]:
    """Return a reading of the question ``text`` as plain values. Raises AnswerRefused where a part
    lies outside of it."""
    for question in questions:
        if any(span.end > len(text) for span in all_spans(question)):
            raise AnswerRefused("its reading has words that the question has not")
    return {"version": VERSION, "questions": [as_json(one) for one in questions]}


def questions_of(answer: Answer) -> list[Question]:
    """Return how a question was read, to be shown: its relations are those of the moment. None
    where nothing was read, or before readings were kept."""
    if answer.reading.get("version") != VERSION:
        return []
    try:
        return [from_json(values) for values in answer.reading["questions"]]
    except (MalformedQuestion, KeyError, TypeError):
        return []


def readings_shown(answer: Answer) -> list[ShownReading]:
    """Return how the question of an answer was read, over its words."""
    text = answer.question.text
    return [_shown(parts_of(one), text) for one in questions_of(answer)]


def _shown(parts: Sequence[Part], text: str) -> ShownReading:
    beside = [part.meaning for part in parts if not part.spans and part.role in ("thing", "step")]
    return ShownReading(tuple(_segments(parts, text)), tuple(dict.fromkeys(beside)))


def _segments(parts: Sequence[Part], text: str) -> Iterator[Segment]:
    """Yield the stretches of a text, each with the parts that it belongs to."""
    edges = {0, len(text)}
    edges |= {edge for part in parts for span in part.spans for edge in (span.start, span.end)}
    said: set[int] = set()
    for start, end in pairwise(sorted(edges)):
        words = " ".join(text[start:end].split())
        if not words:
            continue
        here = [number for number, part in enumerate(parts) if _has(part, start, end)]
        new = [number for number in here if number not in said]
        said.update(here)
        yield Segment(
            words,
            tuple(dict.fromkeys(parts[number].role for number in here)),
            tuple(dict.fromkeys(parts[number].meaning for number in new)),
        )


def _has(part: Part, start: int, end: int) -> bool:
    return any(span.start < end and start < span.end for span in part.spans)
