"""The results of a run as a file."""

from __future__ import annotations

from base64 import b64encode

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_POST

from apps.accounts.access import SpaceRequest, space_view
from apps.accounts.selectors import AUDIT
from apps.evaluation.models import Run
from apps.evaluation.services.run_exports import UnknownFormat, run_export
from apps.provenance.views.exports import Download


@require_POST
@space_view(AUDIT)
def run_take(request: SpaceRequest, pk: int) -> HttpResponseBase:
    """Write a run's results to a file, seal who took it, and send it piece by piece."""
    rows = Run.objects.select_related("version__benchmark", "asked_by", "space")
    run = get_object_or_404(rows, space=request.space, pk=pk)
    try:
        taken = run_export(run=run, actor=request.user, format=request.POST.get("format", ""))
    except UnknownFormat as error:
        return HttpResponse(str(error), status=422, content_type="text/plain")
    response = Download(
        taken.file, as_attachment=True, filename=taken.name, content_type=taken.content_type
    )
    response["Content-Length"] = str(taken.size)
    response["Repr-Digest"] = f"sha-256=:{b64encode(bytes.fromhex(taken.sha256)).decode()}:"
    return response
