"""A write head whose scores were corrected by what reviewers decided."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from worker.interfaces import WriteHead
from worker.learned.correction import LEARNED, Correction
from worker.protocol import serialise_write
from worker.types import PassageExtraction, PassageText, Proposal, RelationSpec


class LearnedWriteHead:
    """Proposes what the head under it finds, also below that head's own threshold, where the
    corrected score is high enough. Its weights are those of that head; the correction is one more
    hash beside them."""

    def __init__(self, head: WriteHead, correction: Correction) -> None:
        self.name = head.name
        self.correction = correction
        self.version = f"{head.version}+{correction.sha256[:8]}"
        self.hashes = {**getattr(head, "hashes", {}), LEARNED: correction.sha256}
        self._head = head

    def extract(
        self, passages: Sequence[PassageText], relations: Sequence[RelationSpec]
    ) -> list[PassageExtraction]:
        """Return one extraction per passage, in order, with corrected scores."""
        own = {spec.id: threshold_of(self._head, spec) for spec in relations}
        lowest = min(
            (self.correction.raw(self.correction.limit(one), id_) for id_, one in own.items()),
            default=0.0,
        )
        with proposing_from(self._head, lowest), weighing(self._head, self.correction.signs):
            found = self._head.extract(passages, relations)
        names = {spec.id: spec.name for spec in relations}
        return [self._corrected(one, own, names) for one in found]

    def _corrected(
        self, found: PassageExtraction, own: Mapping[str, float], names: Mapping[str, str]
    ) -> PassageExtraction:
        """Return what is proposed of what was found, given the head's own thresholds."""
        scored = [self._scored(one) for one in found.proposals]
        kept = [one for one in scored if one.score >= self.correction.limit(own[one.relation_id])]
        return replace(
            found,
            proposals=tuple(kept),
            unstated=tuple(one for one in found.unstated if one.score >= own[one.relation_id]),
            call=serialise_write(
                [(one.subject.called, names[one.relation_id], one.object.called) for one in kept]
            ),
        )

    def _scored(self, one: Proposal) -> Proposal:
        return replace(one, score=self.correction.score(one.score, one.relation_id))


def threshold_of(head: Any, spec: RelationSpec) -> float:
    """Return the score from which a head proposes facts of a relation; 0 for one that has no
    threshold."""
    known = getattr(head, "known", None)
    if known is not None and spec.key not in known:
        return float(head.described_threshold)
    return float(getattr(head, "threshold", 0.0))


@contextmanager
def proposing_from(head: object, threshold: float) -> Iterator[None]:
    """Let a head that has a threshold propose from another score on meanwhile."""
    config: Any = getattr(head, "config", None)
    if not hasattr(config, "threshold"):
        yield
        return
    vars(head)["config"] = replace(config, threshold=threshold)
    try:
        yield
    finally:
        vars(head)["config"] = config


@contextmanager
def weighing(head: Any, signs: Mapping[str, float]) -> Iterator[None]:
    """Let the regression that makes a head's score weigh its signs otherwise meanwhile."""
    if not signs:
        yield
        return
    reading = head.reading
    head.reading = reading.weighed(signs)
    try:
        yield
    finally:
        head.reading = reading
