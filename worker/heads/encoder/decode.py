"""From tag scores to mentions: the best tag sequence in which every mention is whole."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from worker.heads.encoder.extractor import TAG, TAGS

Floats = npt.NDArray[np.float32]


def _allowed() -> Floats:
    """Return (from, to) penalties: 0 where one tag may follow another, minus infinity elsewhere."""
    table = np.full((len(TAGS), len(TAGS)), -np.inf, dtype=np.float32)
    for a, one in enumerate(TAGS):
        for b, other in enumerate(TAGS):
            inside = one[0] in "BI"
            follows = other[0] in "IE" and other[2:] == one[2:]
            if follows if inside else other[0] in "OBS":
                table[a, b] = 0.0
    return table


_STEP = _allowed()
_FIRST = np.array([0.0 if t[0] in "OBS" else -np.inf for t in TAGS], dtype=np.float32)
_LAST = np.array([0.0 if t[0] in "OES" else -np.inf for t in TAGS], dtype=np.float32)


def best_tags(scores: Floats, sentences: Sequence[int] | None = None) -> list[int]:
    """Return the best allowed tag sequence for (W, tags) log probabilities.

    With ``sentences`` (W,), each word's sentence, no mention reaches from one into the next, so
    each is decoded by itself; where every word's best tag makes an allowed sequence, that is it.
    """
    if not len(scores):
        return []
    own = np.zeros(len(scores)) if sentences is None else np.asarray(sentences)
    bounds = [0, *(np.diff(own).nonzero()[0] + 1).tolist(), len(scores)]
    tags = scores.argmax(1)
    breaks = np.isinf(_STEP[tags[:-1], tags[1:]])
    for first, last in pairwise(bounds):
        ends = _FIRST[tags[first]] + _LAST[tags[last - 1]]
        if np.isinf(ends) or breaks[first : last - 1].any():
            tags[first:last] = _viterbi(scores[first:last])
    found: list[int] = tags.tolist()
    return found


def _viterbi(scores: Floats) -> list[int]:
    """Return the best sequence of whole mentions for (W, tags) scores (Viterbi 1967)."""
    total = scores[0] + _FIRST
    back = np.zeros(scores.shape, dtype=np.int64)
    for at in range(1, len(scores)):
        ways = total[:, None] + _STEP
        back[at] = ways.argmax(0)
        total = ways.max(0) + scores[at]
    tag = int((total + _LAST).argmax())
    tags = [tag]
    for at in range(len(scores) - 1, 0, -1):
        tag = int(back[at, tag])
        tags.append(tag)
    return tags[::-1]


def mentions(tags: list[int]) -> list[tuple[int, int, str]]:
    """Return (first word, last word, type) of each mention in a tag sequence of whole mentions."""
    found, start = [], 0
    for at, tag in enumerate(tags):
        if tag == TAG["O"]:
            continue
        mark, kind = TAGS[tag][0], TAGS[tag][2:]
        if mark in "BS":
            start = at
        if mark in "ES":
            found.append((start, at, kind))
    return found
