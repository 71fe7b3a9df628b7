"""Sentences on which reviewers decided, with what they accepted and what they rejected."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from django.db.models import Exists, OuterRef, Q

from apps.accounts.models import Space
from apps.curation.models import Candidate, Decision
from apps.evaluation.services.benchmarks.cases import NewCase

STATES: Final = Candidate.State
_ACCEPTED: Final = (STATES.ACCEPTED, STATES.MERGED, STATES.SUPERSEDING)
# What may be proposed besides: nobody has decided on it, or it follows from what was decided.
_OPEN: Final = (STATES.PENDING, STATES.DEFERRED, STATES.IMPLIED, STATES.AGAIN)
_KINDS: Final = {
    (True, False): "accepted",
    (False, True): "rejected",
    (True, True): "accepted and rejected",
}
_COLUMNS: Final = (
    "pk", "state", "mood", "subject_text", "relation__name", "object_text", "sentence_start",
    "sentence_end", "passage_id", "passage__document_id", "passage__start", "reworded_by_id",
    "taken_along",
)  # fmt: skip


@dataclass
class _Sentence:
    """A sentence of a passage with the candidates that were proposed of it."""

    document: int
    passage: int
    start: int
    end: int
    text: str = ""
    facts: dict[str, list[dict[str, str]]] = field(default_factory=dict)
    decided: list[int] = field(default_factory=list)  # candidates
    is_whole: bool = True

    def add(self, row: dict[str, Any]) -> None:
        """Note what became of a candidate."""
        place = "facts" if row["state"] in _ACCEPTED else "ok" if row["state"] in _OPEN else "not"
        if row["taken_along"]:
            place = "ok"  # nobody decided on this sentence
        fact = {
            "subject": row["subject_text"],
            "relation": row["relation__name"],
            "object": row["object_text"],
            "mood": row["mood"],
        }
        if place != "ok":
            self.decided.append(row["pk"])
            folded = self.text.casefold()
            names = (fact["subject"].casefold(), fact["object"].casefold())
            self.is_whole &= row["reworded_by_id"] is None and all(one in folded for one in names)
        if fact not in self.facts.setdefault(place, []):
            self.facts[place].append(fact)


def draw_from_decisions(space: Space, *, size: int, seed: int) -> tuple[list[NewCase], int]:
    """Return up to ``size`` sentences with decisions, and how many were left out.

    A sentence is left out where it does not hold the names of a fact that was decided on, or where
    a reviewer put the fact in words of their own: alone it could not be read so. What is undecided
    in it counts neither way. Documents that were erased have no sentences.
    """
    sentences = _sentences(space)
    whole = [one for one in sentences if one.is_whole]
    left_out = len(sentences) - len(whole)
    if len(whole) > size:
        chosen = random.Random(seed).sample(range(len(whole)), size)
        whole = [whole[place] for place in sorted(chosen)]
    return _cases(whole), left_out


def _sentences(space: Space) -> list[_Sentence]:
    """Return the sentences with a decision, in the order of their documents."""
    states = [*_ACCEPTED, *_OPEN, STATES.REJECTED]
    rows = Candidate.objects.filter(
        ~Q(passage__text=""), space=space, state__in=states, against=None, passage__isnull=False
    ).order_by("passage__document_id", "sentence_start", "sentence_end", "pk")
    along = Decision.objects.filter(
        candidate=OuterRef("pk"), along_with__isnull=False, undone_at=None
    )
    rows = rows.annotate(taken_along=Exists(along))
    found: dict[tuple[int, int, int], _Sentence] = {}
    for row in rows.values(*_COLUMNS, "passage__text").iterator(chunk_size=2_000):
        start, end, document = (
            row["sentence_start"],
            row["sentence_end"],
            row["passage__document_id"],
        )
        one = found.get((document, start, end))
        if one is None:
            offset = row["passage__start"]
            text = " ".join(row["passage__text"][start - offset : end - offset].split())
            one = _Sentence(document, row["passage_id"], start, end, text)
            found[document, start, end] = one
        one.add(row)
    return [one for one in found.values() if one.decided and one.text]


def _cases(sentences: Sequence[_Sentence]) -> list[NewCase]:
    decided = {pk for one in sentences for pk in one.decided}
    rows = Decision.objects.filter(candidate__in=decided, undone_at=None).exclude(
        action__in=[Decision.Action.DEFER, Decision.Action.REWORD]
    )
    by_candidate: dict[int, dict[str, Any]] = {
        row["candidate_id"]: dict(row)
        for row in rows.values("candidate_id", "actor_id", "triple_id")
    }
    return [_case(one, [by_candidate[pk] for pk in one.decided if pk in by_candidate])
            for one in sentences]  # fmt: skip


def _case(one: _Sentence, decisions: Sequence[dict[str, Any]]) -> NewCase:
    expected = one.facts.get("facts", [])
    relations = {fact["relation"] for name in ("facts", "not") for fact in one.facts.get(name, [])}
    return NewCase(
        key=f"sentence-{one.document}-{one.start}-{one.end}",
        kind=_KINDS[bool(expected), "not" in one.facts],
        text=one.text,
        given={name: one.facts[name] for name in ("ok", "not") if name in one.facts},
        expected=expected,
        relation=relations.pop() if len(relations) == 1 else "",
        rests_on={
            "triples": sorted({row["triple_id"] for row in decisions if row["triple_id"]}),
            "documents": [one.document],
            "people": sorted({row["actor_id"] for row in decisions}),
        },
    )
