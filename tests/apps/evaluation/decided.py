"""Decisions for tests, of a reviewer for whom one relation is nearly always right and another one
nearly always wrong."""

from __future__ import annotations

from typing import Any

from apps.accounts.models import Space, User
from apps.curation.models import Candidate, Decision
from tests import factories

GOOD, BAD = "place of birth", "employer"
TEXT = "Ada Brook was born in Lindenau. Ben Hollis works for Tarn."


def decide(
    candidate: Candidate, actor: User, *, accept: bool, action: str = "", **fields: Any
) -> Decision:
    """Save a decision as the services would leave it."""
    action = action or ("accept" if accept else "reject")
    triple = None
    if accept:
        relation = candidate.relation
        triple = relation.triples.first() or factories.make_triple(
            candidate.space, "Ada Brook", relation, candidate.object_text
        )
    Candidate.objects.filter(pk=candidate.pk).update(state="accepted" if accept else "rejected")
    given = {"reason": "" if accept else "not stated", "triple": triple, **fields}
    return Decision.objects.create(candidate=candidate, action=action, actor=actor, **given)


def make_decisions(space: Space, owner: User, reviewer: User, documents: int = 40) -> None:
    """Give a space decisions on two proposals of each of so many documents."""
    for number in range(documents):
        document = factories.make_document(space, owner, text=f"{TEXT} It is number {number}.")
        factories.make_extraction(document, owner, head_version="1")
        for relation, who, name in ((GOOD, "Ada Brook", "Lindenau"), (BAD, "Ben Hollis", "Tarn")):
            odd = number % 10 == 9
            candidate = factories.make_candidate(
                document, owner, who, relation, name, score=0.5 + number % 5 / 10
            )
            decide(candidate, reviewer, accept=(relation == GOOD) != odd)
