"""What a worker is rung for: thin calls of the services."""

from __future__ import annotations

from celery import shared_task

from apps.curation.services import (
    extraction_run_next,
    extraction_sweep,
    import_run_next,
    import_sweep,
)
from apps.curation.services.foreign import foreign_sweep
from memweb.queues import BY_CLOCK


@shared_task(name="curation.extract")
def extract(extraction_id: int) -> None:
    """Do a slice of the extraction whose turn it is; the one that rang may come later."""
    extraction_run_next()


@shared_task(name="curation.import_rows")
def import_rows(import_id: int) -> None:
    """Propose some rows of the import whose turn it is; the one that rang may come later."""
    import_run_next()


@shared_task(name="curation.sweep_extractions", **BY_CLOCK)
def sweep_extractions() -> None:
    """Ring again for extractions and imports that nobody answered; remove old drafts."""
    extraction_sweep()
    import_sweep()
    foreign_sweep()
