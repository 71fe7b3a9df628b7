"""The buttons "Export proof": a bundle of an answer, fact, document or space, as a download."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Final

from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST

from apps.accounts.access import SpaceRequest, space_view
from apps.accounts.selectors import AUDIT
from apps.provenance.services.bundle_scope import Scope, scope_of
from apps.provenance.services.bundles import (
    BundleRefused,
    bundle_write,
    checkpoint_await,
    export_record,
)
from apps.provenance.services.sequencer import log_of
from apps.sources.models import Passage

LARGEST: Final = 20_000  # events of a log, or passages of a document, while a browser waits
TOO_LARGE: Final = (
    "This is too large to be made while a browser waits. The operator of this server can make it "
    "with `manage.py export_provenance`."
)


@require_POST
@space_view(AUDIT)
def export_proof(request: SpaceRequest, kind: str, pk: int) -> HttpResponse | FileResponse:
    """Make a bundle and hand it out; a page says why where it cannot be made now."""
    scope = scope_of(request.space, kind, pk)
    if scope is None:
        raise Http404
    if is_large(scope):
        return _refused(request, TOO_LARGE)
    with tempfile.TemporaryDirectory() as folder:
        try:
            path = Path(folder) / scope.file_name
            written = bundle_write(scope=scope, path=path, sign=checkpoint_await)
        except BundleRefused as error:
            return _refused(request, str(error))
        export_record(scope=scope, written=written, actor=request.user)
        file = written.path.open("rb")  # it outlives its folder
    name = scope.file_name
    return FileResponse(file, as_attachment=True, filename=name, content_type="application/zip")


def is_large(scope: Scope) -> bool:
    """Tell whether a bundle takes longer than anybody waits."""
    if scope.kind == "space":
        return log_of(scope.space).size > LARGEST
    return (
        scope.kind == "document"
        and Passage.objects.filter(document=int(scope.id)).count() > LARGEST
    )


def _refused(request: SpaceRequest, why: str) -> HttpResponse:
    context = {"nav": "audit", "why": why}
    return render(request, "provenance/no_bundle.html", context, status=503)
