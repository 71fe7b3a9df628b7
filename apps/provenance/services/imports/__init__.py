"""Importing the bundle of a whole space into an empty one."""

from apps.provenance.services.imports.jobs import (
    IMPORTS,
    NotPossible,
    import_cancel,
    import_request,
    import_run_next,
    import_sweep,
)
from apps.provenance.services.imports.spaces import (
    Imported,
    ImportRefused,
    space_import,
    why_not_empty,
)

__all__ = [
    "IMPORTS",
    "ImportRefused",
    "Imported",
    "NotPossible",
    "import_cancel",
    "import_request",
    "import_run_next",
    "import_sweep",
    "space_import",
    "why_not_empty",
]
