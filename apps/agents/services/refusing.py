"""What goes wrong for an agent, in one sentence."""

from __future__ import annotations

from typing import Final

from django.http import Http404

from apps.accounts.access import RoleNeeded
from apps.accounts.tokens import TokenRefused
from apps.agents.services.callers import AgentError
from apps.asking.services.errors import AskingError
from apps.common.jobs import TooManyOpen
from apps.curation.services.errors import CurationError
from apps.memory.controller import InvalidName, InvalidPeriod, MemoryRefusal
from worker.registry import UnknownBackend

# Whatever is not named here is a fault of ours: the agent is told that, and the log why.
REFUSALS: Final = (
    AgentError, TokenRefused, Http404, RoleNeeded, AskingError, TooManyOpen, CurationError,
    InvalidName, InvalidPeriod, MemoryRefusal, UnknownBackend,
)  # fmt: skip


def sentence_of(error: Exception) -> str:
    """Say what went wrong."""
    if isinstance(error, Http404):
        return "There is no such space that you may see."
    if isinstance(error, RoleNeeded):
        return f"This needs one of the roles: {', '.join(error.needed)}."
    return " ".join(str(error).split())
