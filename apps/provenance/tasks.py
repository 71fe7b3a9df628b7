"""What the clock rings for."""

from __future__ import annotations

from celery import shared_task

from apps.provenance.services import sequencer
from memweb.queues import BY_CLOCK


@shared_task(name="provenance.seal", **BY_CLOCK)
def seal() -> None:
    """Seal what is committed, unless another process is at it."""
    sequencer.seal(wait=False)
