"""The context of a pair: the words of a sentence in which its two entities stand nearest."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from worker.heads.encoder.extractor import Entities
from worker.heads.encoder.features import Window
from worker.types import ENTITY_TYPES

BEFORE, AFTER = 2, 3  # words of a context around its two names
KINDS = {
    "PER": "the person",
    "ORG": "the organisation",
    "LOC": "the place",
    "TIME": "the date",
    "NUM": "the number",
    "MISC": "the thing",
}


@dataclass(frozen=True)
class PairContext:
    """Where two entities stand nearest in one sentence.

    ``text`` has what they are in the place of their names. ``between`` and ``near`` are ranges of
    the window's pieces, ``gap`` the number of words between the names.
    """

    text: str
    between: tuple[int, int]
    near: tuple[int, int]
    gap: int
    first_first: bool


def pair_contexts(
    text: str, window: Window, entities: Entities, pairs: tuple[Tensor, Tensor]
) -> dict[int, PairContext]:
    """Return, by row, the context of each pair of entities that share a sentence."""
    places = _places(window, entities)
    found: dict[int, PairContext] = {}
    for row, (i, j) in enumerate(zip(pairs[0].tolist(), pairs[1].tolist(), strict=True)):
        near = None
        for sentence in places[i].keys() & places[j].keys():
            for a in places[i][sentence]:
                for b in places[j][sentence]:
                    gap = max(a[0] - b[1], b[0] - a[1]) - 1
                    if gap >= 0 and (near is None or gap < near[0]):
                        near = (gap, a, b)
        if near is not None:
            kinds = entities.types[i], entities.types[j]
            found[row] = _context(text, window, near, (int(kinds[0]), int(kinds[1])))
    return found


def _places(window: Window, entities: Entities) -> list[dict[int, list[tuple[int, int]]]]:
    """Return where each entity's mentions stand: by sentence, their first and last words."""
    first = {w.first: at for at, w in enumerate(window.words)}
    last = {w.last: at for at, w in enumerate(window.words)}
    places = []
    for group in entities.groups:
        own: dict[int, list[tuple[int, int]]] = {}
        for span in (entities.spans[m] for m in group):
            words = first[span[0]], last[span[1]]
            own.setdefault(window.words[words[0]].sentence, []).append(words)
        places.append(own)
    return places


def _context(
    text: str,
    window: Window,
    near: tuple[int, tuple[int, int], tuple[int, int]],
    types: tuple[int, int],
) -> PairContext:
    gap, one, other = near
    words = window.words
    kinds = [KINDS[ENTITY_TYPES[t]] for t in types]
    (left, is_left), (right, is_right) = sorted(((one, kinds[0]), (other, kinds[1])))
    sentence = words[left[0]].sentence
    start, end = left[0], right[1]
    while start > max(left[0] - BEFORE, 0) and words[start - 1].sentence == sentence:
        start -= 1
    while end < min(right[1] + AFTER, len(words) - 1) and words[end + 1].sentence == sentence:
        end += 1
    shown = (
        text[words[start].start : words[left[0]].start]
        + is_left
        + text[words[left[1]].end : words[right[0]].start]
        + is_right
        + text[words[right[1]].end : words[end].end]
    )
    return PairContext(
        shown,
        (words[left[1]].last, words[right[0]].first),
        (words[start].first, words[end].last),
        gap,
        one < other,
    )
