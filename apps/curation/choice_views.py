"""Decisions that need more than a key: edit, merge into another fact, replace another fact."""

from __future__ import annotations

import time
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from apps.accounts.access import SpaceRequest, space_view
from apps.accounts.selectors import DECIDE
from apps.curation import selectors, services
from apps.curation.cards import Conflict, card_of, conflicts_shown
from apps.curation.forms import DecideForm, EditForm, PickForm
from apps.curation.models import Candidate
from apps.curation.services import CurationError, DecidedAlready, NotAllowed
from apps.curation.views import decide, decided, get_candidate, held, refused
from apps.memory.controller import AmbiguousName, ConflictError, MemoryRefusal
from apps.memory.controller.wording import statement_of
from apps.memory.models import Triple

MOST_FACTS = 20


def _queue(request: SpaceRequest) -> str:
    given = request.POST.get("queue") or request.GET.get("queue") or ""
    return given[:500]


@require_http_methods(["GET", "HEAD", "POST"])
@space_view(DECIDE)
def candidate_edit(request: SpaceRequest, pk: int) -> HttpResponse:
    """Change what a candidate says and accept it."""
    candidate = get_candidate(request, pk)
    if request.method != "POST":
        return _show_edit(request, candidate, EditForm(instance=candidate))
    form = EditForm(request.POST, instance=candidate)
    sent = DecideForm(request.POST, space=request.space)
    if not form.is_valid() or not sent.is_valid():
        return _show_edit(request, candidate, form, status=422)
    try:
        decision = services.candidate_edit(
            candidate=candidate,
            actor=request.user,
            changes=form.changes,
            version=sent.cleaned_data["version"],
            seconds=sent.seconds(),
            picked=sent.picked(),
            despite_conflicts=sent.cleaned_data["despite_conflicts"],
        )
    except (DecidedAlready, NotAllowed) as error:
        return refused(request, candidate, error, _queue(request))
    except (CurationError, MemoryRefusal, ValueError) as error:
        conflicts: tuple[Conflict, ...] = ()
        if isinstance(error, ConflictError):
            conflicts = conflicts_shown(candidate, error.conflicts)
        ambiguous: dict[str, Any] = {}
        if isinstance(error, AmbiguousName):
            is_subject = error.name == " ".join(form.cleaned_data["subject_text"].split())
            ambiguous = {
                "ambiguous": error.name,
                "ambiguous_part": "subject" if is_subject else "object",
                "choices": [choice.entity for choice in error.candidates],
            }
        form.add_error(None, str(error))
        return _show_edit(
            request,
            get_candidate(request, pk),
            form,
            status=422,
            conflicts=conflicts,
            **ambiguous,
        )
    return decided(request, decision, _queue(request))


def _show_edit(
    request: SpaceRequest, candidate: Candidate, form: EditForm, status: int = 200, **more: Any
) -> HttpResponse:
    card = card_of(candidate, request.user)
    context = held(request, card) | {
        "nav": "review",
        "may_decide_own": selectors.may_decide_own(space=request.space, user=request.user),
        "form": form,
        "queue": _queue(request),
        "shown_at": request.POST.get("shown_at") or f"{time.time():.2f}",
        **more,
    }
    name = "curation/edit.html" + ("#card" if request.htmx else "")
    return render(request, name, context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@space_view(DECIDE)
def candidate_merge(request: SpaceRequest, pk: int) -> HttpResponse:
    """Make a candidate evidence of a fact that the reviewer picks."""
    if request.method != "POST":
        return _show_pick(request, get_candidate(request, pk), action="merge")
    form = PickForm(request.POST, space=request.space)
    if not form.is_valid():
        return _show_pick(
            request, get_candidate(request, pk), action="merge", form=form, status=422
        )
    return decide(request, pk, services.candidate_merge, triple=form.cleaned_data["triple"])


@require_http_methods(["GET", "HEAD", "POST"])
@space_view(DECIDE)
def candidate_supersede(request: SpaceRequest, pk: int) -> HttpResponse:
    """Accept a candidate in place of a fact that the reviewer picks."""
    if request.method != "POST":
        return _show_pick(request, get_candidate(request, pk), action="supersede")
    form = PickForm(request.POST, space=request.space)
    if not form.is_valid():
        return _show_pick(
            request, get_candidate(request, pk), action="supersede", form=form, status=422
        )
    return decide(
        request,
        pk,
        services.candidate_supersede,
        replaced=form.cleaned_data["triple"],
        valid_to=form.cleaned_data["valid_to"],
    )


def _show_pick(
    request: SpaceRequest,
    candidate: Candidate,
    *,
    action: str,
    form: PickForm | None = None,
    status: int = 200,
) -> HttpResponse:
    query = (request.GET.get("q") or "").replace("\0", "")[:200]
    found: QuerySet[Triple] = selectors.triples_alike(candidate, query=query)
    card = card_of(candidate, request.user)
    context = held(request, card) | {
        "nav": "review",
        "action": action,
        "form": form,
        "query": query,
        "facts": [(triple, statement_of(triple)) for triple in found[:MOST_FACTS]],
        "more": found.count() > MOST_FACTS,
        "queue": _queue(request),
        "shown_at": request.POST.get("shown_at")
        or request.GET.get("shown_at")
        or f"{time.time():.2f}",
    }
    name = "curation/pick.html" + ("#card" if request.htmx else "")
    return render(request, name, context, status=status)
