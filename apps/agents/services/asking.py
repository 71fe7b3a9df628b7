"""Asking the memory, and explaining an answer or a fact."""

from __future__ import annotations

import time
from typing import Any, Final

from apps.accounts.models import Space
from apps.accounts.selectors import ASK, READ
from apps.agents.services.callers import AgentError, Caller
from apps.agents.services.saying import date_of, fact_as_dict, link
from apps.asking.models import Question
from apps.asking.selectors import answer_as_dict, visible_questions
from apps.asking.services import question_ask
from apps.asking.triple_selectors import (
    ShownEvidence,
    decisions_on,
    evidence_of,
    replaced_by,
    triples_of,
)

LONGEST_WAIT: Final = 60.0
LOOK_SECONDS: Final = 0.1
_IN_SHORT: Final = (
    "answer", "abstained", "reason", "understood", "as_of", "unsupported", "head",
)  # fmt: skip


def ask(caller: Caller, *, question: str, space: str, as_of: str, wait: float) -> dict[str, Any]:
    """Ask a question as the page does, and wait for the worker's answer."""
    where, _ = caller.enter(space, ASK)
    row = question_ask(space=where, actor=caller.user, text=question, as_of=date_of(as_of, "as_of"))
    end = time.monotonic() + min(max(wait, 0.0), LONGEST_WAIT)
    while row.is_open and time.monotonic() < end:
        time.sleep(LOOK_SECONDS)
        row.refresh_from_db(fields=["state", "error", "erased_at"])
    return _said(where, row)


def explain_answer(caller: Caller, *, question: int, space: str) -> dict[str, Any]:
    """Return a question of the person's, or one that their roles show, with the whole trace."""
    where, roles = caller.enter(space, READ)
    row = visible_questions(user=caller.user, space=where, roles=roles).filter(pk=question).first()
    if row is None:
        raise AgentError(f"There is no question {question} here that you may see.")
    said = _said(where, row)
    if row.state == Question.State.DONE and row.erased_at is None:
        said["trace"] = answer_as_dict(Question.objects.get(pk=row.pk))
    return said


def explain_fact(caller: Caller, *, fact: int, space: str) -> dict[str, Any]:
    """Return a fact with all that it rests on: sentences, who decided what, what it replaced."""
    where, _ = caller.enter(space, READ)
    row = triples_of(where).filter(pk=fact).first()
    if row is None:
        raise AgentError(f"There is no fact {fact} in this space.")
    return fact_as_dict(where, row) | {
        "evidence": [_evidence(piece) for piece in evidence_of(row)],
        "decisions": [
            {
                "action": one.row.action,
                "by": one.row.actor.label,
                "at": one.row.created_at.isoformat(timespec="seconds"),
                "undone": one.row.undone_at is not None,
                "reason": one.row.reason,
            }
            for one in decisions_on(row)
        ],
        "replaces": [one.pk for one in replaced_by(row)],
        "replaced_by": row.superseded_by_id,
    }


def _evidence(piece: ShownEvidence) -> dict[str, Any]:
    row, quote = piece.row, piece.quote
    return {
        "document": row.passage.document_id,
        "title": row.passage.document.title,
        "sentence": quote.text[quote.start : quote.end],
        "approved_by": row.approved_by.label if row.approved_by else None,
        "taken_back": row.retracted_at is not None,
    }


def _said(space: Space, row: Question) -> dict[str, Any]:
    said: dict[str, Any] = {
        "question": row.pk,
        "state": "erased" if row.erased_at else row.state,
        "page": link(space, f"ask/questions/{row.pk}/"),
    }
    if row.erased_at is not None:
        return said
    if row.is_open:
        said["note"] = "No answer yet. Call memory_explain with this question later."
    elif row.state == Question.State.DONE:
        whole = answer_as_dict(Question.objects.get(pk=row.pk))
        said |= {key: whole[key] for key in _IN_SHORT}
        if whole["perhaps"]:  # to be asked in these words, where that is meant
            said["perhaps_you_mean"] = [one["said"] for one in whole["perhaps"]]
        said["citations"] = [
            {
                "number": one["number"],
                "fact": one["triple"]["id"],
                "statement": one["statement"],
                "sentence": one["sentence"],
                "document": one["document"],
                "approved_by": one["approved_by"],
            }
            for one in whole["citations"]
        ]
    else:
        said["error"] = row.error or "The question was cancelled."
    return said
