"""Questions with their right answers: the read head is asked them, with or without the memory."""

from __future__ import annotations

from typing import Final

from apps.evaluation.models import Benchmark, Case, Result, Run
from apps.evaluation.services.answering.asked import Asked
from apps.evaluation.services.answering.diagnosis import diagnose_question, diagnosed
from apps.evaluation.services.answering.given import Given
from apps.evaluation.services.answering.judging import judge_question
from apps.evaluation.services.answering.modes import QUESTION_MODES
from apps.evaluation.services.formats.questions import question_case
from apps.evaluation.services.kinds.kind import Judge, Kind, Words
from apps.evaluation.services.kinds.measures import MEASURES
from apps.memory.controller import MemoryController

_JSON: Final = """{"question": "Who was born in Lindenau?",
 "answers": [["Ada Brook", "Addie"], ["Ben Brook"]],
 "kind": "inverse"}"""
_CSV: Final = """question,answers,kind,as_of
Who was born in Lindenau?,Ada Brook|Addie; Ben Brook,inverse,"""


def _judging(run: Run) -> Judge:
    memory = MemoryController(run.space)

    def judge(case: Case, given: Given) -> Result:
        result = judge_question(run, case, given)
        asked = Asked(run, case, given, memory)
        return diagnosed(result, diagnose_question(asked, given, result.outcome))

    return judge


QUESTIONS: Final = Kind(
    name=Benchmark.Kind.QUESTIONS,
    label=Benchmark.Kind.QUESTIONS.label,
    side="read",
    words=Words(
        case="Question",
        right="Right answer",
        came="Answered",
        nothing="none: leaving it open is right",
        examples=(
            ("JSON Lines, or a list in JSON:", _JSON),
            ("CSV, with ; between answers and | between the names of one:", _CSV),
        ),
        note="Without answers, leaving the question open is right. A yes or a no is the answer "
        "“yes” or “no”. kind, as_of (a day), relation, turns and id may be left out.",
    ),
    read=question_case,
    required=("question", "answers"),
    longest=1_000,
    modes=QUESTION_MODES,
    judging=_judging,
    measures=MEASURES,
    asks_memory=True,
)
