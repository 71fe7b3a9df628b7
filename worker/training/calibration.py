"""Scores that hold on many kinds of text: the regression of a head with a reader, and the score
from which it proposes, chosen on texts of our own corpus that nothing was trained on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from worker.heads.encoder.proposals import proposal
from worker.heads.encoder.scoring import SIGNS, fit
from worker.heads.encoder.write_head import EncoderWriteHead
from worker.training import metrics
from worker.training.metrics import TOGETHER, passage_of
from worker.training.redocred import GoldDocument, GoldTriple
from worker.types import HOLDING, Proposal, RelationSpec

LOWEST = 0.02  # the score, as it is before the regression, from which triples are looked at


@dataclass(frozen=True)
class Found:
    """Triples that a head found: their ``signs`` (N, S), whether each is ``right`` (N,), and
    the number of ``facts`` that there were to find."""

    signs: Tensor
    right: Tensor
    facts: int


def found(
    head: EncoderWriteHead, documents: Sequence[GoldDocument], relations: Sequence[RelationSpec]
) -> Found:
    """Run a head over annotated documents and judge what it takes for stated."""
    keys = {spec.id: spec.key for spec in relations}
    signs: list[tuple[float, ...]] = []
    right: list[bool] = []
    facts = 0
    config = head.config
    head.config = replace(config, keep_signs=True, threshold=LOWEST)
    try:
        for at in range(0, len(documents), TOGETHER):
            some = documents[at : at + TOGETHER]
            passages = [passage_of(document, at + i) for i, document in enumerate(some)]
            scored = head.scored(passages, relations)
            for document, passage, triples in zip(some, passages, scored, strict=True):
                gold = _stated(document)
                facts += len({(t.subject, t.property, t.object) for t in holding(document)})
                for triple in triples:
                    if triple.mood in HOLDING and triple.signs:
                        made = proposal(passage, triple)
                        signs.append(triple.signs)
                        right.append(bool(_names(made, keys) & gold))
    finally:
        head.config = config
    width = len(signs[0]) if signs else len(SIGNS)
    return Found(torch.tensor(signs).view(-1, width), torch.tensor(right), facts)


def chosen(
    head: EncoderWriteHead,
    documents: Sequence[GoldDocument],
    relations: Sequence[RelationSpec],
    least_precision: float,
    names: Sequence[str] = SIGNS,
) -> tuple[dict[str, float], float]:
    """Return the regression over signs of such ``names`` as a manifest holds it, and the score of
    the best F1 among those of at least some precision. Where a head finds nothing right or nothing
    wrong, they stay as they are.
    """
    judged = found(head, documents, relations)
    if not 0 < int(judged.right.sum()) < len(judged.right):
        return head.manifest["scoring"], head.manifest["thresholds"]["review"]
    fitted = fit(judged.signs, judged.right)
    scores = fitted(judged.signs).tolist()
    rows = [(score, right, "") for score, right in zip(scores, judged.right.tolist(), strict=True)]
    review = metrics.best_threshold(rows, judged.facts, least_precision=least_precision)
    weights = dict(zip(names, fitted.weights.tolist(), strict=True))
    return {**weights, "offset": fitted.offset}, review


def holding(document: GoldDocument) -> list[GoldTriple]:
    """Return the triples that a document bears out."""
    return [t for t in document.triples if t.mood is None or t.mood in HOLDING]


def _stated(document: GoldDocument) -> set[tuple[str, str, str]]:
    names = [document.names(i) for i in range(len(document.entities))]
    return {
        (subject, t.property, object_)
        for t in holding(document)
        for subject in names[t.subject]
        for object_ in names[t.object]
    }


def _names(made: Proposal, keys: dict[str, str]) -> set[tuple[str, str, str]]:
    """Return a proposal by all that its two sides are called."""
    return {
        (subject.casefold(), keys[made.relation_id], object_.casefold())
        for subject in filter(None, (made.subject.text, made.subject.name))
        for object_ in filter(None, (made.object.text, made.object.name))
    }
