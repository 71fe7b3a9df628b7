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
class NearPairs:
    """The nearest mentions of S pairs.

    ``rows`` (S,) index the pairs that were given, ``subject`` and ``object`` (S,) the mentions;
    ``between`` and ``near`` (S, 2) are ranges of the window's pieces, between the two and around
    both; ``gap`` (S,) counts the pieces between; ``straight`` (S,) tells where the subject is the
    first of the two.
    """

    rows: Tensor
    subject: Tensor
    object: Tensor
    between: Tensor
    near: Tensor
    gap: Tensor
    straight: Tensor

    def __len__(self) -> int:
        return len(self.rows)

    def among(self, chosen: Tensor) -> NearPairs:
        """Return those whose rows are ``chosen``, a mask (P,) of the pairs that were given."""
        at = chosen[self.rows].nonzero().squeeze(-1)
        return NearPairs(
            self.rows[at],
            self.subject[at],
            self.object[at],
            self.between[at],
            self.near[at],
            self.gap[at],
            self.straight[at],
        )


def nearest_pairs(window: Window, entities: Entities, pairs: tuple[Tensor, Tensor]) -> NearPairs:
    """Return where each pair (P,), (P,) stands; in one sentence or not at all."""
    count = len(entities.groups)
    spans = torch.tensor(entities.spans, dtype=torch.long).view(-1, 2)
    sentence = {w.first: w.sentence for w in window.words}
    of = torch.tensor([sentence[first] for first, _ in entities.spans], dtype=torch.long)
    owner = torch.zeros(len(spans), dtype=torch.long)
    for index, group in enumerate(entities.groups):
        owner[list(group)] = index
    first, last = spans.unbind(1)
    gaps = torch.maximum(first - last.unsqueeze(1), first.unsqueeze(1) - last)
    a, b = ((gaps >= 0) & (gaps <= FURTHEST) & (of == of.unsqueeze(1))).nonzero().unbind(1)
    pair = owner[a] * count + owner[b]
    order = (pair * (FURTHEST + 1) + gaps[a, b]).sort(stable=True).indices
    pair = pair[order]
    best = torch.ones(len(pair), dtype=torch.bool)
    best[1:] = pair[1:] != pair[:-1]
    table = torch.full((count * count,), -1, dtype=torch.long)
    table[pair[best]] = order[best]
    found = table[pairs[0] * count + pairs[1]]
    rows = (found >= 0).nonzero().squeeze(-1)
    a, b = a[found[rows]], b[found[rows]]
    left, right = torch.minimum(first[a], first[b]), torch.maximum(last[a], last[b])
    end = window.words[-1].last if window.words else 0
    between = torch.stack([torch.minimum(last[a], last[b]), torch.maximum(first[a], first[b])], 1)
    near = torch.stack([(left - BEFORE).clamp(min=1), (right + AFTER).clamp(max=end)], 1)
    return NearPairs(rows, a, b, between, near, gaps[a, b], first[a] < first[b])


def says_something(text: str, window: Window) -> Tensor:
    """Return (T,): which pieces of a window belong to words that say something."""
    content = torch.zeros(len(window.ids), dtype=torch.bool)
    for word in window.words:
        plain = text[word.start : word.end].lower()
        if len(plain) > 2 and plain.isalpha() and plain not in _SMALL:
            content[word.first : word.last] = True
    return content


def most_in(table: Tensor, ranges: Tensor) -> Tensor:
    """Return (S, Q): the greatest of each column of ``table`` (T, Q) in ``ranges`` (S, 2), -1 in
    an empty one (a sparse table: two overlapping runs of a power of two make up each range)."""
    first, last = ranges.unbind(1)
    length = (last - first).clamp(min=0)
    found = table.new_full((len(ranges), table.shape[1]), -1.0)
    step, runs = 1, table
    while len(ranges) and step <= int(length.max()):
        at = ((length >= step) & (length < 2 * step)).nonzero().squeeze(-1)
        found[at] = torch.maximum(runs[first[at]], runs[last[at] - step])
        if len(runs) <= step:
            break
        runs = torch.maximum(runs[:-step], runs[step:])
        step *= 2
    return found
