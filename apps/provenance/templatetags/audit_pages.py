"""What the audit pages have in common: their sections, and events unfolded."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Final

from django import template
from django.urls import NoReverseMatch, reverse

from apps.audit.models import Event
from apps.provenance.details import Line, details_of

register = template.Library()


@dataclass(frozen=True)
class Section:
    """One entry of the navigation inside "Audit"; ``url_name`` takes the slug of the space."""

    name: str
    label: str
    url_name: str


SECTIONS: Final = (
    Section("timeline", "Timeline", "provenance:timeline"),
    Section("approvals", "Who approved what", "provenance:approvals"),
    Section("rests", "What rests on this", "provenance:rests"),
    Section("checkpoints", "Checkpoints", "provenance:checkpoints"),
    Section("verification", "Verification", "provenance:verification-list"),
    Section("exports", "Exports", "provenance:export-list"),
    Section("privacy", "Privacy", "provenance:privacy"),
    Section("refusals", "Refused accesses", "provenance:refusals"),
)


@register.inclusion_tag("provenance/sections.html", takes_context=True)
def audit_sections(context: template.Context, current: str) -> dict[str, Any]:
    """The sections of the audit pages that there are, the current one marked by its name."""
    slug = context["space"].slug
    entries = []
    for section in SECTIONS:
        try:
            entries.append({"section": section, "href": reverse(section.url_name, args=[slug])})
        except NoReverseMatch:
            continue
    return {"entries": entries, "current": current}


@register.simple_tag
def event_details(event: Event, slug: str) -> list[Line]:
    """What the event records, line by line, for people."""
    return details_of(event.payload or {}, slug)


@register.filter
def as_recorded(event: Event) -> str:
    """The payload as JSON, as the database holds it."""
    return json.dumps(event.payload, indent=2, ensure_ascii=False)
