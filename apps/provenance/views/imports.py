"""Importing a space: uploading its bundle, how far it is, and where the space came from."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_POST, require_safe
from django.views.decorators.vary import vary_on_headers
from django_htmx.http import HttpResponseClientRefresh

from apps.accounts.access import SpaceRequest, space_view
from apps.accounts.selectors import ADMINISTER, AUDIT
from apps.common.requests import announced_bytes
from apps.common.worker_status import worker_alive
from apps.provenance.import_forms import ImportForm
from apps.provenance.models import Origin, SpaceImport
from apps.provenance.services.imports import (
    IMPORTS,
    ImportRefused,
    NotPossible,
    import_cancel,
    import_request,
    why_not_empty,
)
from memweb.full import is_full

TOO_LARGE, FULL = 413, 507


@require_safe
@vary_on_headers("HX-Request")
@space_view(AUDIT)
def space_import(request: SpaceRequest) -> HttpResponse:
    """Where the space came from, how far its import is, or the form to begin one."""
    if not request.htmx or request.htmx.history_restore_request:
        return _page(request, ImportForm())
    row = _newest(request)
    if row is None or not row.is_open:
        return HttpResponseClientRefresh()
    return render(request, "provenance/import.html#state", _context(request, ImportForm()))


@csrf_exempt  # only until the size is known: the token stands in the body
@require_POST
@space_view(ADMINISTER)
def import_new(request: SpaceRequest) -> HttpResponse:
    """Take a bundle. A body that is too large is refused without being read."""
    if announced_bytes(request) > settings.IMPORT_MAX_BYTES:
        form = ImportForm({})
        form.errors.clear()
        form.add_error(
            None,
            f"This is larger than {_limit()}, the most that is taken here. The operator of this "
            "server can import it with `manage.py import_provenance`.",
        )
        return _page(request, form, status=TOO_LARGE)
    response: HttpResponse = _take(request)
    return response


@csrf_protect
def _take(request: SpaceRequest) -> HttpResponse:
    form = ImportForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, form, status=422)
    try:
        import_request(
            space=request.space,
            actor=request.user,
            pieces=form.cleaned_data["file"].chunks(),
            key=form.cleaned_data["key"],
        )
    except ImportRefused as error:
        form.add_error(None, str(error))
        return _page(request, form, status=422)
    except OSError as error:
        if not is_full(error):
            raise
        form.add_error(None, "A disk of memweb is full. The bundle was not kept.")
        return _page(request, form, status=FULL)
    return redirect("provenance:import", request.space.slug)


@require_POST
@space_view(ADMINISTER)
def cancel(request: SpaceRequest) -> HttpResponse:
    """End the import that is waiting or under way."""
    row = _newest(request)
    try:
        if row is None:
            raise NotPossible
        import_cancel(row=row, actor=request.user)
        messages.success(request, "The import was cancelled. Nothing of it was kept.")
    except NotPossible:
        messages.info(request, "No import is under way.")
    return redirect("provenance:import", request.space.slug)


def _page(request: SpaceRequest, form: ImportForm, status: int = 200) -> HttpResponse:
    return render(request, "provenance/import.html", _context(request, form), status=status)


def _context(request: SpaceRequest, form: ImportForm) -> dict[str, Any]:
    row = _newest(request)
    origin = Origin.objects.filter(space=request.space).select_related("imported_by").first()
    waits = row is not None and row.state == SpaceImport.State.QUEUED
    is_open = row is not None and row.is_open
    return {
        "nav": "audit",
        "form": form,
        "import": row,
        "origin": origin,
        "past": origin.events.count() if origin else 0,
        "waits": waits,
        "worker_alive": worker_alive(IMPORTS.queue) if waits else True,
        "not_empty": "" if origin or is_open else why_not_empty(request.space),
        "limit": _limit(),
    }


def _newest(request: SpaceRequest) -> SpaceImport | None:
    return SpaceImport.objects.filter(space=request.space).select_related("requested_by").first()


def _limit() -> str:
    most = settings.IMPORT_MAX_BYTES
    return f"{most / 2**30:.3g} GB" if most >= 2**30 else f"{most / 2**20:.3g} MB"
