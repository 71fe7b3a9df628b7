"""Fit the ranking of readings: ``python -m worker.training.rank_readings --data FILE ... --out F``.

Each line of a file is a question with the readings that have an answer, as ``evaluate questions
--readings`` writes them: ``{"readings": [{"figures": {...}, "answer": "...", "right": true}]}``.
Three log-linear models are fitted: which readings come on the shortlist, which of these is right,
and whether the best one is. The thresholds are not: they are chosen on questions that none of the
models has seen.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from worker.heads.encoder.ranked import SHORTLIST
from worker.heads.encoder.ranking import BOUNDS, WEIGHTED, WIDEST, Ranking, passes_over

# The signs by which it is told whether the best reading is right.
SURE = ("least", "sum", "steps", "unsaid", "operators", "typed", "noun", "read", "loops", "twice",
        "turned", "elsewhere", "old", "whether", "nameless", "nameless_unsaid", "counted",
        "agrees", "answered")  # fmt: skip
_FIRST = "first"  # what the shortlist was made by when they were recorded
_LATER = frozenset(["read", "agrees", "answered"])  # signs that the shortlist is made without
_ORDER_DECAY, _SURE_DECAY = 0.02, 0.01


@dataclass(frozen=True)
class Recorded:
    """A question's readings: their signs, (readings, signs), in the order of ``names``; what each
    leads to; which are right, (readings,)."""

    names: tuple[str, ...]
    figures: Tensor
    answers: tuple[str, ...]
    right: Tensor


def read(lines: Sequence[str]) -> list[Recorded]:
    """Return the questions of a file that have readings. Raises ValueError for a malformed line
    and for readings with other signs than the first."""
    found: list[Recorded] = []
    names: tuple[str, ...] = ()
    for number, line in enumerate(lines, start=1):
        try:
            readings: list[dict[str, Any]] = json.loads(line)["readings"]
            if not readings:
                continue
            names = names or tuple(sorted(readings[0]["figures"].keys() - {_FIRST}))
            figures = [[float(one["figures"][name]) for name in names] for one in readings]
            right = [bool(one["right"]) for one in readings]
            answers = tuple(str(one["answer"]) for one in readings)
        except (KeyError, TypeError, IndexError, AttributeError, ValueError) as error:
            raise ValueError(f"line {number} is no question with its readings: {error}") from error
        found.append(Recorded(names, torch.tensor(figures), answers, torch.tensor(right)))
    return found


def fit(
    recorded: Sequence[Recorded], least: float, shortlisting: Sequence[Recorded] = ()
) -> Ranking:
    """Return the ranking fitted to questions; to ``shortlisting`` as well the weights that the
    shortlist is made by, which know nothing of the cross-encoder and so may see what it was
    trained on. Raises ValueError where no question has both a right and a wrong reading."""
    names = recorded[0].names if recorded else ()
    early = [at for at, name in enumerate(names) if name not in _LATER]
    all_ = (*recorded, *shortlisting)
    first = _order([replace(one, figures=one.figures[:, early]) for one in all_])
    shortlisted = [_allowed(_shortlist(one, one.figures[:, early] @ first)) for one in recorded]
    kept = [one for one in shortlisted if one.answers]
    order = _order(kept)
    best = [_best(one, order) for one in kept]
    figures = torch.stack([row for row, _ in best])
    sure, bias = _sure(figures, torch.tensor([right for _, right in best]))
    signs = dict(zip(("margin", "score", *SURE), sure.tolist(), strict=True))
    return Ranking(
        dict(zip(names, order.tolist(), strict=True)),
        {**signs, "bias": bias},
        least,
        first=dict(zip([names[at] for at in early], first.tolist(), strict=True)),
    )


def _shortlist(one: Recorded, scores: Tensor) -> Recorded:
    """Return a question with the readings that the read head would rank."""
    return _taken(one, scores.argsort(descending=True)[:SHORTLIST].tolist())


def _allowed(one: Recorded) -> Recorded:
    """Return a question without the readings that may never answer."""
    rows = [dict(zip(one.names, row, strict=True)) for row in one.figures.tolist()]
    return _taken(one, [at for at, row in enumerate(rows) if not passes_over(row)])


def _taken(one: Recorded, places: Sequence[int]) -> Recorded:
    answers = tuple(one.answers[at] for at in places)
    return Recorded(one.names, one.figures[list(places)], answers, one.right[list(places)])


def _order(recorded: Sequence[Recorded]) -> Tensor:
    """Return the weights by which right readings stand before the others of their question."""
    told = [one for one in recorded if one.right.any() and not one.right.all()]
    if not told:
        raise ValueError("no question has both a right and a wrong reading.")
    spread = torch.cat([one.figures for one in told]).std(0) + 1e-3
    weights = torch.zeros(len(spread), requires_grad=True)

    def loss() -> Tensor:
        total = torch.zeros(())
        for one in told:
            scores = (one.figures / spread) @ weights
            total = total + scores.logsumexp(0) - scores[one.right].logsumexp(0)
        return total / len(told) + _ORDER_DECAY * weights.square().sum()

    _minimise(loss, weights)
    return weights.detach() / spread


def _best(one: Recorded, order: Tensor) -> tuple[Tensor, float]:
    """Return the signs of the best reading with its margin and score, and whether it is right."""
    scores = one.figures @ order
    ranked: list[int] = scores.argsort(descending=True).tolist()
    first = ranked[0]
    others = [at for at in ranked if one.answers[at] != one.answers[first]]
    margin = float(scores[first] - scores[others[0]]) if others else WIDEST
    own = [float(one.figures[first, one.names.index(name)]) for name in SURE]
    return torch.tensor([min(margin, WIDEST), float(scores[first]), *own]), float(one.right[first])


def _sure(figures: Tensor, right: Tensor) -> tuple[Tensor, float]:
    """Return the weights and the bias of how sure a best reading is."""
    mean, spread = figures.mean(0), figures.std(0) + 1e-3
    weights = torch.zeros(figures.shape[1] + 1, requires_grad=True)

    def loss() -> Tensor:
        odds = ((figures - mean) / spread) @ weights[:-1] + weights[-1]
        told = functional.binary_cross_entropy_with_logits(odds, right)
        return told + _SURE_DECAY * weights[:-1].square().sum()

    _minimise(loss, weights)
    found = weights.detach()
    scaled = found[:-1] / spread
    return scaled, float(found[-1] - (scaled * mean).sum())


def _minimise(loss: Callable[[], Tensor], weights: Tensor) -> None:
    optimiser = torch.optim.LBFGS([weights], max_iter=400, line_search_fn="strong_wolfe")

    def closure() -> float:
        optimiser.zero_grad()
        value = loss()
        value.backward()
        return float(value.detach())

    optimiser.step(closure)


def as_manifest(ranking: Ranking) -> dict[str, Any]:
    """Return a ranking as its manifest holds it."""
    weights = {
        key: {name: round(value, 4) for name, value in getattr(ranking, key).items()}
        for key in WEIGHTED
    }
    return {**weights, **{key: getattr(ranking, key) for key in BOUNDS}}


def _lines(paths: Sequence[Path]) -> list[str]:
    return [line for path in paths for line in path.read_text("utf-8").splitlines()]


def main(arguments: Sequence[str] | None = None) -> int:
    """Fit and write the manifest; return 0, or 2 for files that cannot be used."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, nargs="+", required=True, metavar="FILE")
    parser.add_argument(
        "--shortlist", type=Path, nargs="+", default=[], metavar="FILE",
        help="further questions, which the cross-encoder may have been trained on",
    )  # fmt: skip
    for name in BOUNDS:
        default = getattr(Ranking({}, {}, 1.0), name)
        option = f"--{name.replace('_', '-')}"
        parser.add_argument(option, type=float, default=default, help="log-odds (ranking.py)")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE")
    options = parser.parse_args(arguments)
    torch.set_num_threads(1)
    try:
        ranking = fit(read(_lines(options.data)), options.least, read(_lines(options.shortlist)))
        ranking = replace(ranking, **{name: getattr(options, name) for name in BOUNDS})
    except (OSError, ValueError) as error:
        print(f"Not fitted: {error}", file=sys.stderr)
        return 2
    known = json.loads(options.out.read_text("utf-8")) if options.out.exists() else {}
    manifest = {**known, **as_manifest(ranking)}  # beside what it says of the cross-encoder
    options.out.write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
