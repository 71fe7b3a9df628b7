"""Exports: what to take out of a space and as what, and the files that were made."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import AsyncIterator, Iterator
from typing import Any, Final

from asgiref.sync import sync_to_async
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe
from django.views.decorators.vary import vary_on_headers
from django_htmx.http import HTMX_STOP_POLLING

from apps.accounts.access import SpaceRequest, space_view
from apps.accounts.selectors import AUDIT
from apps.common.once import once
from apps.common.worker_status import worker_alive
from apps.provenance.export_forms import ExportForm
from apps.provenance.models import Export
from apps.provenance.services.exports import (
    BUNDLES,
    EXPORTS,
    FILES,
    NotOffered,
    NotPossible,
    counts_of,
    export_cancel,
    export_downloaded,
    export_request,
    export_retry,
)
from apps.provenance.services.exports.files import path_of
from apps.provenance.services.exports.scopes import described
from apps.provenance.services.exports.waiting import waiting_of

PAGE_SIZE: Final = 20
GONE, NOT_YET = 410, 409


class Download(FileResponse):
    """A file that a server of either kind sends piece by piece.

    Django would read all of it into memory for a server that is asynchronous, and compress what is
    compressed already.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self["Content-Encoding"] = "identity"

    async def __aiter__(self) -> AsyncIterator[bytes]:
        pieces: Iterator[bytes] = iter(self)
        following = sync_to_async(lambda: next(pieces, None))
        while (piece := await following()) is not None:
            yield piece


@require_safe
@vary_on_headers("HX-Request")
@space_view(AUDIT)
def export_list(request: SpaceRequest) -> HttpResponse:
    """What can be exported, how much that is, and the exports that there were."""
    form = ExportForm(request.GET if "scope" in request.GET else None, space=request.space)
    good = form.is_valid() or not form.is_bound
    if not good and form.is_incomplete:
        form.errors.clear()  # somebody has just chosen the scope
        return _page(request, form, is_choosing=True)
    return _page(request, form)


@require_POST
@space_view(AUDIT)
def export_new(request: SpaceRequest) -> HttpResponse:
    """Queue an export."""
    form = ExportForm(request.POST, space=request.space)
    if not form.is_valid():
        if form.is_unknown:
            raise Http404("nothing of this space")
        return _page(request, form)

    def make() -> str:
        export = export_request(
            space=request.space,
            actor=request.user,
            chosen=form.chosen,
            format=form.cleaned_data["format"],
            address=f"{request.scheme}://{request.get_host()}",
        )
        return reverse("provenance:export", args=[request.space.slug, export.pk])

    return redirect(once(request, make))


@require_safe
@vary_on_headers("HX-Request")
@space_view(AUDIT)
def export(request: SpaceRequest, pk: int) -> HttpResponse:
    """One export: how far it is, and its file."""
    row = get_object_or_404(_exports(request), pk=pk)
    if not request.htmx or request.htmx.history_restore_request:
        return _one(request, row)
    status = 200 if row.is_open else HTMX_STOP_POLLING
    return render(request, "provenance/export.html#state", _context(request, row), status=status)


@require_safe
@space_view(AUDIT)
def download(request: SpaceRequest, pk: int) -> HttpResponseBase:
    """The file; 410 once it is no longer kept, 409 while there is none."""
    row = get_object_or_404(_exports(request), pk=pk)
    if row.state != Export.State.DONE:
        return _one(request, row, status=NOT_YET)
    try:
        if request.method == "GET":
            export_downloaded(export=row, actor=request.user)
        file = path_of(row).open("rb")
    except (NotOffered, FileNotFoundError):
        return _one(request, row, status=GONE)
    suffix, content_type = FILES[row.format]
    name = f"{request.space.slug}-{row.pk}.{suffix}"
    response = Download(file, as_attachment=True, filename=name, content_type=content_type)
    response["Repr-Digest"] = f"sha-256=:{_base64(row.sha256)}:"
    return response


@require_POST
@space_view(AUDIT)
def cancel(request: SpaceRequest, pk: int) -> HttpResponse:
    """End an export that is waiting or under way."""
    row = get_object_or_404(_exports(request), pk=pk)
    try:
        export_cancel(export=row, actor=request.user)
        messages.success(request, "The export was cancelled. Nothing of it was kept.")
    except NotPossible:
        messages.info(request, "The export had ended already.")
    return redirect("provenance:export", request.space.slug, pk)


@require_POST
@space_view(AUDIT)
def retry(request: SpaceRequest, pk: int) -> HttpResponse:
    """Queue a failed or cancelled export again."""
    row = get_object_or_404(_exports(request), pk=pk)
    try:
        export_retry(export=row, actor=request.user)
    except NotPossible:
        messages.info(request, "The export is under way, or done.")
    return redirect("provenance:export", request.space.slug, pk)


def _page(request: SpaceRequest, form: ExportForm, *, is_choosing: bool = False) -> HttpResponse:
    rows = _exports(request)
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    good = not is_choosing and (not form.is_bound or form.is_valid())
    context: dict[str, Any] = {
        "nav": "audit",
        "form": form,
        "counts": counts_of(form.chosen) if good else None,
        "page": page,
        "shown": [(row, described(row)) for row in page.object_list],
        "under_way": any(row.is_open for row in page.object_list),
    }
    template = "provenance/export_list.html"
    if request.htmx and not request.htmx.history_restore_request:
        template += "#exports" if request.htmx.target == "exports" else "#choice"
    return render(request, template, context, status=200 if good or is_choosing else 422)


def _one(request: SpaceRequest, row: Export, status: int = 200) -> HttpResponse:
    context = _context(request, row) | {"gone": status == GONE}
    return render(request, "provenance/export.html", context, status=status)


def _context(request: SpaceRequest, row: Export) -> dict[str, Any]:
    queue = BUNDLES[1] if row.format == Export.Format.BUNDLE else EXPORTS.queue
    waiting = waiting_of(row) if row.is_open else None
    return {
        "nav": "audit",
        "export": row,
        "about": described(row),
        "waiting": waiting,
        "worker_alive": worker_alive(queue) if waiting and waiting.is_waiting else True,
    }


def _exports(request: SpaceRequest) -> QuerySet[Export]:
    return Export.objects.filter(space=request.space).select_related("requested_by", "space")


def _base64(hexadecimal: str) -> str:
    return b64encode(bytes.fromhex(hexadecimal)).decode()
