"""What a worker is rung for: thin calls of the services."""

from __future__ import annotations

from celery import shared_task

from apps.explicit.services import BUILDS, build_run_next, build_sweep, hierarchy_sweep
from memweb.queues import BY_CLOCK


@shared_task(name=BUILDS.task)
def build(build_id: int) -> None:
    """Do a slice of the build whose turn it is; the one that rang may come later."""
    build_run_next()


@shared_task(name="explicit.sweep_builds", **BY_CLOCK)
def sweep_builds() -> None:
    """Ring again for builds that nobody answered, and ask for one where memories went stale."""
    build_sweep()


@shared_task(name="explicit.weigh", **BY_CLOCK)
def weigh() -> None:
    """Weigh, once an hour, in which form references are cheapest, where an owner wants it."""
    hierarchy_sweep()
