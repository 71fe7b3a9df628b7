"""What services refuse, as a status and what more there is to say of it."""

from __future__ import annotations

from typing import Any, Final

from apps.asking.services import errors as asking
from apps.audit.versions import ChangedMeanwhile
from apps.curation.services.errors import CurationError, DecidedAlready, NotAllowed
from apps.dashboard.services import HeadMissing, LastOwner, NameGivesNoSlug
from apps.evaluation.services.benchmarks import BenchmarkRefused
from apps.evaluation.services.benchmarks.drafts import FaultyRows
from apps.evaluation.services.benchmarks.reading import UnreadableFile
from apps.evaluation.services.comparing import CannotCompare
from apps.evaluation.services.learning import LearningRefused
from apps.evaluation.services.runs import RunRefused
from apps.evaluation.services.schedules import ScheduleRefused
from apps.explicit.services import ExplicitRefused
from apps.memory.controller import (
    AmbiguousName,
    ConflictError,
    InvalidName,
    InvalidPeriod,
    MemoryRefusal,
)
from apps.memory.controller.wording import statement_of
from apps.memory.packs import UnknownPack
from apps.memory.services import (
    DuplicateEntity,
    InvalidRelation,
    InverseTaken,
    MergeRefused,
    PartingRefused,
    UnseenConflicts,
)
from apps.provenance.services.bundles import BundleRefused
from apps.provenance.services.erasing import ErasureRefused
from apps.provenance.services.exports import NotOffered, NotPossible
from apps.provenance.services.withdrawing import WithdrawalError
from apps.sources.errors import SourceError
from apps.webhooks.services import BadAddress, EndpointRefused, NotSwitchedOn

# The first that fits counts.
_STATUS: Final[tuple[tuple[type[Exception], int], ...]] = (
    (NotAllowed, 403),
    (CurationError, 409),
    (InvalidName, 422),
    (InvalidPeriod, 422),
    (MemoryRefusal, 409),
    (UnseenConflicts, 409),
    (MergeRefused, 409),
    (PartingRefused, 409),
    (DuplicateEntity, 409),
    (InvalidRelation, 422),
    (InverseTaken, 422),
    (asking.NotCancellable, 409),
    (asking.NotRetryable, 409),
    (asking.ReadingGone, 409),
    (asking.DueRefused, 422),
    (asking.AskingError, 422),
    (ErasureRefused, 409),
    (NotOffered, 410),
    (NotPossible, 409),
    (RunRefused, 422),
    (BenchmarkRefused, 422),
    (UnreadableFile, 422),
    (FaultyRows, 422),
    (CannotCompare, 422),
    (ScheduleRefused, 422),
    (LearningRefused, 409),
    (ExplicitRefused, 409),
    (HeadMissing, 422),
    (WithdrawalError, 409),
    (BadAddress, 422),
    (EndpointRefused, 422),
    (NotSwitchedOn, 409),
    (BundleRefused, 409),
    (LastOwner, 409),
    (NameGivesNoSlug, 422),
    (ChangedMeanwhile, 412),
    (UnknownPack, 404),
)
_NO_WORDS: Final = {
    NotPossible: "It is not in a state in which this can be done.",
    NotOffered: "The file is no longer kept.",
}


def refusal_of(error: Exception) -> tuple[int, str, dict[str, Any]] | None:
    """Return the status, the sentence and what more is known of a refusal; None for what is
    none."""
    if isinstance(error, SourceError):
        return error.status, str(error), {}
    for kind, status in _STATUS:
        if isinstance(error, kind):
            words = " ".join(str(error).split())
            return status, words or _NO_WORDS.get(kind, "This cannot be done."), _more(error)
    return None


def _more(error: Exception) -> dict[str, Any]:
    if isinstance(error, DecidedAlready) and error.decision is not None:
        one = error.decision
        decision = {
            "id": one.pk,
            "action": one.action,
            "by": one.actor.label,
            "at": one.created_at.isoformat(),
        }
        return {"decision": decision}
    if isinstance(error, ConflictError):
        rows = [{"id": one.pk, "statement": statement_of(one)} for one in error.conflicts]
        return {"conflicts": rows}
    if isinstance(error, AmbiguousName):
        found = [
            {"id": one.entity.pk, "name": one.entity.name, "description": one.entity.description}
            for one in error.candidates
        ]
        return {"name": error.name, "entities": found}
    if isinstance(error, UnseenConflicts):
        pairs = [[one.pk, other.pk] for one, other in error.plan.clashes]
        return {"clashes": pairs}
    if isinstance(error, FaultyRows):
        faults = [{"row": one.place, "says": one.text} for one in error.reading.faults]
        return {"wrong": error.reading.wrong, "rows": faults}
    return {}
