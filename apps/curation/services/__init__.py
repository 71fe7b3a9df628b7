"""Everything that changes extractions, candidates and decisions."""

from apps.curation.services.extraction import (
    extraction_request,
    extraction_retry,
    extraction_run,
    extraction_sweep,
)

__all__ = [
    "extraction_request",
    "extraction_retry",
    "extraction_run",
    "extraction_sweep",
]
