"""How rows are said to an agent."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.conf import settings

from apps.accounts.models import Space
from apps.agents.services.callers import AgentError
from apps.memory.controller.wording import statement_of
from apps.memory.models import Triple


def link(space: Space, path: str) -> str:
    """Return the address of a page of the space, without its host where no setting says it."""
    return f"{settings.SITE_ADDRESS}/s/{space.slug}/{path}"


def date_of(text: str, name: str) -> date | None:
    """Return a day as it is given; None for none. Raises AgentError."""
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise AgentError(f"{name} must be a day such as 2026-11-27.") from None


def fact_as_dict(space: Space, row: Triple) -> dict[str, Any]:
    """Return a fact as an agent sees it."""
    return {
        "fact": row.pk,
        "statement": statement_of(row),
        "subject": row.subject.name,
        "relation": row.relation.name,
        "object": row.object.name,
        "valid_from": row.valid_from.isoformat() if row.valid_from else None,
        "valid_to": row.valid_to.isoformat() if row.valid_to else None,
        "status": row.status,
        "page": link(space, f"facts/{row.pk}/"),
    }
