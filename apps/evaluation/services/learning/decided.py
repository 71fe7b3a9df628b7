"""Decisions as training data: which count, and as what.

A proposal was right where it was accepted, merged or put in the place of another fact, also after
an edit of its times alone. It was wrong where it was rejected, or accepted only after its relation
or one of its names was changed. Rejected as a duplicate it was neither: the text states it.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from apps.accounts.models import Space
from apps.curation.models import Candidate, Decision
from apps.evaluation.models import LearnedWeights
from apps.memory.controller import MemoryController
from worker.learned.correction import LEARNED, Correction
from worker.learned.fitting import Decided

LEAST_DECISIONS: Final = 50
LEAST_DOCUMENTS: Final = 5
KEPT_OUT: Final = 0.25  # of the decisions, by whole documents
_RIGHT: Final = (Decision.Action.ACCEPT, Decision.Action.MERGE, Decision.Action.SUPERSEDE)
_JUDGED: Final = (*_RIGHT, Decision.Action.EDIT, Decision.Action.REJECT)
_OTHER_FACT: Final = frozenset(
    {"relation", "subject_text", "object_text", "subject_start", "object_start"}
)
_NO_JUDGEMENT: Final = frozenset({"duplicate"})
_COLUMNS: Final = (
    "pk", "action", "reason", "before", "candidate_id", "candidate__relation_id",
    "candidate__score", "candidate__reworded_by_id", "candidate__extraction__head",
    "candidate__extraction__head_hashes", "candidate__extraction__head_version",
    "candidate__passage__document_id", "candidate__passage__document__erased_at",
    "candidate__subject_start", "candidate__object_start",
)  # fmt: skip
LEFT_OUT: Final[Mapping[str, str]] = {
    "other head": "proposed by another head, or by another version of this one",
    "retired": "of a relation that is retired",
    "duplicate": "rejected as a duplicate",
    "own words": "put in the words of a reviewer",
    "erased": "of a document that was erased",
    "not read again": "not found when the passages were read again",
}


@dataclass(frozen=True)
class Judged:
    """A decision on a proposal: the head's own score of it, and whether it was right."""

    decision: int
    candidate: int
    document: int
    relation: str
    score: float
    right: bool
    place: tuple[int, int] = (0, 0)  # where its subject and its object begin, in the document
    signs: tuple[float, ...] = ()


@dataclass(frozen=True)
class Decisions:
    """What a space's decisions say of its head, in their order, and what was left out of them."""

    judged: Sequence[Judged]
    left_out: Mapping[str, int] = field(default_factory=dict)

    @property
    def right(self) -> int:
        return sum(one.right for one in self.judged)

    @property
    def documents(self) -> list[int]:
        return sorted({one.document for one in self.judged})

    def parted(self, seed: int) -> tuple[list[Judged], list[Judged]]:
        """Return those to learn from and those kept out: about a quarter, by whole documents in an
        order that the seed gives."""
        sizes = Counter(one.document for one in self.judged)
        order = sorted(sizes, key=lambda document: _shuffled(seed, document))
        kept: set[int] = set()
        size = 0
        for document in order[:-1]:
            if size >= KEPT_OUT * len(self.judged):
                break
            kept.add(document)
            size += sizes[document]
        return (
            [one for one in self.judged if one.document not in kept],
            [one for one in self.judged if one.document in kept],
        )

    def read_again(self, read: Sequence[Sequence[Any]]) -> Decisions:
        """Return those that stand among what was ``read`` again (document, relation, places of
        subject and object, score and signs), with the signs and the score that they have there."""
        there = {(row[0], row[1], row[2], row[3]): row for row in read}
        found = []
        for one in self.judged:
            row = there.get((one.document, one.relation, *one.place))
            if row is not None:
                found.append(replace(one, score=row[4], signs=tuple(row[5])))
        lost = len(self.judged) - len(found)
        more = {"not read again": lost} if lost else {}
        return Decisions(found, {**self.left_out, **more})

    def counts(self, seed: int) -> dict[str, Any]:
        """Return what is kept of them with the weights."""
        learned, kept = self.parted(seed)
        return {
            "first": self.judged[0].decision,
            "last": self.judged[-1].decision,
            "used": len(learned),
            "kept_out": len(kept),
            "right": self.right,
            "documents": len(self.documents),
            "left_out": dict(self.left_out),
        }


def _shuffled(seed: int, document: int) -> bytes:
    return hashlib.sha256(f"{seed}:{document}".encode()).digest()


def decided(rows: Sequence[Judged]) -> Decided:
    """Return decisions as they are fitted."""
    return Decided(
        [one.score for one in rows],
        [one.relation for one in rows],
        [one.right for one in rows],
        [one.signs for one in rows],
    )


