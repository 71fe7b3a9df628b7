"""Reading the memory itself: MEM_READ, search, and what resources show."""

from __future__ import annotations

import json
from typing import Any, Final

from apps.accounts.selectors import READ
from apps.agents.services.asking import explain_answer, explain_fact
from apps.agents.services.callers import AgentError, Caller
from apps.agents.services.saying import date_of, fact_as_dict, link
from apps.memory.controller import MemoryController
from apps.memory.selectors import facts_search, search_words
from apps.sources.models import Document
from worker.types import MemoryQuery

MOST: Final = 50


def read(
    caller: Caller, *, subject: str, relation: str, object: str, space: str, as_of: str
) -> dict[str, Any]:
    """Run one MEM_READ. Names are taken as equal names and aliases alone: this process has no
    model, and so no nearness."""
    where, _ = caller.enter(space, READ)
    day = date_of(as_of, "as_of")
    if not relation.strip():
        raise AgentError("Say which relation is read.")
    if subject.strip() and object.strip():
        raise AgentError("Give the subject or the object, not both: the other one is what is read.")
    query = MemoryQuery(
        relation=relation.strip(), subject=subject.strip() or None, object=object.strip() or None
    )
    found = MemoryController(where).read(query, as_of=day, limit=MOST)
    return {
        "facts": [
            {
                "fact": int(fact.triple_id),
                "subject": fact.subject.name,
                "relation": fact.relation.name,
                "object": fact.object.name,
                "valid_from": fact.valid_from.isoformat() if fact.valid_from else None,
                "valid_to": fact.valid_to.isoformat() if fact.valid_to else None,
                "page": link(where, f"facts/{fact.triple_id}/"),
            }
            for fact in found.facts
        ],
        "candidates": [
            {
                "role": one.role,
                "id": int(one.id),
                "name": one.name,
                "distance": one.distance,
                "accepted": one.accepted,
            }
            for one in found.candidates
        ],
        "truncated": found.truncated,
    }


def search(caller: Caller, *, words: str, space: str, limit: int) -> dict[str, Any]:
    """Return the facts in which every word begins a word of a name or of the relation."""
    where, _ = caller.enter(space, READ)
    wanted = search_words(words)
    if not wanted:
        raise AgentError("Give a word to look for.")
    if not 1 <= limit <= MOST:
        raise AgentError(f"limit must be 1 to {MOST}.")
    rows = list(facts_search(space=where, words=wanted, status="active")[: limit + 1])
    facts = [fact_as_dict(where, row) for row in rows[:limit]]
    return {"facts": facts, "truncated": len(rows) > limit}


def spaces(caller: Caller) -> str:
    """Return the spaces that the token opens, with the names of their relations, as JSON."""
    found = [
        {
            "space": space.slug,
            "name": space.name,
            "relations": sorted(
                space.relations.filter(retired_at=None).values_list("name", flat=True)
            ),
        }
        for space in caller.spaces()
    ]
    return _text({"spaces": found})


def fact_text(caller: Caller, space: str, number: int) -> str:
    """Return a fact with what it rests on, as JSON."""
    return _text(explain_fact(caller, fact=number, space=space))


def answer_text(caller: Caller, space: str, number: int) -> str:
    """Return a question with its answer and trace, as JSON."""
    return _text(explain_answer(caller, question=number, space=space))


def document_text(caller: Caller, space: str, number: int) -> str:
    """Return the text of a document, below its title."""
    where, _ = caller.enter(space, READ)
    row = Document.objects.filter(space=where, pk=number).first()
    if row is None:
        raise AgentError(f"There is no document {number} in this space.")
    if row.erased_at is not None:
        raise AgentError(f"Document {number} was erased.")
    return f"{row.title}\n\n{row.text}"


def _text(said: dict[str, Any]) -> str:
    return json.dumps(said, ensure_ascii=False, indent=2)
