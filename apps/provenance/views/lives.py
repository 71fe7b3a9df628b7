"""The life of one fact, as a picture and as a list."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from apps.accounts.access import SpaceRequest, space_view
from apps.accounts.selectors import AUDIT, READ
from apps.asking.triple_selectors import triples_of
from apps.memory.controller.wording import statement_of
from apps.provenance.selectors.lives import Lane, life_of

LANES = (
    (Lane.SOURCE, "file", "Documents"),
    (Lane.HEAD, "search", "Write head"),
    (Lane.PERSON, "person", "People"),
    (Lane.MEMORY, "book", "Memory"),
    (Lane.USE, "ask", "Answers"),
)


@require_safe
@space_view(READ)
def fact_life(request: SpaceRequest, pk: int) -> HttpResponse:
    """Everything that happened to a fact, in order."""
    triple = get_object_or_404(triples_of(request.space), pk=pk)
    context = {
        "nav": "audit" if request.roles & AUDIT else "memory",
        "triple": triple,
        "statement": statement_of(triple),
        "life": life_of(triple, user=request.user, roles=request.roles),
        "lanes": LANES,
    }
    return render(request, "provenance/fact_life.html", context)
