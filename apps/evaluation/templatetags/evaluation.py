"""How figures, outcomes and what is right are written on the pages of runs."""

from __future__ import annotations

from typing import Any, Final

from django import template
from django.utils.safestring import SafeString

from apps.evaluation.models import Result
from apps.evaluation.services.expected import expected_said
from apps.evaluation.services.wording import mode_said

register = template.Library()

# outcome: (tone of the badge, icon)
OUTCOMES: Final[dict[str, tuple[str, str]]] = {
    "right": ("good", "check"),
    "partly": ("warn", "dot"),
    "wrong": ("bad", "cross"),
    "abstained": ("past", "minus"),
    "refused": ("bad", "alert"),
}
# verdict on a proposal: (tone of the badge, icon, what it is called)
VERDICTS: Final[dict[str, tuple[str, str, str]]] = {
    "right": ("good", "check", "right"),
    "ok": ("past", "dot", "may be"),
    "wrong": ("bad", "cross", "wrong"),
    "false": ("bad", "alert", "fooled"),
}


@register.inclusion_tag("partials/badge.html")
def outcome(value: str) -> dict[str, str]:
    """What came of a case, as a badge."""
    tone, icon = OUTCOMES[value]
    return {"tone": tone, "icon_name": icon, "label": str(Result.Outcome(value).label).lower()}


@register.inclusion_tag("partials/badge.html")
def verdict_on(value: str) -> dict[str, str]:
    """Whether a proposal is right, as a badge."""
    tone, icon, label = VERDICTS.get(value, VERDICTS["wrong"])
    return {"tone": tone, "icon_name": icon, "label": label}


@register.filter
def percent(share: float | None) -> str:
    """A share in per cent with one decimal, or a dash where there is none."""
    return "–" if share is None else f"{100 * share:.1f}\N{NO-BREAK SPACE}%"


@register.filter
def said(value: float | None, measure: Any) -> str:
    """A value of a measure: a share in per cent, or a plain number; a dash where there is none."""
    return str(measure.said(value)).replace(" ", "\N{NO-BREAK SPACE}")


@register.filter
def changed(change: float | None, measure: Any) -> str:
    """A difference of two values of a measure with its sign: of shares in percentage points."""
    return str(measure.changed(change))


@register.filter
def chance(p: float) -> str:
    """A p-value as people write it."""
    return "p < 0.001" if p < 0.001 else f"p = {p:.3f}"


@register.filter
def took(seconds: float) -> str:
    """How long a case took."""
    return f"{1000 * seconds:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"


@register.filter
def expected(case: Any) -> str:
    """What is right of a case, in one line."""
    return expected_said(case.expected)


@register.filter
def mode_of(run: Any) -> str:
    """What the head of a run had at hand, as people call it."""
    return mode_said(run)


@register.filter
def of_key(mapping: dict[str, Any], key: str) -> Any:
    """What a mapping has under a key, or nothing."""
    return mapping.get(key, "")


@register.filter
def at(those: list[Any], place: int) -> Any:
    """What stands at a place of a list."""
    return those[place] if place < len(those) else ""


@register.simple_tag
def drawn(svg: str) -> SafeString:
    """A picture that the server drew (``services/charts.py``, which escapes every name in it)."""
    return SafeString(svg)
