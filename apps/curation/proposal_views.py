"""Relations that questions asked for: taken up with a new one or one that is there, or declined."""

from __future__ import annotations

import re
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import IntegrityError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from apps.accounts.access import SpaceRequest, space_view
from apps.accounts.models import Space
from apps.accounts.selectors import ADMINISTER, DECIDE
from apps.common.once import made_before, once
from apps.curation import selectors, services
from apps.curation.forms import DeclineForm, PickRelationForm
from apps.curation.models import RelationProposal
from apps.memory.controller import MemoryController
from apps.memory.forms import RelationForm
from apps.memory.models import Relation
from apps.memory.services import InverseTaken, RelationInput

PAGE_SIZE = 50
TAKE_UP = DECIDE | ADMINISTER


def _proposal(request: SpaceRequest, pk: int) -> RelationProposal:
    return get_object_or_404(selectors.relation_proposals(request.space), pk=pk)


@require_safe
@space_view(TAKE_UP)
def relation_proposal_list(request: SpaceRequest) -> HttpResponse:
    """List the proposed relations, those that wait first."""
    rows = selectors.relation_proposals(request.space)
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {"nav": "relations", "page": page}
    return render(request, "curation/relation_proposal_list.html", context)


@require_safe
@space_view(TAKE_UP)
def relation_proposal(request: SpaceRequest, pk: int) -> HttpResponse:
    """Show a proposed relation with everything that a relation says, to be completed."""
    return _show(request, _proposal(request, pk))


@require_POST
@space_view(TAKE_UP)
def relation_proposal_accept(request: SpaceRequest, pk: int) -> HttpResponse:
    """Add the relation as the form describes it, and put its fact to review."""
    row = _proposal(request, pk)
    form = RelationForm(request.POST, space=request.space)
    if form.is_valid():
        try:
            return _take_up(request, row, form.given())
        except InverseTaken as error:
            form.add_error("inverse", str(error))
        except IntegrityError:  # somebody else was faster
            form.add_error("name", "There is a relation of this name.")
        except services.CurationError as error:
            form.add_error(None, str(error))
    return _show(request, _proposal(request, pk), form=form)


@require_POST
@space_view(TAKE_UP)
def relation_proposal_use(request: SpaceRequest, pk: int) -> HttpResponse:
    """Put the fact to review with a relation that the space has."""
    form = PickRelationForm(request.POST, space=request.space)
    if form.is_valid():
        try:
            return _take_up(request, _proposal(request, pk), form.cleaned_data["relation"])
        except services.CurationError as error:
            form.add_error("relation", str(error))
    return _show(request, _proposal(request, pk), pick_form=form)


@require_POST
@space_view(TAKE_UP)
def relation_proposal_decline(request: SpaceRequest, pk: int) -> HttpResponse:
    """Decline the relation, for a reason."""
    row = _proposal(request, pk)
    form = DeclineForm(request.POST)
    if form.is_valid():
        try:
            return redirect(once(request, lambda: _decline(request, row, **form.cleaned_data)))
        except services.CurationError as error:
            form.add_error("reason", str(error))
    return _show(request, _proposal(request, pk), decline_form=form)


def _decline(request: SpaceRequest, row: RelationProposal, *, reason: str) -> str:
    services.relation_proposal_decline(proposal=row, actor=request.user, reason=reason)
    messages.success(request, f"“{row.name}” is declined.")
    return reverse("curation:relation-proposal-list", args=[request.space.slug])


def _take_up(
    request: SpaceRequest, row: RelationProposal, relation: Relation | RelationInput
) -> HttpResponse:
    def take_up() -> str:
        services.relation_proposal_accept(proposal=row, actor=request.user, relation=relation)
        messages.success(request, "Taken up. The fact waits for a reviewer.")
        return reverse("curation:relation-proposal", args=[request.space.slug, row.pk])

    return redirect(once(request, take_up))


def _show(request: SpaceRequest, row: RelationProposal, **forms: Any) -> HttpResponse:
    if forms and (found := made_before(request)):
        return redirect(found)
    context: dict[str, Any] = {"nav": "relations", "proposal": row}
    if row.state == RelationProposal.State.WAITING:
        space = request.space
        context |= {
            "may_take_up": selectors.may_take_up(proposal=row, user=request.user),
            "form": RelationForm(space=space, initial=suggested(row)),
            "pick_form": PickRelationForm(space=space, initial={"relation": _named(row)}),
            "decline_form": DeclineForm(),
        }
    status = 422 if forms else 200
    context["problem"] = ""
    if row.state != RelationProposal.State.WAITING and forms:
        status, context["problem"] = 409, "Someone has decided this proposal already."
        forms = {}
    return render(request, "curation/relation_proposal.html", context | forms, status=status)


def _named(row: RelationProposal) -> Relation | None:
    """Return the relation that has the proposed name by now."""
    return MemoryController(row.space).resolve_relation(row.name).relation


def suggested(row: RelationProposal) -> dict[str, Any]:
    """Return what the proposal lets guess about its relation, for the owner to put right."""
    return {
        "name": row.name,
        "template": f"The {row.name} of {{subject}} is {{object}}.",
        "questions": _with_place(row.question_text, row.subject_text, "{subject}"),
        "inverse_questions": _with_place(row.question_text, row.object_text, "{object}"),
        "subject_types": _types(row.space, row.subject_text),
        "object_types": _types(row.space, row.object_text),
    }


def _with_place(question: str, name: str, place: str) -> tuple[str, ...]:
    """Return the question with ``place`` where the name stood, if it stood there once."""
    if set("{}") & set(question):
        return ()
    asked, count = re.subn(rf"\b{re.escape(name)}\b", lambda _: place, question, flags=re.I)
    return (" ".join(asked.split()),) if count == 1 else ()


def _types(space: Space, name: str) -> list[str]:
    entity = MemoryController(space).resolve_entity(name).entity
    return [entity.type] if entity is not None and entity.type else []
