"""What every page shows around its content."""

from __future__ import annotations

from functools import cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest

from apps.accounts.models import Space
from apps.accounts.selectors import ADD_DOCUMENTS, ADMINISTER, ASK, AUDIT, DECIDE, spaces_of
from apps.curation.models import Candidate

THEMES = ("auto", "light", "dark")


def page(request: HttpRequest) -> dict[str, Any]:
    """Return the context that ``base.html`` needs: the space, its switcher, roles and theme."""
    theme = request.COOKIES.get("theme", "auto")
    context: dict[str, Any] = {
        "theme": theme if theme in THEMES else "auto",
        "memweb_version": settings.VERSION,
        "space": None,
        "spaces": [],
        "roles": frozenset(),
    }
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return context
    space: Space | None = getattr(request, "space", None)
    roles: frozenset[str] = getattr(request, "roles", frozenset())
    context |= {
        "space": space,
        "spaces": spaces_of(user),
        "roles": roles,
        "may_add_documents": bool(roles & ADD_DOCUMENTS),
        "may_decide": bool(roles & DECIDE),
        "may_ask": bool(roles & ASK),
        "may_audit": bool(roles & AUDIT),
        "may_administer": bool(roles & ADMINISTER),
    }
    if roles & DECIDE and space is not None:
        # Counted where it is shown, once: a message or a part of a page shows no navigation.
        waiting = space.candidates.filter(state=Candidate.State.PENDING)
        context["review_count"] = cache(waiting.count)
    return context
