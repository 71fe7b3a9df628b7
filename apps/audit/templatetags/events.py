"""Events in words."""

from __future__ import annotations

import re
from typing import Any, Final

from django import template
from django.urls import NoReverseMatch, reverse

from apps.audit.actions import ACTIONS, sentence_of
from apps.audit.models import Event

register = template.Library()

# Where the row that an event is about can be seen.
PAGES: Final = {
    "memory.triple": "facts:triple",
    "memory.entity": "memory:entity",
    "memory.relation": "memory:relation-edit",
    "sources.document": "sources:document",
    "curation.candidate": "curation:candidate-detail",
    "curation.batch": "curation:batch",
    "asking.question": "asking:question",
    "provenance.withdrawal": "provenance:withdrawal",
}
# The version at the end of a head's label: "write head encoder 185873aab25f".
HEAD_VERSION: Final = re.compile(r"(?<=\w) [0-9a-f]{8,}$")
# Payload keys whose text says what the event is about, best first.
WORDS: Final = ("text", "title", "alias", "name", "answer", "said")


@register.filter
def wording(event: Event) -> str:
    """The action as a person reads it after the actor's name."""
    action = ACTIONS.get(event.action)
    return action.wording if action else event.action


@register.filter
def sentence(event: Event) -> str:
    """What happened, with what the event records, to be read after the actor's name."""
    return sentence_of(event.action, event.payload)


@register.filter
def who(event: Event) -> str:
    """Who did it, a head without its version: that stands in the log."""
    label = event.by
    return HEAD_VERSION.sub("", label) if event.actor_id is None else label


@register.filter
def detail(event: Event) -> str:
    """The words of the payload that say what the event is about, or nothing."""
    payload: dict[str, Any] = event.payload or {}
    words = _words(event.action, payload)
    reason = payload.get("reason")
    return " ".join(filter(None, [words, f"({reason})" if reason else ""]))


def _words(action: str, payload: dict[str, Any]) -> str:
    if action.startswith("membership."):
        return f"{payload.get('user')}: {payload.get('role')}"
    if action.startswith("invitation."):
        return f"{payload.get('for')}: {', '.join(payload.get('roles', []))}"
    if isinstance(fact := payload.get("fact"), list):
        return " · ".join(map(str, fact))
    parts = [payload.get(key) for key in ("subject", "relation", "object")]
    if all(isinstance(part, dict) for part in parts):
        return " · ".join(str(part["name"]) for part in parts if part)
    if action == "candidate.proposed":
        return f"{len(payload.get('candidates', []))} from one passage"
    if action == "extraction.finished":
        facts, passages = payload.get("candidates"), payload.get("passages")
        return (
            f"{facts} fact{'' if facts == 1 else 's'} "
            f"from {passages} passage{'' if passages == 1 else 's'}"
        )
    return next((payload[key] for key in WORDS if isinstance(payload.get(key), str)), "")


@register.simple_tag
def event_url(event: Event, slug: str) -> str:
    """The address of the page of the event's subject, or nothing."""
    name, subject_id = PAGES.get(event.subject_type), event.subject_id
    if event.subject_type == "curation.extraction":
        name, subject_id = "sources:document", event.payload.get("document")
    if name is None or subject_id is None:
        return ""
    try:
        return reverse(name, args=[slug, subject_id])
    except NoReverseMatch:
        return ""
