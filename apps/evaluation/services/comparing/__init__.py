"""Runs compared: on which cases, by how much, how surely, and which cases came out otherwise."""

from apps.evaluation.services.comparing.flips import FLIPS, Flip, flips_count, flips_of
from apps.evaluation.services.comparing.pairs import (
    MOST_RUNS,
    CannotCompare,
    Pairs,
    check_comparable,
    pair_up,
)
from apps.evaluation.services.comparing.retired import RetiredSince, retired_between
from apps.evaluation.services.comparing.significance import Difference, differences_of
from apps.evaluation.services.comparing.weights import OtherWeights, other_weights

__all__ = [
    "FLIPS",
    "MOST_RUNS",
    "CannotCompare",
    "Difference",
    "Flip",
    "OtherWeights",
    "Pairs",
    "RetiredSince",
    "check_comparable",
    "differences_of",
    "flips_count",
    "flips_of",
    "other_weights",
    "pair_up",
    "retired_between",
]
