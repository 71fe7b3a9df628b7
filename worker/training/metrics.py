"""Measures of extraction against annotated documents, framework-free.

What is right is said in ``judging``.
"""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Protocol

from worker.english.anaphors import is_anaphor
from worker.heads.encoder.proposals import EntityMentions, ScoredTriple
from worker.training import judging
from worker.training.judging import Counts, distinct, gold_triples, judge, mention_counts
from worker.training.redocred import GoldDocument
from worker.types import Argument, MentionSpan, PassageExtraction, PassageText, RelationSpec

Scores = dict[str, float]
Judged = judging.Judged

LOWEST = 0.02  # the score down to which predictions are kept
TOGETHER = 8  # documents that a head sees at once


class MeasuredHead(Protocol):
    """A write head as far as it is measured. One that also offers ``relations_between`` (see
    ``EncoderWriteHead``) can be asked about given entities."""

    def extract(
        self, passages: Sequence[PassageText], relations: Sequence[RelationSpec]
    ) -> list[PassageExtraction]:
        """Return one extraction per passage."""
        ...


class Relating(Protocol):
    """``relations_between`` of a head."""

    def __call__(
        self,
        passage: PassageText,
        entities: Sequence[EntityMentions],
        relations: Sequence[RelationSpec],
        threshold: float = 0.5,
    ) -> list[ScoredTriple]:
        """Return the relations between given entities."""
        ...


@dataclass(frozen=True)
class MeasuredDocument:
    """What a head predicted for one document, judged; ``gold`` counts triples by property."""

    mentions: Counts
    mentions_typed: Counts
    triples: tuple[Judged, ...]
    triples_gold_entities: tuple[Judged, ...]
    gold: Mapping[str, int]


@dataclass(frozen=True)
class Measured:
    """What a head predicted for some documents, judged, and the seconds that extraction took."""

    by_document: tuple[MeasuredDocument, ...]
    seconds: float

    @property
    def documents(self) -> int:
        """The number of documents."""
        return len(self.by_document)

    @property
    def mentions(self) -> Scores:
        """The scores of mentions with exactly the gold span."""
        return scores(*summed(d.mentions for d in self.by_document))

    @property
    def mentions_typed(self) -> Scores:
        """The scores of mentions with exactly the gold span and its type."""
        return scores(*summed(d.mentions_typed for d in self.by_document))

    @cached_property
    def triples(self) -> tuple[Judged, ...]:
        """The triples that were found, judged."""
        return tuple(j for d in self.by_document for j in d.triples)

    @cached_property
    def triples_gold_entities(self) -> tuple[Judged, ...]:
        """The triples that were found between gold entities, judged."""
        return tuple(j for d in self.by_document for j in d.triples_gold_entities)

    @cached_property
    def gold(self) -> Mapping[str, int]:
        """How many distinct gold triples there are of each property."""
        return dict(sum((Counter(d.gold) for d in self.by_document), Counter()))


def summed(counts: Iterable[Counts]) -> Counts:
    """Return the sums of right, found and gold."""
    right = found = gold = 0
    for one in counts:
        right, found, gold = right + one[0], found + one[1], gold + one[2]
    return right, found, gold


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


def measure(
    head: MeasuredHead,
    documents: Sequence[GoldDocument],
    relations: Sequence[RelationSpec],
    *,
    gold_entities: bool = True,
    progress: Callable[[int], None] | None = None,
) -> Measured:
    """Run a head over documents by the way that it is used, and judge what it found.

    The head should propose at a low threshold (see ``proposing_from``), so that every higher one
    can be read off. Relations between gold entities take a second pass, unless ``gold_entities``
    is off or the head has no ``relations_between``. ``progress`` is told how many documents are
    done. Extractions are dropped as soon as they are judged.
    """
    pids = {spec.id: spec.key for spec in relations}
    between: Relating | None = getattr(head, "relations_between", None) if gold_entities else None
    measured: list[MeasuredDocument] = []
    seconds = 0.0
    for at in range(0, len(documents), TOGETHER):
        some = documents[at : at + TOGETHER]
        passages = [passage_of(d, at + i) for i, d in enumerate(some)]
        began = time.monotonic()
        extractions = head.extract(passages, relations)
        seconds += time.monotonic() - began
        for document, passage, extraction in zip(some, passages, extractions, strict=True):
            given = _judge_gold_entities(between, document, passage, relations) if between else ()
            measured.append(_judged(document, extraction, pids, given))
            if progress:
                progress(len(measured))
    return Measured(tuple(measured), seconds)


@contextmanager
def proposing_from(
    head: object, threshold: float = LOWEST, *, implied: bool = False
) -> Iterator[None]:
    """Let a head that has a threshold propose from a lower one meanwhile, and one that knows the
    difference propose what follows as well as what is stated, where ``implied``."""
    config: Any = getattr(head, "config", None)
    if not hasattr(config, "threshold"):
        yield
        return
    more = {"implied": True} if implied and hasattr(config, "implied") else {}
    vars(head)["config"] = replace(config, threshold=threshold, **more)
    try:
        yield
    finally:
        vars(head)["config"] = config


def _judged(
    document: GoldDocument,
    extraction: PassageExtraction,
    pids: Mapping[str, str],
    given: Sequence[Judged],
) -> MeasuredDocument:
    predicted = [
        (_named(p.subject), pids[p.relation_id], _named(p.object), p.score)
        for p in extraction.proposals
        if p.holds
    ]
    return MeasuredDocument(
        mention_counts(document, extraction.mentions, typed=False),
        mention_counts(document, extraction.mentions, typed=True),
        tuple(judge(document, predicted)),
        tuple(given),
        Counter(pid for _, pid, _ in gold_triples(document)),
    )


def _named(argument: Argument) -> str:
    """Return the mention at hand, or what it stands for where it is a pronoun."""
    return argument.called if is_anaphor(argument.text) else argument.text


def gold_entities(document: GoldDocument) -> dict[EntityMentions, int]:
    """Return the distinct entities of a document as a head takes them, with their numbers."""
    found = {}
    for number in sorted(set(distinct(document))):
        members = document.entities[number]
        mentions = tuple(MentionSpan(m.span, m.type) for m in members)
        found[EntityMentions(mentions, members[0].type)] = number
    return found


def _judge_gold_entities(
    between: Relating,
    document: GoldDocument,
    passage: PassageText,
    relations: Sequence[RelationSpec],
) -> list[Judged]:
    index = gold_entities(document)
    pids = {spec.id: spec.key for spec in relations}
    gold = gold_triples(document)
    return [
        (
            t.score,
            (index[t.subject], pids[t.relation_id], index[t.object]) in gold,
            pids[t.relation_id],
        )
        for t in between(passage, list(index), relations, threshold=LOWEST)
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
                    "count": len(inside),
                }
            )
    return rows


def by_relation(measured: Measured, threshold: float) -> dict[str, Scores]:
    """Return the scores of each property at a threshold, with its number of gold triples."""
    found: dict[str, list[Judged]] = defaultdict(list)
    for judged in measured.triples:
        found[judged[2]].append(judged)
    result = {}
    for pid in sorted(found.keys() | measured.gold.keys()):
        gold = measured.gold.get(pid, 0)
        result[pid] = {**at_threshold(found.get(pid, ()), gold, threshold), "gold": gold}
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
