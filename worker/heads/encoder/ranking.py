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

from worker.heads.answering import Reading
from worker.heads.encoder.base import WEIGHTS, read_manifest
from worker.heads.encoder.ranked import Signs
from worker.heads.timing import AskedTime
from worker.reading.canonical import canonical
from worker.reading.items import Item
from worker.reading.look_up import ReadingFor, looked_up
from worker.reading.question import Question
from worker.reading.spans import laid_out
from worker.types import SIDES, Fact, TracedAnswer

NAME = "rank"
BOUNDS = ("least", "least_read", "least_instead", "left")  # of a ranking, in its manifest
MOST_LOOKED_UP = 8
WIDEST = 4.0  # a margin that is as good as any wider one
Key: TypeAlias = tuple[str, ...]


class MalformedRanking(RuntimeError):
    """The weights of the ranking are not there, or not those that it reads."""


@dataclass(frozen=True)
class Ranking:
    """The weights of the signs: ``order`` scores readings, ``sure`` (with ``margin``, ``score``
    and ``bias``) tells how sure the best one is, in log-odds. From ``least`` on it answers, from
    ``least_read`` on in place of "no such fact", from ``least_instead`` on in place of another
    answer; words that nothing accounts for add ``left``."""

    order: Mapping[str, float]
    sure: Mapping[str, float]
    least: float
    least_read: float = 1.5
    least_instead: float = 2.0
    left: float = 0.3

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
            found = cls(order, sure, *(float(manifest[key]) for key in BOUNDS))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise MalformedRanking(
                f"the manifest of the ranking cannot be read: {error}"
            ) from error
        bounds = [float(getattr(found, key)) for key in BOUNDS]
        if not all(map(math.isfinite, (*order.values(), *sure.values(), *bounds))):
            raise MalformedRanking("a weight of the ranking is no number.")
        return found

    def needed(self, *, left: bool, read: bool = False, instead: bool = False) -> float:
        """Return how sure a reading has to be: where the rules ``read`` the question and found
        nothing, ``instead`` of their answer, and where words are ``left``."""
        least = self.least_read if read else self.least
        return (self.least_instead if instead else least) + (self.left if left else 0.0)

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

    signs: Signs
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
        found = _answer(question, begin, one.candidate.grounds, shown=best is None)
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
    return Ranked(best[0], answer, said, certainty)


def _resting(begin: ReadingFor, grounds: Sequence[Fact]) -> ReadingFor:
    """Return ``begin`` with reads that state first the facts which their time rests on, each read
    once more: an answer cites only what a read returned."""

    def resting(time: AskedTime | None) -> Reading:
        reading = begin(time)
        reading.grounds = [fact for ground in grounds for fact in _read_again(reading, ground)]
        return reading

    return resting


def _read_again(reading: Reading, ground: Fact) -> list[Fact]:
    """Return a fact as a read returns it; nothing where none does."""
    for known in SIDES:
        start = ground.subject if known == "subject" else ground.object
        for fact in reading.every(ground.relation, start, known):
            if fact.triple_id == ground.triple_id:
                return [fact]
    return []


def passes_over(signs: Signs) -> bool:
    """Tell whether a reading leaves out what may never be left out: a name, a "not" or "except",
    and, where an age is asked for, any word, as it may say when."""
    figures = signs.figures
    if figures.get("denied") or figures.get("names", 0.0) > 0:
        return True
    return signs.candidate.question.form == "how old" and figures.get("unsaid", 0.0) > 0


def _answer(
    question: Question, begin: ReadingFor, grounds: Sequence[Fact], *, shown: bool
) -> tuple[TracedAnswer, Key] | None:
    """Return the answer and what tells it from others; of all that is known of a thing only where
    it is ``shown``, as that takes a read of every relation. Without the facts that its time rests
    on there is none."""
    if question.form == "about" and not shown:
        return TracedAnswer("", True), ("about",)
    found = looked_up(question, _resting(begin, grounds))
    if found is None or found.abstained:
        return None
    if {fact.triple_id for fact in grounds} - {fact.triple_id for fact in found.cited}:
        return None
    if question.time and question.time.pick and not any(one.valid_from for one in found.cited):
        return None  # without days there is no first and no last
    return found, key_of(found)


def key_of(answer: TracedAnswer) -> Key:
    """Return what tells an answer from others: its things, else the sentence that it opens with."""
    named = tuple(sorted(entity.id for entity in answer.answers))
    return named or ("said", answer.text.partition(".")[0])
