"""From tag scores to mentions: the best tag sequence in which every mention is whole."""

from __future__ import annotations

from collections.abc import Sequence

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


# What ends a mention before a sentence does, and what may begin one.
_APART = _LAST[:, None] + _FIRST[None, :]


def best_tags(scores: Floats, sentences: Sequence[int] | None = None) -> list[int]:
    """Return the best allowed tag sequence for (W, tags) log probabilities (Viterbi 1967).

    With ``sentences`` (W,), each word's sentence, no mention reaches from one into the next.
    """
    if not len(scores):
        return []
    total = scores[0] + _FIRST
    back = np.zeros(scores.shape, dtype=np.int64)
    for at in range(1, len(scores)):
        apart = sentences is not None and sentences[at] != sentences[at - 1]
        ways = total[:, None] + (_APART if apart else _STEP)
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
