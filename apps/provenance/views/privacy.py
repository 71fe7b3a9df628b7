"""What was erased of a space, when, by whom and why; how long questions are kept; erasing."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe
from django_htmx.http import HttpResponseClientRefresh

from apps.accounts.access import SpaceRequest, space_view
from apps.accounts.selectors import ADMINISTER, AUDIT
from apps.common.worker_status import worker_alive
from apps.provenance.models import Erasing
from apps.provenance.privacy_forms import DocumentErasureForm, DocumentNumberForm
from apps.provenance.selectors.erased import erasures_of, erasures_told
from apps.provenance.services.also_kept import counted_above
from apps.provenance.services.document_erasure import DocumentErasure, document_erase
from apps.provenance.services.erasing import ErasureRefused
from apps.provenance.services.erasings import (
    ERASINGS,
    erasing_open,
    erasing_request,
    is_large,
)
from apps.provenance.services.retention import questions_over
from apps.sources.models import Document

PAGE_SIZE = 30
EXAMPLES = 5


@require_safe
@space_view(AUDIT)
def privacy(request: SpaceRequest) -> HttpResponse:
    """List what was erased; an owner goes on from here to erase a document."""
    asked = "document" in request.GET and bool(request.roles & ADMINISTER)
    form = DocumentNumberForm(request.GET if asked else None, space=request.space)
    if asked and form.is_valid():
        wanted = form.cleaned_data["document"]
        return redirect("provenance:document-erase", request.space.slug, wanted.pk)
    found = erasures_of(request.space)
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "nav": "audit",
        "page": page,
        "told": erasures_told(list(page.object_list)),
        "form": form,
        "questions_over": questions_over(request.space).count(),
    }
    return render(request, "provenance/privacy.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@space_view(ADMINISTER)
def document_erasure(request: SpaceRequest, pk: int) -> HttpResponse:
    """Show what erasing a document takes, and erase it."""
    document = get_object_or_404(request.space.documents.defer("text"), pk=pk)
    if (under_way := erasing_open(document)) is not None:
        return _under_way(request, document, under_way)
    if request.htmx and not request.htmx.history_restore_request:
        return HttpResponseClientRefresh()
    if document.erased_at is not None:
        messages.info(request, "This document is erased already.")
        return redirect("sources:document", request.space.slug, pk)
    form = DocumentErasureForm(request.POST or None)
    whole = DocumentErasure(document)
    if request.method == "POST" and form.is_valid():
        try:
            if is_large(whole):
                erasing_request(document=document, actor=request.user, **form.cleaned_data)
                return redirect(request.path)
            erased = document_erase(document=document, actor=request.user, **form.cleaned_data)
        except ErasureRefused as error:
            form.add_error(None, str(error))
        else:
            gone = len(erased.retracted)
            also = f" {gone} fact{'' if gone == 1 else 's'} left the memory." if gone else ""
            messages.success(request, f"The document is erased.{also}")
            return redirect("sources:document", request.space.slug, pk)
    alone = whole.facts_alone.select_related("subject", "relation", "object").order_by("pk")
    context = {
        "nav": "audit",
        "document": document,
        "form": form,
        "numbers": whole.numbers(),
        "also": counted_above(whole.gone()),
        "alone": list(alone[:EXAMPLES]),
        "last": document.erasings.first(),
        "is_large": is_large(whole),
    }
    status = 422 if form.errors else 200
    return render(request, "provenance/document_erasure.html", context, status=status)


def _under_way(request: SpaceRequest, document: Document, row: Erasing) -> HttpResponse:
    template = "provenance/document_erasing.html"
    if request.htmx and not request.htmx.history_restore_request:
        template += "#state"
    alive = worker_alive(ERASINGS.queue) if row.state == Erasing.State.QUEUED else True
    context = {"nav": "audit", "document": document, "erasing": row, "worker_alive": alive}
    return render(request, template, context)
