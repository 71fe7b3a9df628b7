"""What a worker is rung for: thin calls of the services."""

from __future__ import annotations

from celery import shared_task

from apps.evaluation.services.learning import LEARNING, learning_run_next, learning_sweep
from apps.evaluation.services.run_exports import RUN_EXPORTS, export_run_next, export_sweep
from apps.evaluation.services.runs import RUNS, run_run_next, run_sweep
from apps.evaluation.services.schedules import schedules_run
from memweb.queues import BY_CLOCK


@shared_task(name=RUNS.task)
def run(run_id: int) -> None:
    """Do a slice of the run whose turn it is; the one that rang may come later."""
    run_run_next()


@shared_task(name="evaluation.sweep_runs", **BY_CLOCK)
def sweep_runs() -> None:
    """Ring again for runs that nobody answered."""
    run_sweep()


@shared_task(name="evaluation.schedules", **BY_CLOCK)
def schedules() -> None:
    """Ask for the runs that are due, and look whether what is watched fell."""
    schedules_run()


@shared_task(name=LEARNING.task)
def learn(learning_id: int) -> None:
    """Do a slice of the training whose turn it is; the one that rang may come later."""
    learning_run_next()


@shared_task(name="evaluation.sweep_learning", **BY_CLOCK)
def sweep_learning() -> None:
    """Ring again for trainings that nobody answered."""
    learning_sweep()


@shared_task(name=RUN_EXPORTS.task)
def export(export_id: int) -> None:
    """Write a slice of the file whose turn it is; the one that rang may come later."""
    export_run_next()


@shared_task(name="evaluation.sweep_exports", **BY_CLOCK)
def sweep_exports() -> None:
    """Ring again for files that nobody answered, and remove those whose time is over."""
    export_sweep()
