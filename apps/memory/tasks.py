"""Background upkeep of the memory."""

from __future__ import annotations

import logging

from celery import shared_task
from django.conf import settings

from apps.common.worker_status import mark_begun, mark_done
from apps.memory import services
from memweb.queues import BY_CLOCK
from worker import registry
from worker.interfaces import Embedder

logger = logging.getLogger(__name__)
# After an embedder that could not be loaded, until the next try. The clock rings every few seconds,
# and each try takes as many of a processor, or the whole process with it.
REST_SECONDS = 300
LOADING = "embedder"
LEARNT_SECONDS = 86_400
SCHEDULED_SECONDS = 600  # between two looks at the schedule of facts


@shared_task(name="memory.embed_pending", **BY_CLOCK)
def embed_pending() -> int:
    """Embed names that have no vector of the current embedder; rung for by the clock.

    An embedder that cannot be loaded, as where there is too little memory, is told of in one line;
    the names wait.
    """
    embedder = _embedder()
    return services.embed_pending(embedder=embedder) if embedder is not None else 0


def _embedder() -> Embedder | None:
    """Return the embedder; None where it is still to be loaded and a try to load it failed a moment
    ago, here or in a process that the library took along, or another process is at it.

    What this process has loaded is used, whatever became of other processes.
    """
    loaded = registry.embedder_if_loaded(settings.EMBEDDER)
    if loaded is not None:
        return loaded
    if not mark_begun(LOADING, REST_SECONDS):
        return None
    try:
        embedder = registry.embedder(settings.EMBEDDER)
    except Exception as error:  # what a library raises that finds no memory is its own affair
        logger.warning("no vectors for now: %s (%s)", error, type(error).__name__)
        return None
    mark_done(LOADING)
    return embedder


@shared_task(name="memory.schedule", **BY_CLOCK)
def schedule() -> int:
    """Schedule facts that are new, and bring up to date those that were read, every ten minutes;
    once a day learn how often facts of each relation change."""
    if mark_begun("volatility", LEARNT_SECONDS):
        services.volatility_learn()
    return services.schedules_upkeep() if mark_begun("schedule", SCHEDULED_SECONDS) else 0
