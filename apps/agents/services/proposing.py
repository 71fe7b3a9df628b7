"""Proposing a fact: a candidate for the review queue, and never more than that."""

from __future__ import annotations

import difflib
from typing import Any, Final

from apps.accounts.models import Space
from apps.accounts.selectors import ASK
from apps.agents.services.callers import AgentError, Caller
from apps.agents.services.saying import date_of, link
from apps.curation.models import Candidate
from apps.curation.services.by_hand import FactInWords, Name, Occasion, candidate_propose
from apps.memory.controller import MemoryController
from apps.memory.models import Relation

NOTE: Final = (
    "This is a proposal and no fact. It waits in the review queue until a person decides who is "
    "another one than you act for; no answer uses it before that."
)


def propose(
    caller: Caller,
    *,
    subject: str,
    relation: str,
    object: str,
    space: str,
    valid_from: str,
    valid_to: str,
) -> dict[str, Any]:
    """Put a fact to review in the name of the person whose token is used."""
    where, _ = caller.enter(space, ASK)
    fact = FactInWords(
        subject=Name(subject),
        relation=_relation(where, relation),
        object=Name(object),
        valid_from=date_of(valid_from, "valid_from"),
        valid_to=date_of(valid_to, "valid_to"),
    )
    made = candidate_propose(
        space=where, actor=caller.user, fact=fact, occasion=Occasion(Candidate.Origin.PROGRAM)
    )
    return {
        "candidate": made.pk,
        "state": made.state,
        "is_fact": False,
        "note": NOTE,
        "page": link(where, f"review/candidates/{made.pk}/"),
    }


def _relation(space: Space, name: str) -> Relation:
    """Return the relation of that name or alias. Raises AgentError, with names much like it."""
    found = MemoryController(space).resolve_relation(name)
    if found.relation is not None:
        return found.relation
    names = list(space.relations.filter(retired_at=None).values_list("name", flat=True))
    near = difflib.get_close_matches(name, names, n=3, cutoff=0.4)
    more = f" Much like it: {', '.join(near)}." if near else ""
    raise AgentError(
        f"There is no relation {name!r} here.{more} All stand in the resource memweb://spaces."
    )
