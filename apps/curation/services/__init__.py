"""Everything that changes extractions, candidates and decisions."""

from apps.curation.services.batches import (
    BatchResult,
    Refused,
    batch_undo,
    candidates_decide_batch,
)
from apps.curation.services.by_hand import FactInWords, Name, Occasion, candidate_propose
from apps.curation.services.decisions import (
    candidate_accept,
    candidate_defer,
    candidate_merge,
    candidate_reject,
    candidate_supersede,
)
from apps.curation.services.disputes import dispute_end, dispute_keep, dispute_retract
from apps.curation.services.edits import candidate_edit
from apps.curation.services.errors import (
    CannotUndo,
    CurationError,
    DecidedAlready,
    IsDispute,
    NotAllowed,
    NotCancellable,
    NotRetryable,
    ReplacedMeanwhile,
)
from apps.curation.services.extraction import (
    extraction_cancel,
    extraction_request,
    extraction_retry,
    extraction_run,
    extraction_run_next,
    extraction_sweep,
)
from apps.curation.services.holds import hold_release, hold_take
from apps.curation.services.relation_proposals import (
    relation_proposal_accept,
    relation_proposal_decline,
    relation_propose,
)
from apps.curation.services.row_imports import (
    import_cancel,
    import_request,
    import_retry,
    import_run,
    import_run_next,
    import_sweep,
)
from apps.curation.services.triple_import import ImportResult, candidates_import
from apps.curation.services.undo import decision_undo
from apps.curation.services.writing import NOTHING_PICKED, Picked

__all__ = [
    "NOTHING_PICKED",
    "BatchResult",
    "CannotUndo",
    "CurationError",
    "DecidedAlready",
    "FactInWords",
    "ImportResult",
    "IsDispute",
    "Name",
    "NotAllowed",
    "NotCancellable",
    "NotRetryable",
    "Occasion",
    "Picked",
    "Refused",
    "ReplacedMeanwhile",
    "batch_undo",
    "candidate_accept",
    "candidate_defer",
    "candidate_edit",
    "candidate_merge",
    "candidate_propose",
    "candidate_reject",
    "candidate_supersede",
    "candidates_decide_batch",
    "candidates_import",
    "decision_undo",
    "dispute_end",
    "dispute_keep",
    "dispute_retract",
    "extraction_cancel",
    "extraction_request",
    "extraction_retry",
    "extraction_run",
    "extraction_run_next",
    "extraction_sweep",
    "hold_release",
    "hold_take",
    "import_cancel",
    "import_request",
    "import_retry",
    "import_run",
    "import_run_next",
    "import_sweep",
    "relation_proposal_accept",
    "relation_proposal_decline",
    "relation_propose",
]
