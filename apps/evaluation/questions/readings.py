"""The readings of questions with what they lead to, to train their ranking on: ``--readings``."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from apps.evaluation.measuring.errors import EvaluationError
from apps.evaluation.questions.files import QuestionLine
from worker.interfaces import Memory, ReadHead
from worker.types import AnsweredReading, QuestionContext, TracedAnswer

IsRight = Callable[[QuestionLine, TracedAnswer], bool]


class RecordedReadings:
    """A read head that keeps the readings of the question that it answered last."""

    def __init__(self, head: ReadHead) -> None:
        """Raises EvaluationError for a head that makes no readings."""
        if not hasattr(head, "readings"):
            raise EvaluationError(f"the read head “{head.name}” makes no readings")
        self._head = head
        self._make: Callable[..., list[AnsweredReading]] = head.readings
        self.name, self.version = head.name, head.version
        self._last: list[AnsweredReading] = []

    def answer(self, question: str, memory: Memory, context: QuestionContext) -> TracedAnswer:
        """Answer as the head does."""
        self._last = self._make(question, memory, context)
        return self._head.answer(question, memory, context)

    def line(self, question: QuestionLine, is_right: IsRight) -> str:
        """Return the last question's readings as a line of JSON, the likeliest first."""
        row = {
            "text": question.text,
            "kind": question.kind,
            "uses": [list(one) for one in question.uses],
            "readings": [
                {**_row(one), "right": bool(question.answers) and is_right(question, one.answer)}
                for one in self._last
            ],
        }
        return json.dumps(row, ensure_ascii=False)


def _row(one: AnsweredReading) -> dict[str, Any]:
    figures = {name: round(value, 4) for name, value in one.figures.items()}
    return {
        "question": one.question,
        "reading": one.reading,
        "relations": list(one.relations),
        "sign": figures["first"],
        "figures": figures,
        "answer": key_of(one.answer),
    }


def key_of(answer: TracedAnswer) -> str:
    """Return what two readings share that lead to the same answer."""
    named = " ".join(sorted(entity.id for entity in answer.answers))
    return named or answer.text.partition(".")[0]
