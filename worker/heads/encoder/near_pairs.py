"""Where two entities of a window stand nearest each other, and which of its words say something."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from worker.heads.encoder.extractor import Entities
from worker.heads.encoder.features import Window

BEFORE, AFTER = 5, 7  # word pieces around two names
FURTHEST = 60  # word pieces between two names
_SMALL_WORDS = (
    "the and for with that who which where what when its his her their they from this whose are "
    "was were subject object person thing place something organisation number date been being "
    "have has had not more than then these those there into after before over under"
)
_SMALL = frozenset(_SMALL_WORDS.split())


@dataclass(frozen=True)
class NearPair:
    """The nearest mentions of a pair, ranges of the window's pieces: ``subject``, ``object``, what
    is ``between`` and ``near`` both; ``gap`` counts the pieces between."""

    subject: tuple[int, int]
    object: tuple[int, int]
    between: tuple[int, int]
    near: tuple[int, int]
    gap: int


def nearest_pairs(
    window: Window, entities: Entities, pairs: tuple[Tensor, Tensor]
) -> dict[int, NearPair]:
    """Return, by row, where each pair (P,), (P,) stands; in one sentence or not at all."""
    last = window.words[-1].last if window.words else 0
    sentence = {w.first: w.sentence for w in window.words}
    found = {}
    for row, (i, j) in enumerate(zip(pairs[0].tolist(), pairs[1].tolist(), strict=True)):
        best = None
        for a in entities.groups[i]:
            for b in entities.groups[j]:
                one, other = entities.spans[a], entities.spans[b]
                gap = max(other[0] - one[1], one[0] - other[1])
                if gap < 0 or gap > FURTHEST or (best is not None and gap >= best[0]):
                    continue
                if sentence[one[0]] == sentence[other[0]]:
                    best = (gap, one, other)
        if best is not None:
            gap, one, other = best
            left, right = sorted((one, other))
            near = (max(1, left[0] - BEFORE), min(last, right[1] + AFTER))
            found[row] = NearPair(one, other, (left[1], right[0]), near, gap)
    return found


def says_something(text: str, window: Window) -> Tensor:
    """Return (T,): which pieces of a window belong to words that say something."""
    content = torch.zeros(len(window.ids), dtype=torch.bool)
    for word in window.words:
        plain = text[word.start : word.end].lower()
        if len(plain) > 2 and plain.isalpha() and plain not in _SMALL:
            content[word.first : word.last] = True
    return content
