"""Runs: a head on every case of a benchmark, by a worker, and what is said of them afterwards."""

from apps.evaluation.services.answering.diagnosis import DIAGNOSES, Diagnosis
from apps.evaluation.services.answering.errors import (
    AllErased,
    BenchmarkArchived,
    ModeNotPossible,
    NothingToAsk,
    NotOpen,
    NotRetryable,
    RunRefused,
    UnknownMode,
)
from apps.evaluation.services.answering.modes import QUESTION_MODES, Mode
from apps.evaluation.services.kinds import default_setup, mode_of
from apps.evaluation.services.runs.figures import figures_of
from apps.evaluation.services.runs.jobs import (
    RUNS,
    people_wait,
    run_cancel,
    run_request,
    run_retry,
    run_run,
    run_run_next,
    run_sweep,
    runs_request,
)

__all__ = [
    "DIAGNOSES",
    "QUESTION_MODES",
    "RUNS",
    "AllErased",
    "BenchmarkArchived",
    "Diagnosis",
    "Mode",
    "ModeNotPossible",
    "NotOpen",
    "NotRetryable",
    "NothingToAsk",
    "RunRefused",
    "UnknownMode",
    "default_setup",
    "figures_of",
    "mode_of",
    "people_wait",
    "run_cancel",
    "run_request",
    "run_retry",
    "run_run",
    "run_run_next",
    "run_sweep",
    "runs_request",
]
