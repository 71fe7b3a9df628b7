"""How an answer is compared with the right ones.

A right answer is a set of names; an entity that was answered is its name and its aliases; both
are the same when they share a name, as the memory compares names (case-folded, normalised). What
an answer states that is no name is compared by value (``stated``).
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from apps.common.names import normalise_name
from apps.evaluation.measuring.scratch_memory import Names
from apps.evaluation.measuring.stated import stated
from worker.reading.question import things_in
from worker.types import EntityRef, Fact, TracedAnswer

_WORDS = re.compile(r"\w+")


@dataclass(frozen=True)
class Score:
    """How well one question was answered. ``f1`` is over the sets of answers, in [0, 1]."""

    exact: bool
    f1: float


@dataclass(frozen=True)
class Given:
    """The answers that were given, and whether they are ``stated`` values and no entities."""

    answers: tuple[Names, ...] = ()
    stated: bool = False


def answers_given(
    answer: TracedAnswer, right: Sequence[Names], names: Mapping[str, Names]
) -> Given:
    """Return the answers in ``answer``: the values that it opens with, each with the right names
    that mean the same, where the right answer is a value of their kind; else the entities; of what
    is told about a thing, the other ends of the facts. ``names`` has those of every entity, by
    id."""
    if answer.abstained:
        return Given()
    if len(right) == 1:
        found = [(value.text, value.among(right[0])) for value in stated(answer.text)]
        values = [same | {text} for text, same in found if same is not None]
        if values:
            return Given(tuple(values), stated=True)
    told = answer.answers or _told_about(answer)
    return Given(tuple(names[entity.id] for entity in told))


def _told_about(answer: TracedAnswer) -> list[EntityRef]:
    """Return what is said of a thing that somebody wants to be told about."""
    if all(question.form != "about" for question in answer.questions):
        return []
    known = {
        entity.id
        for question in answer.questions
        for thing in things_in(question.target)
        for entity in thing.entities
    }
    ends = {end.id: end for fact in answer.cited for end in (fact.subject, fact.object)}
    return [end for end in ends.values() if end.id not in known]


def score(given: Sequence[Names], right: Sequence[Names], *, abstained: bool) -> Score:
    """Compare the answers as sets.

    Exact: each that was given is right and each right one was given. F1: the harmonic mean of the
    share of given ones that are right and the share of right ones that were given. Where nothing
    is right, only abstaining is: it scores 1.
    """
    if not right or abstained:
        exact = abstained and not right
        return Score(exact, float(exact))
    good = sum(any(one & other for other in right) for one in given)
    found = sum(any(one & other for one in given) for other in right)
    if not good:
        return Score(False, 0.0)
    precision, recall = good / len(given), found / len(right)
    return Score(good == len(given) and found == len(right),
                 2 * precision * recall / (precision + recall))  # fmt: skip


def supporting(
    question: str,
    cited: Sequence[Fact],
    right: Sequence[Names],
    given: Given,
    names: Mapping[str, Names],
) -> int:
    """Return how many of the cited facts support a right answer.

    A fact supports it when a right answer is its subject or object, or when it leads there: it
    shares an entity that the question does not name with a fact that supports it. Of a question
    that names its answer ("Which is older, A or B?") so does what is said by the same relation of
    another thing that it names: what the answer was compared with. All support a right value that
    is stated, and none a wrong one; where nothing is right, none does.
    """
    if given.stated:
        return len(cited) if score(given.answers, right, abstained=False).exact else 0
    reached: set[str] = set()  # entities that lead on to an answer
    supports: set[int] = set()
    before = -1
    while len(supports) != before:
        before = len(supports)
        for place, fact in enumerate(cited):
            if place in supports:
                continue
            ends = {fact.subject.id, fact.object.id}
            answers = _that_name(ends, right, names)
            if answers or reached & ends:
                supports.add(place)
                reached |= {end for end in ends - answers if not named(names[end], question)}
    return len(supports | _compared(question, cited, right, names, supports))


def _compared(
    question: str,
    cited: Sequence[Fact],
    right: Sequence[Names],
    names: Mapping[str, Names],
    supports: Collection[int],
) -> set[int]:
    """Return the places of the facts with which an answer that the question names was compared."""
    if not any(named(one, question) for one in right):
        return set()
    relations = {cited[place].relation.id for place in supports}
    return {
        place
        for place, fact in enumerate(cited)
        if fact.relation.id in relations
        and any(named(names[end], question) for end in (fact.subject.id, fact.object.id))
    }


def _that_name(entities: set[str], right: Sequence[Names], names: Mapping[str, Names]) -> set[str]:
    """Return those of the entities that are right answers."""
    return {one for one in entities if any(names[one] & other for other in right)}


def named(names: Collection[str], text: str) -> bool:
    """Tell whether one of the names stands in the text, as whole words."""
    words = f" {' '.join(_WORDS.findall(normalise_name(text)))} "
    return any(f" {' '.join(_WORDS.findall(name))} " in words for name in names)


def percentile(values: Sequence[float], share: float) -> float:
    """Return the nearest-rank percentile of some values; 0 for none."""
    ordered = sorted(values)
    if not ordered:
        return 0.0
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]
