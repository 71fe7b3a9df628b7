"""Measures of extraction against annotated documents, framework-free.

A predicted triple is right if its relation matches and its subject and object each equal, case
folded, some mention of the gold subject and object. Each gold triple counts once: a second
prediction of it is wrong. Predictions are taken from the highest score down.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from worker.heads.encoder.proposals import EntityMentions, ScoredTriple
from worker.training.redocred import GoldDocument
from worker.types import MentionSpan, PassageExtraction, PassageText, RelationSpec

Scores = dict[str, float]
Judged = tuple[float, bool, str]  # score, right or not, Wikidata property


class MeasuredHead(Protocol):
    """A write head that can also be asked about given entities."""

    def extract(
        self, passages: Sequence[PassageText], relations: Sequence[RelationSpec]
    ) -> list[PassageExtraction]:
        """Return one extraction per passage."""
        ...

    def relations_between(
        self,
        passage: PassageText,
        entities: Sequence[EntityMentions],
        relations: Sequence[RelationSpec],
        threshold: float = 0.5,
    ) -> list[ScoredTriple]:
        """Return the relations between given entities."""
        ...


@dataclass(frozen=True)
class Measured:
    """What a head predicted for some documents, judged; ``gold`` counts triples by property."""

    mentions: Scores
    mentions_typed: Scores
    triples: tuple[Judged, ...]
    triples_gold_entities: tuple[Judged, ...]
    gold: Mapping[str, int]
    documents: int
    seconds: float


def scores(right: int, found: int, gold: int) -> Scores:
    """Return precision, recall and F1; 0 where there is nothing to divide by."""
    return {
        "precision": right / found if found else 0.0,
        "recall": right / gold if gold else 0.0,
        "f1": 2 * right / (found + gold) if found + gold else 0.0,
    }


def passage_of(document: GoldDocument, number: int = 0) -> PassageText:
    """Return an annotated document as the passage that a head sees."""
    return PassageText(str(number), document.text, document.sentences)


def judge(document: GoldDocument, predicted: Sequence[tuple[str, str, str, float]]) -> list[Judged]:
    """Judge predictions (subject, property, object, score) for one document."""
    names = [document.names(i) for i in range(len(document.entities))]
    open_triples = {(t.subject, t.property, t.object) for t in document.triples}
    result: list[Judged] = []
    for subject, pid, object_, score in sorted(predicted, key=lambda p: (-p[3], p[:3])):
        match = min(
            (
                gold
                for gold in open_triples
                if gold[1] == pid
                and subject.casefold() in names[gold[0]]
                and object_.casefold() in names[gold[2]]
            ),
            default=None,
        )
        open_triples.discard(match)
        result.append((score, match is not None, pid))
    return result


def gold_triples(documents: Sequence[GoldDocument]) -> dict[str, int]:
    """Return how many distinct triples there are of each property."""
    count: dict[str, int] = defaultdict(int)
    for document in documents:
        for _, pid, _ in {(t.subject, t.property, t.object) for t in document.triples}:
            count[pid] += 1
    return dict(count)


def mention_scores(
    documents: Sequence[GoldDocument], found: Sequence[Sequence[MentionSpan]], *, typed: bool
) -> Scores:
    """Return the scores of mentions with exactly the gold span (and type, when ``typed``)."""
    right = total = gold_total = 0
    for document, mentions in zip(documents, found, strict=True):
        want = {(m.span, m.type if typed else "") for e in document.entities for m in e}
        have = {(m.span, m.type if typed else "") for m in mentions}
        right += len(want & have)
        total += len(have)
        gold_total += len(want)
    return scores(right, total, gold_total)


def measure(
    head: MeasuredHead,
    documents: Sequence[GoldDocument],
    relations: Sequence[RelationSpec],
    *,
    gold_entities: bool = True,
) -> Measured:
    """Run a head over documents by the way that it is used, and judge what it found.

    The head should propose at a low threshold, so that every higher one can be read off.
    Relations between gold entities take a second pass, unless ``gold_entities`` is off.
    """
    began = time.monotonic()
    passages = [passage_of(d, i) for i, d in enumerate(documents)]
    extractions = head.extract(passages, relations)
    seconds = time.monotonic() - began
    pids = {spec.id: spec.wikidata_property for spec in relations}
    triples: list[Judged] = []
    given: list[Judged] = []
    for document, passage, extraction in zip(documents, passages, extractions, strict=True):
        triples += judge(
            document,
            [
                (p.subject.text, pids[p.relation_id], p.object.text, p.score)
                for p in extraction.proposals
            ],
        )
        if gold_entities:
            given += _judge_gold_entities(head, document, passage, relations)
    found = [e.mentions for e in extractions]
    return Measured(
        mention_scores(documents, found, typed=False),
        mention_scores(documents, found, typed=True),
        tuple(triples),
        tuple(given),
        gold_triples(documents),
        len(documents),
        seconds,
    )


def _judge_gold_entities(
    head: MeasuredHead,
    document: GoldDocument,
    passage: PassageText,
    relations: Sequence[RelationSpec],
) -> list[Judged]:
    entities = [
        EntityMentions(tuple(MentionSpan(m.span, m.type) for m in e), e[0].type)
        for e in document.entities
    ]
    pids = {spec.id: spec.wikidata_property for spec in relations}
    index = {e.mentions: i for i, e in enumerate(entities)}
    gold = {(t.subject, t.property, t.object) for t in document.triples}
    return [
        (
            t.score,
            (index[t.subject.mentions], pids[t.relation_id], index[t.object.mentions]) in gold,
            pids[t.relation_id],
        )
        for t in head.relations_between(passage, entities, relations, threshold=0.02)
    ]


def at_threshold(judged: Sequence[Judged], gold: int, threshold: float) -> Scores:
    """Return the scores of the predictions at or above a threshold."""
    kept = [right for score, right, _ in judged if score >= threshold]
    return scores(sum(kept), len(kept), gold)


def curve(judged: Sequence[Judged], gold: int, steps: int = 50) -> list[Scores]:
    """Return the scores at ``steps`` - 1 thresholds between 0 and 1."""
    return [
        {"threshold": i / steps, **at_threshold(judged, gold, i / steps)} for i in range(1, steps)
    ]


def best_threshold(judged: Sequence[Judged], gold: int, *, least_precision: float = 0.0) -> float:
    """Return the threshold of the best F1 among those with at least some precision.

    When none has it, the threshold of the highest precision.
    """
    rows = curve(judged, gold, 100)
    allowed = [r for r in rows if r["precision"] >= least_precision]
    if not allowed:
        return max(rows, key=lambda r: r["precision"])["threshold"]
    return max(allowed, key=lambda r: (r["f1"], r["threshold"]))["threshold"]


def calibration_error(judged: Sequence[Judged], *, bins: int = 10, least: float = 0.0) -> float:
    """Return the expected calibration error of scores at or above ``least`` (Naeini et al. 2015).

    The mean gap between score and share right over equal-width bins, weighted by their size.
    """
    rows = [(s, r) for s, r, _ in judged if s >= least]
    if not rows:
        return 0.0
    filled: dict[int, list[tuple[float, bool]]] = defaultdict(list)
    for score, right in rows:
        filled[min(int(score * bins), bins - 1)].append((score, right))
    gaps = (abs(sum(s for s, _ in b) - sum(r for _, r in b)) for b in filled.values())
    return sum(gaps) / len(rows)


def reliability(judged: Sequence[Judged], bins: int = 10) -> list[Scores]:
    """Return, for each bin of scores, its mean score, share right and size."""
    rows = []
    for number in range(bins):
        low, high = number / bins, (number + 1) / bins
        inside = [(s, r) for s, r, _ in judged if low <= s and (s < high or number == bins - 1)]
        if inside:
            rows.append(
                {
                    "score": sum(s for s, _ in inside) / len(inside),
                    "right": sum(r for _, r in inside) / len(inside),
                    "count": float(len(inside)),
                }
            )
    return rows


def by_relation(measured: Measured, threshold: float) -> dict[str, Scores]:
    """Return the scores of each property at a threshold, with its number of gold triples."""
    result = {}
    found = {pid for _, _, pid in measured.triples}
    for pid in sorted(found | set(measured.gold)):
        own = [j for j in measured.triples if j[2] == pid]
        gold = measured.gold.get(pid, 0)
        result[pid] = {**at_threshold(own, gold, threshold), "gold": float(gold)}
    return result


def report(
    measured: Measured, *, best: float, review: float, given_entities: float
) -> dict[str, Any]:
    """Return the figures of a measurement at thresholds that were chosen on other documents."""
    gold = sum(measured.gold.values())
    return {
        "documents": measured.documents,
        "seconds": measured.seconds,
        "mentions": measured.mentions,
        "mentions_typed": measured.mentions_typed,
        "relations_gold_entities": at_threshold(
            measured.triples_gold_entities, gold, given_entities
        ),
        "end_to_end": at_threshold(measured.triples, gold, best),
        "end_to_end_at_review_threshold": at_threshold(measured.triples, gold, review),
        "review_threshold": review,
        "best_threshold": best,
        "calibration_error": calibration_error(measured.triples),
        "reliability": reliability(measured.triples),
        "by_relation": by_relation(measured, best),
        "curve": curve(measured.triples, gold),
    }
