"""When a fact is to be looked at again: FSRS, on facts that go out of date in place of cards that
are forgotten.

The chance that a fact still holds falls with the days since somebody last said that it does, along
the curve of FSRS (Free Spaced Repetition Scheduler, version 6): 90 % after ``stability`` days. A
relation's volatility is the first stability, a confirmation is a review that went well, and what is
often read is looked at while its chance is higher than what is hardly read.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from fsrs import Card, Rating, Scheduler, State

_SCHEDULER: Final = Scheduler(learning_steps=(), relearning_steps=(), enable_fuzzing=False)
DECAY: Final = -_SCHEDULER.parameters[20]
FACTOR: Final = 0.9 ** (1 / DECAY) - 1
DIFFICULTY: Final = 5.0  # of 1 to 10: facts differ by their stability alone at first
LONGEST: Final = 3650.0  # days until what never changes is looked at again
# Changes a year of a fact of a relation of which nothing is known yet: one that can hold for a time
# (an employer), and one that cannot (a birthday). They weigh as so many years of a fact.
RATES: Final = {True: 0.15, False: 0.004}
KNOWN_YEARS: Final = 5.0
# The chance at which a fact is looked at again: never read, always read, and how many uses (each
# counted half after a month) are half-way.
LEAST: Final = 0.90
MOST: Final = 0.97
HALF_WAY: Final = 2.0
# Times the stability of its relation that a fact's may grow by confirmations. What changes by
# chance is no surer for having held, other than what people learn.
GROWN: Final = 4.0

# How far retrieval sets back what has faded wholly, and draws near what is most useful to who asks,
# in cosine distance: less than lies between what answers a question and what does not.
FADED: Final = 0.06
USEFUL: Final = 0.06
HALF_USEFUL: Final = 3.0  # answers (each counted half after a month) that make it half of that


@dataclass(frozen=True)
class Held:
    """What FSRS knows of a fact: its stability in days, its difficulty, and when it last held."""

    stability: float
    difficulty: float
    at: datetime


def first_stability(*, lasts: bool, changes: float = 0.0, years: float = 0.0) -> float:
    """Return the days after which nine in ten facts of a relation still hold, from the changes that
    were seen of its facts in so many years of them all. Raises ValueError for less than none."""
    if changes < 0 or years < 0:
        raise ValueError("Changes and years are 0 or more.")
    rate = (changes + RATES[lasts] * KNOWN_YEARS) / (years + KNOWN_YEARS)
    return min(LONGEST, -math.log(0.9) / rate * 365.25)


def kept_within(stability: float, first: float, confirmations: int) -> float:
    """Return the stability of a fact by what is known now of its relation, whose is ``first``: that
    one, where nobody confirmed the fact, else its own, at most GROWN times as much."""
    return min(stability, GROWN * first) if confirmations else first


def retention(uses: float) -> float:
    """Return the chance to hold at which a fact that is so often used is looked at again."""
    return LEAST + (MOST - LEAST) * uses / (uses + HALF_WAY)


def interval(stability: float, uses: float) -> float:
    """Return after how many days a fact is looked at again."""
    return min(LONGEST, float(stability / FACTOR * (retention(uses) ** (1 / DECAY) - 1)))


def strength(days: float, stability: float) -> float:
    """Return the chance that a fact holds, so many days after it was seen to."""
    return float((1 + FACTOR * max(0.0, days) / stability) ** DECAY)


def confirmed(held: Held, at: datetime) -> Held:
    """Return what is known of a fact after somebody said, at a time in UTC, that it still holds."""
    card = Card(
        state=State.Review,
        stability=held.stability,
        difficulty=held.difficulty,
        last_review=held.at,
    )
    card, _ = _SCHEDULER.review_card(card, Rating.Good, max(at, held.at))
    assert card.stability is not None
    assert card.difficulty is not None
    return Held(card.stability, card.difficulty, max(at, held.at))


def rank(distance: float, strength: float, useful: float = 0.0) -> float:
    """Return by what retrieval ranks what lies at a distance, has a strength, and was cited in so
    many answers to who asks. What has faded ranks lower, and is still found where it is nearest."""
    return distance + FADED * (1 - strength) - USEFUL * useful / (useful + HALF_USEFUL)