def decisions_of(space: Space, base: Mapping[str, Any], last: int | None = None) -> Decisions:
    """Return the decisions on proposals of the head that is made of ``base``, up to the number
    ``last``. Of proposals that learned weights scored, it is the score of the head under them."""
    rows = Decision.objects.filter(
        candidate__space=space,
        candidate__origin=Candidate.Origin.HEAD,
        candidate__against=None,
        candidate__score__isnull=False,
        undone_at=None,
        along_with=None,  # nobody judged it by itself
        action__in=_JUDGED,
    )
    if last is not None:
        rows = rows.filter(pk__lte=last)
    reading = _Reading(space, base)
    left_out: Counter[str] = Counter()
    judged = []
    for row in rows.order_by("pk").values(*_COLUMNS).iterator(chunk_size=2_000):
        if why := reading.why_not(row):
            left_out[why] += 1
        else:
            judged.append(reading.judged(row))
    return Decisions(judged, dict(left_out))


class _Reading:
    """Reads decisions of a space on proposals of one head."""

    def __init__(self, space: Space, base: Mapping[str, Any]) -> None:
        self._base = dict(base)
        self._relations = {spec.id for spec in MemoryController(space).relations()}
        kept = LearnedWeights.objects.filter(space=space).exclude(sha256="")
        self._learned = {one.sha256: Correction.of(one.parameters) for one in kept}

    def why_not(self, row: Mapping[str, Any]) -> str:
        """Return why a decision does not count, a key of LEFT_OUT; empty where it does."""
        if row["candidate__passage__document__erased_at"] is not None:
            return "erased"
        if not self._is_of_base(row):
            return "other head"
        if row["candidate__reworded_by_id"] is not None:
            return "own words"
        if row["action"] == Decision.Action.REJECT and row["reason"] in _NO_JUDGEMENT:
            return "duplicate"
        return "" if self._relation(row) in self._relations else "retired"

    def _is_of_base(self, row: Mapping[str, Any]) -> bool:
        hashes = dict(row["candidate__extraction__head_hashes"])
        learned = hashes.pop(LEARNED, None)
        if learned is not None and learned not in self._learned:
            return False
        made = {"hashes": hashes} if hashes else {
            "version": row["candidate__extraction__head_version"].partition("+")[0]
        }  # fmt: skip
        return {"backend": row["candidate__extraction__head"], **made} == self._base

    @staticmethod
    def _relation(row: Mapping[str, Any]) -> str:
        """Return the relation that was proposed, which an edit may have changed."""
        return str(row["before"].get("relation") or row["candidate__relation_id"])

    @staticmethod
    def _place(row: Mapping[str, Any]) -> tuple[int, int]:
        """Return where it was proposed, which an edit may have moved."""
        start, end = (
            row["before"].get(name, row[f"candidate__{name}"])
            for name in ("subject_start", "object_start")
        )
        return start, end

    def judged(self, row: Mapping[str, Any]) -> Judged:
        action, relation = row["action"], self._relation(row)
        right = action in _RIGHT
        if action == Decision.Action.EDIT:
            right = not _OTHER_FACT & set(row["before"])
        score: float = row["candidate__score"]
        learned = row["candidate__extraction__head_hashes"].get(LEARNED)
        if learned is not None:
            score = self._learned[learned].raw(score, relation)
        return Judged(
            row["pk"], row["candidate_id"], row["candidate__passage__document_id"], relation,
            score, right, self._place(row),
        )  # fmt: skip


def enough(found: Decisions, seed: int = 0) -> str:
    """Say why nothing can be learned from decisions, and what is missing; empty where it can."""
    count, documents = len(found.judged), len(found.documents)
    if count < LEAST_DECISIONS:
        left = sum(found.left_out.values())
        also = f" {left} more do not count." if left else ""
        return (
            f"There {'is' if count == 1 else 'are'} {count} decision{'' if count == 1 else 's'} on "
            f"proposals of this head; at least {LEAST_DECISIONS} are needed.{also}"
        )
    if documents < LEAST_DOCUMENTS:
        return (
            f"All {count} decisions are on {documents} document{'' if documents == 1 else 's'}; at "
            f"least {LEAST_DOCUMENTS} are needed, so that some can be kept out to compare on."
        )
    if not 0 < found.right < count:
        said = "accepted" if found.right else "rejected"
        return f"All {count} decisions {said}: there is nothing to tell right from wrong by."
    learned, _ = found.parted(seed)
    if not decided(learned).is_mixed:
        return (
            "Nearly all decisions went one way: without those that are kept out, there is nothing "
            "to tell right from wrong by."
        )
    return ""
