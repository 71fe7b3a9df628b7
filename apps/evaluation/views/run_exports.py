"""The results of a run as a file: at once or, of very many, from a worker."""

from __future__ import annotations

from base64 import b64encode
from typing import IO

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HTMX_STOP_POLLING

from apps.accounts.access import SpaceRequest, space_view
from apps.accounts.selectors import AUDIT
from apps.common.jobs import TooManyOpen
from apps.common.worker_status import worker_alive
from apps.evaluation.models import Run, RunExport
from apps.evaluation.run_selectors import exports_of
from apps.evaluation.services.run_exports import (
    CONTENT_TYPES,
    MOST_AT_ONCE,
    NotOffered,
    UnknownFormat,
    export_cancel,
    export_downloaded,
    export_opened,
    export_request,
    run_export,
)
from apps.provenance.views.exports import Download

GONE, NOT_YET = 410, 409


@require_POST
@space_view(AUDIT)
def run_take(request: SpaceRequest, pk: int) -> HttpResponseBase:
    """Write a run's results to a file, seal who took it, and send it piece by piece; of very many
    results, leave it to a worker."""
    run = _run(request, pk)
    format = request.POST.get("format", "")
    if run.done > MOST_AT_ONCE and format in RunExport.Format.values:
        try:
            export_request(run=run, actor=request.user, format=format)
        except TooManyOpen as error:
            messages.error(request, str(error))
        return redirect(f"{reverse('evaluation:run', args=[request.space.slug, pk])}#files")
    try:
        taken = run_export(run=run, actor=request.user, format=format)
    except UnknownFormat as error:
        return HttpResponse(str(error), status=422, content_type="text/plain")
    return _sent(taken.file, taken.name, taken.content_type, taken.size, taken.sha256)


@require_safe
@space_view(AUDIT)
def run_files(request: SpaceRequest, pk: int) -> HttpResponse:
    """The files of a run as its page shows them, for a page that looks again."""
    run = _run(request, pk)
    context = files_context(run)
    status = 200 if context["files_open"] else HTMX_STOP_POLLING
    return render(request, "evaluation/run_files.html", {"run": run, **context}, status=status)


@require_safe
@space_view(AUDIT)
def run_file(request: SpaceRequest, pk: int, export: int) -> HttpResponseBase:
    """A file of a run; 410 once it is no longer kept, 409 while there is none."""
    row = _export(request, pk, export)
    if row.state != RunExport.State.DONE:
        text = "This file is not there: it is being written, or was cancelled, or failed."
        return HttpResponse(text, status=NOT_YET, content_type="text/plain")
    try:
        if request.method == "GET":
            file = export_downloaded(export=row, actor=request.user)
        else:
            file = export_opened(export=row)
    except NotOffered as error:
        text = " ".join((NotOffered.__doc__ or str(error)).split())
        return HttpResponse(text, status=GONE, content_type="text/plain")
    name = f"{request.space.slug}-run-{pk}.{row.format}"
    return _sent(file, name, CONTENT_TYPES[row.format], row.size or 0, row.sha256)


@require_POST
@space_view(AUDIT)
def run_file_end(request: SpaceRequest, pk: int, export: int) -> HttpResponse:
    """End a file that is waiting or being written."""
    if not export_cancel(export=_export(request, pk, export), actor=request.user):
        messages.info(request, "The file had ended already.")
    return redirect(f"{reverse('evaluation:run', args=[request.space.slug, pk])}#files")


def files_context(run: Run) -> dict[str, object]:
    """Return what is shown of the files of a run."""
    rows = exports_of(run)
    is_waiting = any(row.state == RunExport.State.QUEUED for row in rows)
    return {
        "files": rows,
        "files_open": any(row.is_open for row in rows),
        "files_alive": worker_alive("export") if is_waiting else True,
    }


def _sent(file: IO[bytes], name: str, content_type: str, size: int, sha256: str) -> Download:
    response = Download(file, as_attachment=True, filename=name, content_type=content_type)
    response["Content-Length"] = str(size)
    response["Repr-Digest"] = f"sha-256=:{b64encode(bytes.fromhex(sha256)).decode()}:"
    return response


def _run(request: SpaceRequest, pk: int) -> Run:
    rows = Run.objects.select_related("version__benchmark", "asked_by", "space")
    return get_object_or_404(rows, space=request.space, pk=pk)


def _export(request: SpaceRequest, run: int, pk: int) -> RunExport:
    rows = RunExport.objects.select_related("run__version__benchmark", "space")
    return get_object_or_404(rows, space=request.space, run=run, pk=pk)
