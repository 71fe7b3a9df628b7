"""The pages of an import from another system: the file, its dry run, the choice of relations."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import RequestDataTooBig, TooManyFilesSent
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods, require_POST

from apps.accounts.access import SpaceRequest, space_view
from apps.accounts.selectors import ADD_DOCUMENTS
from apps.common.jobs import TooManyOpen
from apps.common.requests import announced_bytes
from apps.curation.foreign_forms import (
    ForeignColumnsForm,
    ForeignFileForm,
    ForeignRelationsForm,
)
from apps.curation.foreign_selectors import MOST_RELATIONS, relations_in_use, relations_met
from apps.curation.models import ForeignDraft
from apps.curation.services.errors import CurationError
from apps.curation.services.foreign import (
    DraftGone,
    ForeignImported,
    foreign_columns,
    foreign_discard,
    foreign_import,
    foreign_read,
)
from apps.sources.errors import SourceError, TooLarge
from apps.sources.foreign import Found, from_json

SAMPLE_TEXTS = 2


@csrf_exempt  # only until the size is known: the token stands in the body
@require_http_methods(["GET", "HEAD", "POST"])
@space_view(ADD_DOCUMENTS)
def foreign_add(request: SpaceRequest) -> HttpResponse:
    """Take a file of another system. A body that is too large is refused without being read."""
    if request.method != "POST":
        return _add_page(request, ForeignFileForm())
    if announced_bytes(request) > settings.REQUEST_MAX_BYTES:
        limit = settings.DOCUMENT_MAX_BYTES // 2**20
        return _add_page(request, ForeignFileForm(), error=TooLarge(f"The limit is {limit} MB."))
    response: HttpResponse = _add(request)
    return response


@csrf_protect
def _add(request: SpaceRequest) -> HttpResponse:
    try:
        form = ForeignFileForm(request.POST, request.FILES)
    except (RequestDataTooBig, TooManyFilesSent):
        return _add_page(request, ForeignFileForm(), error=TooLarge("Add one file at once."))
    if not form.is_valid():
        return _add_page(request, form, status=422)
    file = form.cleaned_data["file"]
    try:
        draft = foreign_read(
            space=request.space, actor=request.user, data=file.read(), filename=file.name or ""
        )
    except SourceError as error:
        return _add_page(request, form, error=error)
    return redirect("sources:foreign-draft", request.space.slug, draft.pk)


def _add_page(
    request: SpaceRequest,
    form: ForeignFileForm,
    *,
    error: SourceError | None = None,
    status: int = 200,
) -> HttpResponse:
    context = {
        "nav": "sources",
        "form": form,
        "error": error,
        "megabytes": settings.DOCUMENT_MAX_BYTES // 2**20,
    }
    status = error.status if error else status
    return render(request, "sources/foreign_add.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@space_view(ADD_DOCUMENTS)
def foreign_draft(request: SpaceRequest, pk: int) -> HttpResponse:
    """Show the dry run of a file; import it by what was chosen."""
    draft = get_object_or_404(ForeignDraft, space=request.space, pk=pk)
    found = from_json(draft.found)
    if found.columns and (not found.facts or "columns" in request.GET):
        return _columns(request, draft, found)
    return _relations(request, draft, found)


def _columns(request: SpaceRequest, draft: ForeignDraft, found: Found) -> HttpResponse:
    form = ForeignColumnsForm(found.columns, request.POST or None)
    if request.method == "POST" and form.is_valid():
        relation = form.cleaned_data["one_relation"]
        try:
            made = foreign_columns(
                draft=draft, actor=request.user, chosen=form.chosen(), relation=relation
            )
        except DraftGone as gone:
            return _over(request, gone)
        if made.found["facts"]:
            return redirect("sources:foreign-draft", request.space.slug, draft.pk)
        form.add_error(None, "No row has a fact with these columns. Choose others.")
    context = {"form": form, "cells": found.cells[:3], "columns_asked": True}
    return _page(request, draft, found, context, status=422 if form.errors else 200)


def _relations(request: SpaceRequest, draft: ForeignDraft, found: Found) -> HttpResponse:
    relations = relations_in_use(request.space)
    met = relations_met(found, relations)
    shown = met[:MOST_RELATIONS]
    form = ForeignRelationsForm(shown, relations, request.POST or None, texts=len(found.texts))
    error: Exception | None = None
    if request.method == "POST" and form.is_valid():
        try:
            made = foreign_import(
                draft=draft,
                actor=request.user,
                relations=form.chosen(),
                texts=form.cleaned_data.get("texts", False),
            )
        except DraftGone as gone:
            return _over(request, gone)
        except (SourceError, CurationError, TooManyOpen) as refused:
            error = refused
        else:
            return _after(request, made)
    context = {
        "form": form,
        "error": error,
        "not_shown": sum(one.count for one in met[MOST_RELATIONS:]),
        "matched": sum(one.count for one in shown if one.relation),
    }
    status = 422 if error or form.errors else 200
    return _page(request, draft, found, context, status=status)


def _over(request: SpaceRequest, gone: DraftGone) -> HttpResponse:
    messages.info(request, str(gone))
    return redirect("sources:foreign-add", request.space.slug)


def _page(
    request: SpaceRequest,
    draft: ForeignDraft,
    found: Found,
    context: dict[str, Any],
    *,
    status: int,
) -> HttpResponse:
    context |= {
        "nav": "sources",
        "draft": draft,
        "found": found,
        "left_out": found.left_out.most_common(),
        "left": found.left_out.total(),
        "sample_texts": found.texts[:SAMPLE_TEXTS],
    }
    return render(request, "sources/foreign_draft.html", context, status=status)


def _after(request: SpaceRequest, made: ForeignImported) -> HttpResponse:
    there = [one for one in (made.facts, made.texts) if one]
    new = [one for one in there if one.created]
    if not new:
        messages.info(request, "This was imported before. Nothing was added.")
    elif made.facts and made.facts.row_import:
        messages.success(request, "The facts are being put to review.")
    elif made.facts and made.facts.created:
        number = made.facts.candidates
        messages.success(request, f"{number:,} fact{'' if number == 1 else 's'} to review.")
    if made.texts and made.texts.created:
        messages.success(request, "The text was added and is being read.")
    return redirect("sources:document", request.space.slug, there[0].document.pk)


@require_POST
@space_view(ADD_DOCUMENTS)
def foreign_give_up(request: SpaceRequest, pk: int) -> HttpResponse:
    """Remove a draft."""
    draft = get_object_or_404(ForeignDraft, space=request.space, pk=pk)
    try:
        foreign_discard(draft=draft, actor=request.user)
    except DraftGone as gone:
        return _over(request, gone)
    messages.info(request, "The import was given up. Nothing was added.")
    return redirect("sources:document-add", request.space.slug)
