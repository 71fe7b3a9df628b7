"""Learning from reviewers: a space's decisions set the scores of its write head right."""

from apps.evaluation.services.learning.decided import Decisions, decisions_of, enough
from apps.evaluation.services.learning.errors import LearningRefused
from apps.evaluation.services.learning.jobs import (
    LEARNING,
    learning_cancel,
    learning_request,
    learning_retry,
    learning_run,
    learning_run_next,
    learning_sweep,
)
from apps.evaluation.services.learning.switching import (
    learned_switch_back,
    learned_switch_on,
    trouble_of,
)

__all__ = [
    "LEARNING",
    "Decisions",
    "LearningRefused",
    "decisions_of",
    "enough",
    "learned_switch_back",
    "learned_switch_on",
    "learning_cancel",
    "learning_request",
    "learning_retry",
    "learning_run",
    "learning_run_next",
    "learning_sweep",
    "trouble_of",
]
