"""Background upkeep of the memory."""

from __future__ import annotations

from celery import shared_task
from django.conf import settings

from apps.memory import services
from worker import registry


@shared_task(name="memory.embed_pending", acks_late=False)  # the clock rings again
def embed_pending() -> int:
    """Embed names that have no vector of the current embedder; rung for by the clock."""
    return services.embed_pending(embedder=registry.embedder(settings.EMBEDDER))
