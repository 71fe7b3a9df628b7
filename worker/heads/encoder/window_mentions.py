"""The mentions of a window and which of them name one thing, as the write head's model sees it."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from worker.heads.encoder.clusters import Name, sign_table
from worker.heads.encoder.decode import best_tags, mentions
from worker.heads.encoder.extractor import WriteExtractor
from worker.heads.encoder.window_cuts import Cut
from worker.mentions.overlay import overlaid
from worker.types import MentionSpan, Span

NAMES_AT_ONCE = 8192  # pairs of names, so that the memory in use stays small


def mentions_in(
    model: WriteExtractor, text: str, cut: Cut, states: Tensor
) -> dict[MentionSpan, tuple[int, int]]:
    """Return the mentions of a window, in order, with their pieces.

    A mention at a seam may be the part of a longer one that the next window holds whole, and
    is left to that window.
    """
    words = cut.window.words
    pieces = torch.tensor([w.first for w in words])
    scores = model.tagger(states[pieces]).log_softmax(-1).numpy()
    tags = best_tags(scores, [w.sentence for w in words])
    tagged = [
        MentionSpan(Span(words[a].start, words[b].end), kind) for a, b, kind in mentions(tags)
    ]
    first = {w.start: i for i, w in enumerate(words)}
    last = {w.end: i for i, w in enumerate(words)}
    found = {}
    for mention in overlaid(text, tagged):
        a, b = first.get(mention.span.start), last.get(mention.span.end)
        if a is None or b is None:
            continue
        if (a == 0 and not cut.first) or (b == len(words) - 1 and not cut.last):
            continue
        found[mention] = (words[a].first, words[b].last)
    return found


def same_names(
    model: WriteExtractor,
    text: str,
    given: Sequence[MentionSpan],
    pieces: Sequence[tuple[int, int]],
    groups: Sequence[Sequence[int]],
    states: Tensor,
) -> list[tuple[int, int, float]]:
    """Return the probability that two groups of mentions name one entity, for likely pairs."""
    vectors = model.mentions(states, pieces) @ states
    means = torch.stack([vectors[list(g)].mean(0) for g in groups])
    names = [Name.of(given[g[0]].span.of(text), given[g[0]].type) for g in groups]
    table = torch.from_numpy(sign_table(names))
    one, other = torch.triu_indices(len(groups), len(groups), 1)
    found = []
    for i, j in zip(one.split(NAMES_AT_ONCE), other.split(NAMES_AT_ONCE), strict=True):
        chances = model.same_pairs(means, i, j, table[i, j]).sigmoid()
        likely = chances > 0.01
        rows = (i[likely].tolist(), j[likely].tolist(), chances[likely].tolist())
        found += list(zip(*rows, strict=True))
    return found
