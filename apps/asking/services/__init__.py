"""Everything that changes questions and answers."""

from apps.asking.services.answering import question_answer_here, question_run, question_sweep
from apps.asking.services.questions import question_ask, question_retry

__all__ = [
    "question_answer_here",
    "question_ask",
    "question_retry",
    "question_run",
    "question_sweep",
]
