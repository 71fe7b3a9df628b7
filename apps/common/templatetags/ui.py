"""Template tags of memweb's own design; docs/design.md shows each with its HTML."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from django import template
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from apps.common.highlighting import Highlight, highlighted
from apps.common.icons import ICONS
from apps.common.text import look_alikes

register = template.Library()

# state: (tone of the badge, icon)
STATES: Final[dict[str, tuple[str, str]]] = {
    "queued": ("plain", "clock"),
    "pending": ("plain", "clock"),
    "waiting": ("plain", "clock"),
    "proposed": ("plain", "dot"),
    "running": ("busy", "wait"),
    "done": ("good", "check"),
    "failed": ("bad", "alert"),
    "cancelled": ("past", "minus"),
    "accepted": ("good", "check"),
    "edited": ("good", "edit"),
    "merged": ("good", "merge"),
    "rejected": ("bad", "cross"),
    "declined": ("bad", "cross"),
    "deferred": ("warn", "skip"),
    "superseding": ("good", "supersede"),
    "superseded": ("past", "supersede"),
    "retracted": ("bad", "minus"),
    "active": ("good", "dot"),
    "kept": ("good", "check"),
    "ended": ("past", "clock"),
    "heeded": ("good", "check"),
    "implied": ("past", "relation"),
    "again": ("past", "relation"),
    "erased": ("past", "trash"),
    "retired": ("past", "minus"),
    "answered": ("good", "check"),
    "abstained": ("warn", "minus"),
}


@dataclass(frozen=True)
class Section:
    """One entry of the navigation; empty `roles` show it to every member."""

    name: str
    label: str
    icon: str
    url_name: str
    roles: frozenset[str] = frozenset()


SECTIONS: Final = (
    Section("dashboard", "Dashboard", "dashboard", "dashboard:space"),
    Section("review", "Review", "inbox", "curation:review", frozenset({"reviewer"})),
    Section("sources", "Sources", "file", "sources:document-list"),
    Section("memory", "Memory", "book", "memory:search"),
    Section("relations", "Relations", "relation", "memory:relation-list"),
    Section("ask", "Ask", "ask", "asking:ask", frozenset({"owner", "reviewer", "asker"})),
    Section(
        "evaluation",
        "Evaluation",
        "gauge",
        "evaluation:benchmark-list",
        frozenset({"owner", "auditor"}),
    ),
    Section("audit", "Audit", "seal", "provenance:timeline", frozenset({"owner", "auditor"})),
    Section("settings", "Settings", "settings", "dashboard:settings", frozenset({"owner"})),
)


@register.inclusion_tag("partials/nav.html", takes_context=True)
def navigation(context: template.Context) -> dict[str, Any]:
    """The sections of the current space that the person's roles open, the current one marked."""
    roles = set(context.get("roles") or ())
    entries = [
        {"section": section, "href": reverse(section.url_name, args=[context["space"].slug])}
        for section in SECTIONS
        if not section.roles or section.roles & roles
    ]
    return {
        "entries": entries,
        "current": context.get("nav"),
        "review_count": context.get("review_count"),
    }


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """The icon `name` as inline SVG; with `label` it is an image of that name for screen readers.

    Raises KeyError for a name that `apps.common.icons` does not have.
    """
    path = ICONS[name]
    if not label:
        return format_html(
            '<svg class="icon" viewBox="0 0 20 20" aria-hidden="true"><path d="{}"/></svg>', path
        )
    return format_html(
        '<svg class="icon" viewBox="0 0 20 20" role="img" aria-label="{}"><path d="{}"/></svg>',
        label,
        path,
    )


@register.inclusion_tag("partials/badge.html")
def badge(state: Any, label: str = "") -> dict[str, str]:
    """The state of a row as a badge; an unknown state is shown plainly under its own name."""
    key = str(state)
    tone, name = STATES.get(key, ("plain", "dot"))
    return {"tone": tone, "icon_name": name, "label": label or key.replace("_", " ")}


@register.filter
def look_alike(value: Any) -> str:
    """What a person should know of a text that mixes letters which look alike; else nothing."""
    words = look_alikes(value) if isinstance(value, str) else ()
    if not words:
        return ""
    named = " and ".join(f"“{word}”" for word in words)
    return f"{named} mixes letters of different scripts that look alike. Is it what it seems?"


@register.filter
def score(value: float | None) -> str:
    """A score between 0 and 1 with two decimals, or a dash where there is none."""
    return "–" if value is None else f"{value:.2f}"


@register.filter
def duration(seconds: float) -> str:
    """About how long something takes, in words: "5 seconds", "2 minutes"."""
    for size, word in ((3600, "hour"), (60, "minute")):
        if seconds >= size:
            number = round(seconds / size)
            return f"{number} {word}{'' if number == 1 else 's'}"
    number = max(1, math.ceil(seconds))
    return f"{number} second{'' if number == 1 else 's'}"


# From which score on it is called what, where a score is the share of such that are right.
LIKELY: Final = ((0.95, "very likely"), (0.75, "likely"), (0.5, "possible"), (0.0, "doubtful"))


@register.filter
def score_words(value: float | None) -> str:
    """A score between 0 and 1 as a word with its figure, "likely 0.87", or a dash."""
    if value is None:
        return "–"
    return f"{next(word for least, word in LIKELY if max(value, 0.0) >= least)} {value:.2f}"


@register.filter
def distance(value: float | None) -> str:
    """A distance with three decimals, or a dash where there is none."""
    return "–" if value is None else f"{value:.3f}"


@register.simple_tag
def score_bar(value: float | None, shares: bool = True) -> SafeString:
    """A score between 0 and 1 as a small bar with its word and figure beside it. A score of a
    language model, which ``shares`` says is no share of right ones, has no word."""
    if value is None:
        return mark_safe('<span class="score">–</span>')
    return format_html(
        '<span class="score"><svg class="score__bar" viewBox="0 0 100 10"'
        ' preserveAspectRatio="none" aria-hidden="true">'
        '<rect width="{}" height="10" fill="currentColor"/></svg>{}</span>',
        f"{100 * min(max(value, 0.0), 1.0):.1f}",
        score_words(value) if shares else f"{score(value)}, the model's own",
    )


@register.simple_tag
def highlight(
    text: str, spans: Iterable[Highlight], start: int = 0, end: int | None = None
) -> SafeString:
    """`text[start:end]` with `spans` marked; see `apps.common.highlighting.highlighted`."""
    return highlighted(text, spans, start=start, end=end)
