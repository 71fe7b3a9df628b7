"""What a worker is rung for: thin calls of the services."""

from __future__ import annotations

from celery import shared_task

from apps.curation.services import extraction_run, extraction_sweep


@shared_task(name="curation.extract")
def extract(extraction_id: int) -> None:
    """Run the extraction, unless another worker holds it."""
    extraction_run(extraction_id=extraction_id)


@shared_task(name="curation.sweep_extractions")
def sweep_extractions() -> None:
    """Ring again for extractions that nobody answered."""
    extraction_sweep()
