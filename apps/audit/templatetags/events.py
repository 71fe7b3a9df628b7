"""Events in words."""

from __future__ import annotations

from typing import Any, Final

from django import template
from django.urls import NoReverseMatch, reverse

from apps.audit.actions import ACTIONS
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
}
# Payload keys that say in words what the event is about, best first.
WORDS: Final = ("text", "fact", "triple", "question", "title", "name", "user", "relation", "role")


@register.filter
def wording(event: Event) -> str:
    """The action as a person reads it after the actor's name."""
    return ACTIONS.get(event.action, event.action)


@register.filter
def detail(event: Event) -> str:
    """The words of the payload that name what the event is about, or nothing."""
    payload: dict[str, Any] = event.payload or {}
    found = [payload[key] for key in WORDS if isinstance(payload.get(key), str)]
    if reason := payload.get("reason"):
        found = [*found[:1], f"({reason})"]
    elif event.action.startswith("membership."):
        found = [f"{payload.get('user')}: {payload.get('role')}"]
    return " ".join(found[:2]) if reason else "".join(found[:1])


@register.simple_tag
def event_url(event: Event, slug: str) -> str:
    """The address of the page of the event's subject, or nothing."""
    name = PAGES.get(event.subject_type)
    if name is None or event.subject_id is None:
        return ""
    try:
        return reverse(name, args=[slug, event.subject_id])
    except NoReverseMatch:
        return ""
