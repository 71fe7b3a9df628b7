"""The buttons "Export proof": a bundle of an answer, a fact or a document, as a download."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Final

from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST

from apps.accounts.access import SpaceRequest, space_view
from apps.accounts.selectors import AUDIT
from apps.provenance.services.bundle_scope import Scope, subject_of
from apps.provenance.services.bundles import (
    BundleRefused,
    bundle_write,
    checkpoint_await,
    export_record,
)

KINDS: Final = ("answer", "triple", "document")


@require_POST
@space_view(AUDIT)
def export_proof(request: SpaceRequest, kind: str, pk: int) -> HttpResponse | FileResponse:
    """Make a bundle and hand it out; a page says why where it cannot be made now."""
    scope = Scope(request.space, kind, pk)
    if kind not in KINDS or subject_of(scope) is None:
        raise Http404
    name = f"{request.space.slug}-{kind}-{pk}.zip"
    with tempfile.TemporaryDirectory() as folder:
        try:
            signed = checkpoint_await(scope)
            written = bundle_write(scope=scope, path=Path(folder) / name, signed=signed)
        except BundleRefused as error:
            context = {"nav": "audit", "why": error}
            return render(request, "provenance/no_bundle.html", context, status=503)
        export_record(scope=scope, written=written, actor=request.user)
        file = written.path.open("rb")  # it outlives its folder
    return FileResponse(file, as_attachment=True, filename=name, content_type="application/zip")
