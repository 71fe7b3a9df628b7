"""Sequences put together for steps: the same ones whenever an epoch is asked for again."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence

from worker.training.causal.sequences import TokenTree
from worker.training.causal.settings import RunConfig

# Sequences that are sorted by length together, so that batches have little padding: these, or more
# where a batch holds many.
SORTED_AT_ONCE, SORTED_A_TOKEN = 600, 0.25
Batch = list[TokenTree]


def steps(
    rows: Iterator[TokenTree], config: RunConfig, rng: random.Random
) -> Iterator[list[Batch]]:
    """Yield for each step the batches that it adds up, each of at most ``config.tokens``."""
    kept = (cut for row in rows if any((cut := row.cut(config.longest)).weights[1:]))
    if config.batch:
        for lot in _lots(kept, config.batch):
            yield by_tokens(lot, config.tokens)
        return
    for waiting in _lots(kept, max(SORTED_AT_ONCE, int(config.tokens * SORTED_A_TOKEN))):
        order = sorted(waiting, key=lambda row: len(row) * (1 + 0.1 * rng.random()))
        batches = by_tokens(order, config.tokens)
        rng.shuffle(batches)
        for at in range(0, len(batches), config.accumulate):
            yield batches[at : at + config.accumulate]


def _lots(rows: Iterator[TokenTree], size: int) -> Iterator[Batch]:
    waiting: Batch = []
    for row in rows:
        waiting.append(row)
        if len(waiting) == size:
            yield waiting
            waiting = []
    if waiting:
        yield waiting


def by_tokens(rows: Sequence[TokenTree], tokens: int) -> list[Batch]:
    """Return batches of rows in a row, none of more than ``tokens`` with its padding, unless it is
    of one row."""
    made: list[Batch] = []
    current: Batch = []
    longest = 0
    for row in rows:
        longest = max(longest, len(row))
        if current and (len(current) + 1) * longest > tokens:
            made.append(current)
            current, longest = [], len(row)
        current.append(row)
    return [*made, current] if current else made


def split(batch: Batch, parts: int) -> list[Batch]:
    """Return a batch in at most so many parts of like size."""
    size = -(-len(batch) // parts)
    return [batch[at : at + size] for at in range(0, len(batch), size)]


def weight(batch: Batch) -> float:
    """Return the weight of all tokens of a batch that are learnt."""
    return sum(sum(row.weights[1:]) for row in batch)
