"""What a worker is rung for: thin calls of the services."""

from __future__ import annotations

from celery import shared_task

from apps.asking.services import (
    heads_load,
    question_run_next,
    question_sweep,
    trial_run_next,
    trial_sweep,
)
from memweb.queues import BY_CLOCK


@shared_task(name="asking.answer")
def answer(question_id: int) -> None:
    """Answer the question whose turn it is; the one that rang may come later."""
    question_run_next()


@shared_task(name="asking.sweep_questions", **BY_CLOCK)
def sweep_questions() -> None:
    """Ring again for questions that nobody answered, and be ready for the first one.

    The clock rings for this soon after every start of a worker, in the process that answers.
    """
    question_sweep()
    heads_load()


@shared_task(name="asking.try_without")
def try_without(trial_id: int) -> None:
    """Ask the question whose turn it is without a memory; the one that rang may come later."""
    trial_run_next()


@shared_task(name="asking.sweep_trials", **BY_CLOCK)
def sweep_trials() -> None:
    """Ring again for questions to be asked without a memory that nobody asked."""
    trial_sweep()
