"""Background upkeep of the memory."""

from __future__ import annotations

import logging
import time

from celery import shared_task
from django.conf import settings

from apps.memory import services
from worker import registry

logger = logging.getLogger(__name__)
# After an embedder that could not be loaded. The clock rings every few seconds, and each try takes
# as many of a processor.
REST_SECONDS = 300.0


class _Rest:
    """Until when this process does not try to load the embedder."""

    until = 0.0


@shared_task(name="memory.embed_pending", acks_late=False)  # the clock rings again
def embed_pending() -> int:
    """Embed names that have no vector of the current embedder; rung for by the clock.

    An embedder that cannot be loaded, as where there is too little memory, is told of in one line;
    the names wait.
    """
    if time.monotonic() < _Rest.until:
        return 0
    try:
        embedder = registry.embedder(settings.EMBEDDER)
    except Exception as error:  # what a library raises that finds no memory is its own affair
        _Rest.until = time.monotonic() + REST_SECONDS
        logger.warning("no vectors for now: %s (%s)", error, type(error).__name__)
        return 0
    return services.embed_pending(embedder=embedder)
