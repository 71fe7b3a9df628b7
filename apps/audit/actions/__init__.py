"""The registry of actions: every event is of one of them (``schema.Action``)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from apps.audit.actions import (
    accounts,
    asking,
    curation,
    documents,
    evaluation,
    explicit,
    exports,
    memory,
    people,
    privacy,
    provenance,
    webhooks,
)
from apps.audit.actions.schema import Action, BadPayload, Data
from apps.audit.actions.sentences import sentence

__all__ = ["ACTIONS", "SHOWN_TO", "Action", "BadPayload", "Data", "sentence_of"]

_ALL: Final = (
    *accounts.ACTIONS,
    *people.ACTIONS,
    *documents.ACTIONS,
    *exports.ACTIONS,
    *curation.ACTIONS,
    *memory.ACTIONS,
    *asking.ACTIONS,
    *provenance.ACTIONS,
    *privacy.ACTIONS,
    *evaluation.ACTIONS,
    *explicit.ACTIONS,
    *webhooks.ACTIONS,
)
ACTIONS: Final[dict[str, Action]] = {action.name: action for action in _ALL}

# What each role is shown where activity is told outside of the log.
SHOWN_TO: Final[dict[str, frozenset[str]]] = {
    role: frozenset(
        name
        for name, action in ACTIONS.items()
        if role in action.told or role in ("owner", "auditor")
    )
    for role in ("owner", "auditor", "reviewer", "asker")
}


def sentence_of(action: str, payload: Mapping[str, Any] | None) -> str:
    """Return an event as a sentence without its actor: "accepted the fact A · b · C". An action of
    a later version, which is not known here, is said by its name."""
    known = ACTIONS.get(action)
    return sentence(known, payload or {}) if known else action
