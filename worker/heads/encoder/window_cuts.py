"""Passages cut into windows that the encoder has room for, and windows in batches."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from worker.heads.encoder.features import Window, windows
from worker.heads.proposing import sentences_of
from worker.types import PassageText


@dataclass(frozen=True)
class Cut:
    """A window of a passage; ``first`` and ``last`` say that no window is before or after it."""

    passage: int
    window: Window
    first: bool
    last: bool


def cuts_of(passages: Sequence[PassageText], size: int, stride: int) -> list[Cut]:
    """Return the windows of all passages, of at most ``size`` pieces, ``stride`` apart."""
    cuts = []
    for number, passage in enumerate(passages):
        own = windows(passage.text, sentences_of(passage), size=size, stride=stride)
        cuts += [Cut(number, w, i == 0, i == len(own) - 1) for i, w in enumerate(own)]
    return cuts


def batches(cuts: Sequence[Cut], most: int, most_pieces: int) -> Iterator[list[Cut]]:
    """Yield windows in order, at most ``most`` at a time, of at most ``most_pieces`` pieces unless
    it is one."""
    batch: list[Cut] = []
    pieces = 0
    for cut in cuts:
        size = len(cut.window.ids)
        if batch and (len(batch) == most or pieces + size > most_pieces):
            yield batch
            batch, pieces = [], 0
        batch.append(cut)
        pieces += size
    if batch:
        yield batch
