"""A run's results taken out: as JSON, as CSV, or as a page that stands alone.

The file is written whole before any of it is sent, so that the event that seals it has its hash,
and who takes it gets just that.
"""

from apps.evaluation.services.run_exports.taking import (
    FORMATS,
    Taken,
    UnknownFormat,
    run_export,
)

__all__ = ["FORMATS", "Taken", "UnknownFormat", "run_export"]
