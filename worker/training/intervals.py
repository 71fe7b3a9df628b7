"""How sure figures are: documents drawn anew (Efron 1979)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from worker.training.judging import Counts, Judged
from worker.training.metrics import Measured, scores

Interval = list[float]  # [low, high]


def bootstrap(
    measured: Measured,
    *,
    best: float,
    review: float,
    given_entities: float,
    draws: int = 1000,
    seed: int = 0,
) -> dict[str, dict[str, Interval]]:
    """Return 95 % intervals of the figures of ``metrics.report``, by name of figure and measure.

    Documents are drawn with replacement, as many as there are; the same seed gives the same
    intervals.
    """
    documents = measured.by_document

    def facts(judged: Sequence[Judged], gold: Mapping[str, int], threshold: float) -> Counts:
        kept = [right for score, right, _ in judged if score >= threshold]
        return sum(kept), len(kept), sum(gold.values())

    rows: dict[str, list[Counts]] = {
        "mentions": [d.mentions for d in documents],
        "mentions_typed": [d.mentions_typed for d in documents],
        "relations_gold_entities": [
            facts(d.triples_gold_entities, d.gold, given_entities) for d in documents
        ],
        "end_to_end": [facts(d.triples, d.gold, best) for d in documents],
        "end_to_end_at_review_threshold": [facts(d.triples, d.gold, review) for d in documents],
    }
    return {name: _interval(counts, draws, seed) for name, counts in rows.items()}


def _interval(counts: Sequence[Counts], draws: int, seed: int) -> dict[str, Interval]:
    table = np.array(counts, dtype=np.int64)  # (documents, 3)
    rng = np.random.default_rng(seed)
    drawn = []
    for _ in range(draws):
        right, found, gold = table[rng.integers(len(table), size=len(table))].sum(0).tolist()
        drawn.append(scores(right, found, gold))
    return {
        key: [float(q) for q in np.quantile([one[key] for one in drawn], [0.025, 0.975])]
        for key in ("precision", "recall", "f1")
    }
