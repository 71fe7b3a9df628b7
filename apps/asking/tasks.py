"""What a worker is rung for: thin calls of the services."""

from __future__ import annotations

from celery import shared_task

from apps.asking.services import question_run, question_sweep


@shared_task(name="asking.answer")
def answer(question_id: int) -> None:
    """Answer the question, unless another worker holds it."""
    question_run(question_id=question_id)


@shared_task(name="asking.sweep_questions")
def sweep_questions() -> None:
    """Ring again for questions that nobody answered."""
    question_sweep()
