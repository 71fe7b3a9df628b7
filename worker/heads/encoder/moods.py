"""From what the reader of pairs finds to the one mood of a pair."""

from __future__ import annotations

from typing import get_args

import torch
from torch import Tensor

from worker.heads.encoder.pair_reader import MOODS
from worker.types import HOLDING, Mood

STATED = MOODS.index("stated")
_HOLDING = [mood in HOLDING for mood in MOODS]
_NAMES: dict[str, Mood] = {mood: mood for mood in get_args(Mood)}


def mood_named(index: int) -> Mood:
    """Return a mood by its place in MOODS."""
    return _NAMES[MOODS[index]]


def likeliest(logits: Tensor) -> tuple[Tensor, Tensor]:
    """Return of mood logits (..., MOODS) the likeliest mood (...), an index into MOODS, and how
    likely it is (...).

    Stated and ended count as one against the others, since a text bears the fact out in both.
    """
    chances = logits.softmax(-1)
    holding = torch.tensor(_HOLDING, device=logits.device)
    held = (chances * holding).sum(-1)
    other, mood = chances.masked_fill(holding, -1).max(-1)
    in_which = chances.masked_fill(~holding, -1).argmax(-1)
    return torch.where(held >= other, in_which, mood), torch.maximum(held, other)
