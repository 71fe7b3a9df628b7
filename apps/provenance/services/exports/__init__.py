"""Exports of facts with what stands behind them, in formats that others read.

``formats`` has a module for each; all are written from the same stream of facts (``facts``), a
slice at a time, so that memory and everybody else's turn do not depend on how many there are.
"""

from apps.provenance.services.exports.formats import FILES
from apps.provenance.services.exports.jobs import (
    BUNDLES,
    EXPORTS,
    NotOffered,
    NotPossible,
    bundle_run_next,
    export_cancel,
    export_downloaded,
    export_request,
    export_retry,
    export_run,
    export_run_next,
    export_sweep,
)
from apps.provenance.services.exports.scopes import Chosen, Counts, counts_of

__all__ = [
    "BUNDLES",
    "EXPORTS",
    "FILES",
    "Chosen",
    "Counts",
    "NotOffered",
    "NotPossible",
    "bundle_run_next",
    "counts_of",
    "export_cancel",
    "export_downloaded",
    "export_request",
    "export_retry",
    "export_run",
    "export_run_next",
    "export_sweep",
]
