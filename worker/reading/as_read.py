"""The answer to a question by a reading that is given, without understanding its words anew."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from worker.heads.answering import Reading, combined
from worker.heads.questions import is_past, is_perfect
from worker.heads.timing import AskedTime
from worker.interfaces import Memory
from worker.reading.look_up import of_its_time, why_nothing
from worker.reading.question import Question
from worker.types import TracedAnswer


def answer_as_read(
    text: str,
    questions: Sequence[Question],
    memory: Memory,
    as_of: date | None = None,
    today: date | None = None,
) -> TracedAnswer:
    """Return the answer to ``text``, each of whose questions is read so, or an abstention. The
    words of ``text`` tell only whether it asks of the past."""
    answers: list[TracedAnswer] = []
    for question in questions:
        cited = sum(len(answer.cited) for answer in answers)

        def reading(time: AskedTime | None, cited: int = cited) -> Reading:
            past, ever = is_past(text), is_perfect(text)
            when = time or as_of
            return Reading(memory, when, past=past, ever=ever, today=today, cited=cited)

        answers.append(of_its_time(question, reading) or why_nothing(question, reading))
    return combined(answers)
