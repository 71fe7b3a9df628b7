"""A question understood by ranking the readings that its memory can answer.

Used where the rules abstain. The readings are scored by a log-linear model over their signs
(as in Berant and Liang, 2014); the best one answers if a second such model, which sees how far it
stands above the best one with another answer, is sure enough.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeAlias

from worker.heads.encoder.base import WEIGHTS, read_manifest
from worker.heads.encoder.ranked import Signs
from worker.reading.canonical import canonical
from worker.reading.items import Item
from worker.reading.look_up import ReadingFor, looked_up
from worker.reading.question import Question
from worker.reading.spans import laid_out
from worker.types import TracedAnswer

NAME = "rank"
MOST_LOOKED_UP = 8
WIDEST = 4.0  # a margin that is as good as any wider one
Key: TypeAlias = tuple[str, ...]


class MalformedRanking(RuntimeError):
    """The weights of the ranking are not there, or not those that it reads."""


@dataclass(frozen=True)
class Ranking:
    """The weights of the signs: ``order`` scores readings, ``sure`` (with ``margin``, ``score``
    and ``bias``) tells how sure the best one is; from ``least`` on it answers."""

    order: Mapping[str, float]
    sure: Mapping[str, float]
    least: float

    @classmethod
    def of(cls, folder: Path | None = None) -> Ranking:
        """Read the manifest of a folder, by default the shipped one. Raises WeightsMissing and
        MalformedRanking."""
        manifest = read_manifest(NAME, folder or WEIGHTS / NAME)
        try:
            order, sure = (
                {str(name): float(value) for name, value in manifest[key].items()}
                for key in ("order", "sure")
            )
            found = cls(order, sure, float(manifest["least"]))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise MalformedRanking(
                f"the manifest of the ranking cannot be read: {error}"
            ) from error
        if not all(map(math.isfinite, (*order.values(), *sure.values(), found.least))):
            raise MalformedRanking("a weight of the ranking is no number.")
        return found

    def score(self, signs: Signs) -> float:
        """Return how likely a reading is, to be compared with others of the question."""
        return sum(weight * signs.figures.get(name, 0.0) for name, weight in self.order.items())

    def certainty(self, signs: Signs, margin: float) -> float:
        """Return the log-odds of the best reading being right."""
        figures = {
            **signs.figures,
            "margin": min(margin, WIDEST),
            "score": self.score(signs),
            "bias": 1.0,
        }
        return sum(weight * figures.get(name, 0.0) for name, weight in self.sure.items())


@dataclass(frozen=True)
class Ranked:
    """The best reading that has an answer. ``said`` is it in canonical words, ``certainty`` how
    sure it is."""

    answer: TracedAnswer
    said: str
    certainty: float


def best_reading(
    ranking: Ranking, signs: Sequence[Signs], text: str, items: Sequence[Item], begin: ReadingFor
) -> Ranked | None:
    """Return the likeliest of the readings that the memory answers; None where it answers none."""
    ordered = sorted(signs, key=ranking.score, reverse=True)
    if not ordered or passes_over(ordered[0]):
        return None
    best: tuple[Signs, TracedAnswer, Key] | None = None
    margin = WIDEST
    for one in ordered[:MOST_LOOKED_UP]:
        question = laid_out(replace(one.candidate.question, text=text), items)
        found = _answer(question, begin, shown=best is None)
        if found is None:
            continue
        answer, key = found
        if best is None:
            best = one, answer, key
        elif key != best[2]:
            margin = ranking.score(best[0]) - ranking.score(one)
            break
    if best is None:
        return None
    said = canonical(best[0].candidate.question)
    certainty = ranking.certainty(best[0], margin)
    note = f"Understood as: {said}."
    answer = replace(
        best[1],
        understood=(note, *best[1].understood),
        scores={**best[1].scores, "reading": round(1 / (1 + math.exp(-certainty)), 4)},
    )
    return Ranked(answer, said, certainty)


def passes_over(signs: Signs) -> bool:
    """Tell whether a reading leaves out what may never be left out: a name, a "not" or "except",
    and, where an age is asked for, any word, as it may say when."""
    figures = signs.figures
    if figures.get("denied") or figures.get("names", 0.0) > 0:
        return True
    return signs.candidate.question.form == "how old" and figures.get("unsaid", 0.0) > 0


def _answer(
    question: Question, begin: ReadingFor, *, shown: bool
) -> tuple[TracedAnswer, Key] | None:
    """Return the answer and what tells it from others; of all that is known of a thing only where
    it is ``shown``, as that takes a read of every relation."""
    if question.form == "about" and not shown:
        return TracedAnswer("", True), ("about",)
    found = looked_up(question, begin)
    if found is None or found.abstained:
        return None
    named = tuple(sorted(entity.id for entity in found.answers))
    return found, named or ("said", found.text.partition(".")[0])
