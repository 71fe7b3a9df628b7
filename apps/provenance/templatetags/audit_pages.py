"""What the audit pages have in common: their sections, and events unfolded."""

from __future__ import annotations

from collections.abc import Sized
from dataclasses import dataclass
from typing import Any, Final

from django import template
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from apps.audit.models import Event
from apps.provenance.details import address
from apps.provenance.selectors.lives import Step

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


@register.filter
def actor_shown(event: Event) -> str:
    """Who acted; a label that was erased is that of today, or said to be erased."""
    return event.actor_label or (event.actor.label if event.actor else "a part of memweb")


# What went wrong or was refused, beside what people and parts of memweb did.
_REFUSALS: Final = frozenset(
    {"access.refused", "person.password_wrong", "sign_in.failed", "sign_in.throttled"}
)


@register.filter
def marker(event: Event) -> str:
    """The kind of dot of an event: filled for what a person did, square for what was refused."""
    if event.action in _REFUSALS:
        return " timeline__marker--bad"
    return " timeline__marker--good" if event.actor_id else ""


@register.filter
def about_row(event: Event) -> str:
    """The row that an event is about: "triple 7" is fact 7."""
    noun = event.subject_type.rpartition(".")[2]
    return f"{'fact' if noun == 'triple' else noun} {event.subject_id}"


@register.simple_tag
def event_page(event: Event, slug: str) -> str:
    """The address of an event's own page."""
    if event.space_id is None:
        return reverse("site:event", args=[event.pk])
    return reverse("provenance:event", args=[slug, event.pk])


@register.simple_tag
def life_url(event: Event, slug: str) -> str:
    """The address of the life of the fact that an event is about, or nothing."""
    is_fact = event.subject_type == "memory.triple" and event.subject_id is not None
    return address("provenance:fact-life", slug, event.subject_id) if is_fact else ""


@register.simple_tag
def step_url(step: Step, slug: str) -> str:
    """The address of what a step of a life is about, or nothing."""
    if not step.page:
        return ""
    return address(step.page, slug, step.number) + step.anchor


@register.simple_tag
def notes_of(step: Step) -> list[tuple[str, str]]:
    """The notes of a step of a life that say something."""
    return [(label, value) for label, value in step.notes if value]


@register.filter
def percent(share: float | None) -> str:
    """A share of 1 in per cent, or a dash where there is none."""
    return "–" if share is None else f"{100 * share:.0f} %"


@register.filter
def seconds(value: float | None) -> str:
    """A time of a person's work: "4.2 s", "3 min", or a dash."""
    if value is None:
        return "–"
    return f"{value:.1f} s" if value < 60 else f"{value / 60:.0f} min"


@register.simple_tag
def rate_bar(share: float | None) -> SafeString:
    """A share of 1 as a small bar with its figure beside it."""
    if share is None:
        return mark_safe('<span class="score">–</span>')
    return format_html(
        '<span class="score"><svg class="score__bar" viewBox="0 0 100 10"'
        ' preserveAspectRatio="none" aria-hidden="true">'
        '<rect width="{}" height="10" fill="currentColor"/></svg>{}</span>',
        f"{100 * share:.1f}",
        percent(share),
    )


@register.filter
def beyond(number: int, shown: Sized) -> int:
    """How many of so many are not shown."""
    return number - len(shown)
