"""Judging what a head found in one annotated document.

A predicted triple is right if its relation matches and its subject and object each equal, case
folded, some mention of the gold subject and object. Each gold triple counts once: a second
prediction of it (by another of its names) is wrong, for it is one more thing to review.
Where a prediction fits several gold triples, of entities that share a name, predictions are
placed so that most of them are right. Predictions are taken from the highest score down, so that
the count at a threshold does not depend on what scores below it. Annotated entities with the same
mentions are one entity.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from worker.training.redocred import GoldDocument
from worker.types import MentionSpan, Span

Judged = tuple[float, bool, str]  # score, right or not, Wikidata property
Counts = tuple[int, int, int]  # right, found, gold
GoldFact = tuple[int, str, int]  # subject, property, object


def distinct(document: GoldDocument) -> list[int]:
    """Return for each entity of a document the first one with the same mentions."""
    first: dict[frozenset[Span], int] = {}
    spans = (frozenset(m.span for m in entity) for entity in document.entities)
    return [first.setdefault(own, i) for i, own in enumerate(spans)]


def gold_triples(document: GoldDocument) -> set[GoldFact]:
    """Return the distinct triples of a document."""
    same = distinct(document)
    return {(same[t.subject], t.property, same[t.object]) for t in document.triples}


def judge(document: GoldDocument, predicted: Sequence[tuple[str, str, str, float]]) -> list[Judged]:
    """Judge predictions (subject, property, object, score) for one document."""
    names = [document.names(i) for i in range(len(document.entities))]
    of_subject: dict[tuple[str, str], list[GoldFact]] = defaultdict(list)
    for triple in sorted(gold_triples(document)):
        for name in names[triple[0]]:
            of_subject[name, triple[1]].append(triple)
    placing = _Placing()
    result: list[Judged] = []
    for subject, pid, object_, score in sorted(predicted, key=lambda p: (-p[3], p[:3])):
        stated = of_subject.get((subject.casefold(), pid), ())
        fitting = [triple for triple in stated if object_.casefold() in names[triple[2]]]
        result.append((score, placing.place(fitting), pid))
    return result


class _Placing:
    """Predictions placed on gold triples, one on each, by augmenting paths (Kuhn 1955)."""

    def __init__(self) -> None:
        self.fitting: list[Sequence[GoldFact]] = []
        self.on: dict[GoldFact, int] = {}  # gold triple to the prediction on it
        self.of: dict[int, GoldFact] = {}

    def place(self, fitting: Sequence[GoldFact]) -> bool:
        """Add a prediction that fits these gold triples; tell whether it found a place.

        Earlier predictions keep a place, though perhaps another one.
        """
        new = len(self.fitting)
        self.fitting.append(fitting)
        wanted_by: dict[GoldFact, int] = {}
        queue = [new]
        for prediction in queue:
            for gold in self.fitting[prediction]:
                if gold in wanted_by:
                    continue
                wanted_by[gold] = prediction
                if gold not in self.on:
                    self._move(gold, wanted_by, new)
                    return True
                queue.append(self.on[gold])
        return False

    def _move(self, free: GoldFact, wanted_by: Mapping[GoldFact, int], new: int) -> None:
        gold, prediction = free, -1
        while prediction != new:
            prediction = wanted_by[gold]
            left = self.of.get(prediction, gold)
            self.on[gold], self.of[prediction] = prediction, gold
            gold = left


def mention_counts(document: GoldDocument, found: Sequence[MentionSpan], *, typed: bool) -> Counts:
    """Count mentions with exactly the gold span (and type, when ``typed``)."""
    want = {(m.span, m.type if typed else "") for e in document.entities for m in e}
    have = {(m.span, m.type if typed else "") for m in found}
    return len(want & have), len(have), len(want)
