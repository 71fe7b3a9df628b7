"""A question understood by ranking the readings that its memory can answer.

Used where the rules abstain, and beside them. Those on the shortlist are scored by a log-linear
model over their signs (as in Berant and Liang, 2014); the best one answers if another such model,
which sees how far it stands above the best one with another answer, is sure enough.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeAlias

from worker.heads.answering import Reading
from worker.heads.encoder.base import WEIGHTS, read_manifest
from worker.heads.encoder.ranked import Signs, weighed
from worker.heads.timing import AskedTime
from worker.reading.canonical import canonical
from worker.reading.items import Item
from worker.reading.look_up import ReadingFor, of_its_time
from worker.reading.question import Question
from worker.reading.spans import laid_out
from worker.types import SIDES, Fact, TracedAnswer

NAME = "rank"
# Of a ranking, in its manifest.
BOUNDS = ("least", "least_read", "least_near", "least_instead", "left", "trusted")
WEIGHTED = ("first", "order", "sure")
NEVER_LEFT = ("names", "denied", "time", "numbers", "place", "every")
MOST_LOOKED_UP = 8
WIDEST = 4.0  # a margin that is as good as any wider one
Key: TypeAlias = tuple[str, ...]


# The score of a reading, the reading, its answer, and what tells that from others.
_Looked: TypeAlias = "tuple[float, Signs, TracedAnswer, Key]"


class MalformedRanking(RuntimeError):
    """The weights of the ranking are not there, or not those that it reads."""


@dataclass(frozen=True)
class Ranking:
    """The weights of the signs: ``first`` makes the shortlist, ``order`` scores the readings on
    it, ``sure`` (with ``margin``, ``score`` and ``bias``) tells how sure the best one is, in
    log-odds. From ``least`` on it answers, from ``least_read`` on in place of "no such fact", from
    ``least_near`` on in place of an offer of a near relation or of "neither states this nor rules
    it out", from ``least_instead`` on in place of another answer; words that nothing accounts for
    add ``left``. A plain answer of the rules whose relation scores ``trusted`` or more is not
    looked into."""

    order: Mapping[str, float]
    sure: Mapping[str, float]
    least: float
    least_read: float = 1.5
    least_near: float = 2.25
    least_instead: float = 2.0
    left: float = 0.3
    trusted: float = 18.0
    first: Mapping[str, float] = field(default_factory=dict)

    @classmethod
    def of(cls, folder: Path | None = None) -> Ranking:
        """Read the manifest of a folder, by default the shipped one. Raises WeightsMissing and
        MalformedRanking."""
        manifest = read_manifest(NAME, folder or WEIGHTS / NAME)
        try:
            first, order, sure = (
                {str(name): float(value) for name, value in manifest[key].items()}
                for key in WEIGHTED
            )
            bounds = {key: float(manifest[key]) for key in BOUNDS}
            found = cls(order, sure, first=first, **bounds)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise MalformedRanking(
                f"the manifest of the ranking cannot be read: {error}"
            ) from error
        weights = (*first.values(), *order.values(), *sure.values(), *bounds.values())
        if not all(map(math.isfinite, weights)):
            raise MalformedRanking("a weight of the ranking is no number.")
        return found

    def needed(
        self, *, left: bool, read: bool = False, near: bool = False, instead: bool = False
    ) -> float:
        """Return how sure a reading has to be: where the rules ``read`` the question and found
        nothing, or something ``near``, ``instead`` of their answer, and where words are ``left``.
        """
        least = self.least_read if read else self.least
        least = max(least, self.least_near) if near else least
        return (self.least_instead if instead else least) + (self.left if left else 0.0)

    def score(self, signs: Signs) -> float:
        """Return how likely a reading is, to be compared with others of the question."""
        return weighed(self.order, signs.figures)

    def certainty(self, signs: Signs, margin: float) -> float:
        """Return the log-odds of the best reading being right."""
        figures = {
            **signs.figures,
            "margin": min(margin, WIDEST),
            "score": self.score(signs),
            "bias": 1.0,
        }
        return weighed(self.sure, figures)


@dataclass(frozen=True)
class Ranked:
    """The best reading that has an answer. ``said`` is it in canonical words, ``certainty`` how
    sure it is. ``others`` are the best ones with other answers, the likeliest first."""

    signs: Signs
    answer: TracedAnswer
    said: str
    certainty: float
    others: tuple[Ranked, ...] = ()


def best_reading(
    ranking: Ranking,
    signs: Sequence[Signs],
    text: str,
    items: Sequence[Item],
    begin: ReadingFor,
    given: TracedAnswer | None = None,
    differing: int = 2,
) -> Ranked | None:
    """Return the likeliest of the readings that the memory answers; None where it answers none.

    ``given`` is what the rules answered, if they did; a reading that leads to the same speaks for
    it, and it for the reading. Readings are looked up until ``differing`` answers are known: the
    second tells how far the best one stands above it, the others are of no account to that.
    """
    allowed = [one for one in signs if not passes_over(one.figures)]
    ordered = sorted(allowed, key=ranking.score, reverse=True)
    wanted = key_of(given) if given is not None else None
    looked: list[_Looked] = []
    for one in ordered[:MOST_LOOKED_UP]:
        question = laid_out(replace(one.candidate.question, text=text), items)
        found = _answer(question, begin, one.candidate.grounds, shown=not looked)
        if found is not None:
            told = with_rules(one, agrees=found[1] == wanted, answered=wanted is not None)
            looked.append((ranking.score(told), told, *found))
            keys = {key for *_, key in looked}
            if len(keys) >= differing and (wanted is None or wanted in keys):
                break
    if not looked:
        return None
    looked.sort(key=lambda one: one[0], reverse=True)
    score, best, answer, key = looked[0]
    margin = min((score - other for other, *_, own in looked if own != key), default=WIDEST)
    others = _others(ranking, looked)
    return replace(_ranked(ranking, best, answer, margin), others=others)


def _others(ranking: Ranking, looked: Sequence[_Looked]) -> tuple[Ranked, ...]:
    """Return the best readings with other answers than the first one has."""
    score, _, _, key = looked[0]
    others: dict[Key, Ranked] = {}
    for less, one, its, own in looked:
        if own != key and own not in others and not its.abstained:
            others[own] = _ranked(ranking, one, its, less - score)
    return tuple(others.values())


def _ranked(ranking: Ranking, best: Signs, answer: TracedAnswer, margin: float) -> Ranked:
    """Return a reading with how sure it is, which stands ``margin`` above the best other one."""
    said = canonical(best.candidate.question)
    certainty = ranking.certainty(best, margin)
    note = f"Understood as: {said}."
    answer = replace(
        answer,
        understood=(note, *answer.understood),
        scores={**answer.scores, "reading": round(1 / (1 + math.exp(-certainty)), 4)},
    )
    return Ranked(best, answer, said, certainty)


def with_rules(signs: Signs, *, agrees: bool, answered: bool) -> Signs:
    """Return a reading's signs with whether the rules ``answered`` and it ``agrees`` with them."""
    figures = {**signs.figures, "agrees": float(agrees), "answered": float(answered)}
    return replace(signs, figures=figures)


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


def passes_over(figures: Mapping[str, float]) -> bool:
    """Tell from a reading's signs whether it leaves out what may never be left out: a name, a
    "not" or "except", a time, a number, a kind of place, that all of several are so; of what is
    counted the sort; and where an age is asked for, any word, as it may say when."""
    if any(figures.get(sign, 0.0) > 0 for sign in NEVER_LEFT):
        return True
    if figures.get("count", 0.0) > 0 and figures.get("sorts", 0.0) > 0:
        return True
    return figures.get("age", 0.0) > 0 and figures.get("unsaid", 0.0) > 0


def _answer(
    question: Question, begin: ReadingFor, grounds: Sequence[Fact], *, shown: bool
) -> tuple[TracedAnswer, Key] | None:
    """Return the answer and what tells it from others; of all that is known of a thing only where
    it is ``shown``, as that takes a read of every relation. Without the facts that its time rests
    on there is none."""
    if question.form == "about" and not shown:
        return TracedAnswer("", True), ("about",)
    found = of_its_time(question, _resting(begin, grounds))
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
