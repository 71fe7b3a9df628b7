"""A run's results taken out: as JSON, as CSV, or as a page that stands alone.

The file is written whole before any of it is sent, so that the event that seals it has its hash,
and who takes it gets just that. Of very many results a worker writes it (``jobs``).
"""

from apps.evaluation.services.run_exports.jobs import (
    RUN_EXPORTS,
    NotOffered,
    export_cancel,
    export_downloaded,
    export_opened,
    export_remove,
    export_request,
    export_run,
    export_run_next,
    export_sweep,
)
from apps.evaluation.services.run_exports.taking import (
    CONTENT_TYPES,
    FORMATS,
    MOST_AT_ONCE,
    Taken,
    UnknownFormat,
    run_export,
)

__all__ = [
    "CONTENT_TYPES",
    "FORMATS",
    "MOST_AT_ONCE",
    "RUN_EXPORTS",
    "NotOffered",
    "Taken",
    "UnknownFormat",
    "export_cancel",
    "export_downloaded",
    "export_opened",
    "export_remove",
    "export_request",
    "export_run",
    "export_run_next",
    "export_sweep",
    "run_export",
]
