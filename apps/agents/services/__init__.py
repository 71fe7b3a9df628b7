"""What an agent may do with the memory: the services of the pages, for the person of a token."""

from __future__ import annotations

from apps.agents.services.asking import ask, explain_answer, explain_fact
from apps.agents.services.callers import AgentError, Caller, caller_of
from apps.agents.services.looking import (
    answer_text,
    document_text,
    fact_text,
    read,
    search,
    spaces,
)
from apps.agents.services.proposing import propose
from apps.agents.services.refusing import REFUSALS, sentence_of

__all__ = [
    "REFUSALS",
    "AgentError",
    "Caller",
    "answer_text",
    "ask",
    "caller_of",
    "document_text",
    "explain_answer",
    "explain_fact",
    "fact_text",
    "propose",
    "read",
    "search",
    "sentence_of",
    "spaces",
]
