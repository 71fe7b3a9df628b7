"""The sealed log: checkpoints, verifications, proofs, and exports."""

from __future__ import annotations

import tempfile
from base64 import b64encode
from pathlib import Path
from typing import Any

from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from rest_framework import serializers
from rest_framework.response import Response

from apps.accounts.selectors import AUDIT
from apps.api.base import ApiView, Call, filled
from apps.api.errors import Conflict, Problem
from apps.api.fields import Strict
from apps.api.resources.shapes import JobOut, Nothing
from apps.provenance.export_forms import ExportForm
from apps.provenance.models import Checkpoint, Export, Verification
from apps.provenance.notes import MOST_BYTES
from apps.provenance.services.bundle_scope import scope_of
from apps.provenance.services.bundles import bundle_write, checkpoint_await, export_record
from apps.provenance.services.checkpoints import (
    Comparison,
    Verdict,
    checkpoint_ask,
    compared,
)
from apps.provenance.services.exports import (
    FILES,
    export_cancel,
    export_downloaded,
    export_request,
    export_retry,
)
from apps.provenance.services.exports.files import path_of
from apps.provenance.services.verifications import verification_request
from apps.provenance.verification_selectors import verifications_of
from apps.provenance.views.bundles import TOO_LARGE, is_large
from apps.provenance.views.exports import Download


class CheckpointOut(serializers.Serializer[Any]):
    """A signed head of the log; ``note`` is the text as it was signed (C2SP tlog-checkpoint)."""

    id = serializers.IntegerField()
    size = serializers.IntegerField()
    root = serializers.SerializerMethodField()  # type: ignore[assignment]
    note = serializers.CharField()
    created_at = serializers.DateTimeField()

    def get_root(self, row: Checkpoint) -> str:
        return b64encode(bytes(row.root)).decode()


class NoteIn(Strict):
    """A checkpoint that somebody kept, as its ``note`` was."""

    note = serializers.CharField(max_length=MOST_BYTES, trim_whitespace=False)


class ComparedOut(serializers.Serializer[Any]):
    """What a checkpoint says of the log: it ``holds`` where it is the ``same`` as the log or
    ``older``; then ``behind`` events came after it, and ``proof`` (RFC 9162, base64) shows that the
    log of ``size`` entries with the head ``root`` begins with those that it stands for."""

    verdict = serializers.ChoiceField([one.value for one in Verdict])
    holds = serializers.BooleanField()
    sentence = serializers.CharField()
    behind = serializers.IntegerField()
    size = serializers.IntegerField()
    root = serializers.SerializerMethodField()  # type: ignore[assignment]
    proof = serializers.SerializerMethodField()

    def get_root(self, row: Comparison) -> str:
        return b64encode(row.root).decode()

    def get_proof(self, row: Comparison) -> list[str]:
        return [b64encode(one).decode() for one in row.proof]


class AskedOut(serializers.Serializer[Any]):
    """Whether a worker could be asked; else it is done as soon as one is there."""

    asked = serializers.BooleanField()


class VerificationOut(JobOut):
    """A verification of the log, and what it found."""

    report = serializers.JSONField()


class ExportOut(JobOut):
    """An export; its file stands at ``.../file`` while it is kept."""

    scope = serializers.ChoiceField(Export.Scope.choices)
    format = serializers.ChoiceField(Export.Format.choices)
    requested_by = serializers.CharField(source="requested_by.username")
    size = serializers.IntegerField(allow_null=True)
    sha256 = serializers.CharField(allow_blank=True)


class ExportIn(Strict):
    """What to export, and as what. A scope needs the field of its name; ``period`` needs two."""

    scope = serializers.ChoiceField(Export.Scope.choices)
    format = serializers.ChoiceField(Export.Format.choices)
    since = serializers.DateField(required=False)
    until = serializers.DateField(required=False)
    document = serializers.CharField(required=False, max_length=300)
    entity = serializers.CharField(required=False, max_length=500)
    reviewer = serializers.CharField(required=False, max_length=20)
    version = serializers.CharField(required=False, max_length=80)
    question = serializers.CharField(required=False, max_length=1000)


class Checkpoints(ApiView):
    calls = {
        "GET": Call(AUDIT, CheckpointOut, many=True, says="The checkpoints, the newest first."),
        "POST": Call(
            AUDIT,
            AskedOut,
            body=Nothing,
            status=202,
            says="Ask for a checkpoint of what was recorded since the last one.",
        ),
    }

    def get(self) -> Response:
        return self.page(Checkpoint.objects.filter(log__space=self.space))

    def post(self) -> Response:
        return self.one({"asked": checkpoint_ask()})


class OneCheckpoint(ApiView):
    calls = {"GET": Call(AUDIT, CheckpointOut, says="A checkpoint.")}

    def get(self, pk: int) -> Response:
        return self.one(get_object_or_404(Checkpoint, pk=pk, log__space=self.space))


class CompareCheckpoint(ApiView):
    calls = {
        "POST": Call(
            AUDIT,
            ComparedOut,
            body=NoteIn,
            says="Say what a checkpoint that somebody kept says of the log. Nothing is kept of it.",
        )
    }

    def post(self) -> Response:
        found = compared(self.space, self.said["note"])
        if found is None:
            raise Conflict("Nothing was recorded in this space yet.")
        return self.one(found)


class Verifications(ApiView):
    calls = {
        "GET": Call(AUDIT, VerificationOut, many=True, says="Verifications, the newest first."),
        "POST": Call(
            AUDIT, VerificationOut, body=Nothing, status=202, says="Verify the log of the space."
        ),
    }

    def get(self) -> Response:
        return self.page(verifications_of(self.space))

    def post(self) -> Response:
        row = verification_request(space=self.space, actor=self.user)
        where = reverse("api:verification", args=[self.space.slug, row.pk])
        return self.one(row, Location=where)


class OneVerification(ApiView):
    calls = {"GET": Call(AUDIT, VerificationOut, says="How far a verification is, or its report.")}

    def get(self, pk: int) -> Response:
        rows: QuerySet[Verification] = verifications_of(self.space)
        return self.one(get_object_or_404(rows, pk=pk))


class Proofs(ApiView):
    calls = {
        "GET": Call(
            AUDIT,
            media_type="application/zip",
            says="A bundle that proves an answer, fact (triple), document or space, without "
            "memweb. Each is an event.",
            errors=(409,),
        )
    }

    def get(self, kind: str, pk: int) -> HttpResponseBase:
        scope = scope_of(self.space, kind, pk)
        if scope is None:
            raise Http404
        if is_large(scope):
            raise Conflict(TOO_LARGE)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / scope.file_name
            written = bundle_write(scope=scope, path=path, sign=checkpoint_await)
            export_record(scope=scope, written=written, actor=self.user)
            file = written.path.open("rb")  # it outlives its folder
        return FileResponse(file, as_attachment=True, filename=scope.file_name)


class ExportView(ApiView):
    def exports(self) -> QuerySet[Export]:
        return Export.objects.filter(space=self.space).select_related("requested_by", "space")

    def export(self, pk: int) -> Export:
        return get_object_or_404(self.exports(), pk=pk)


class Exports(ExportView):
    calls = {
        "GET": Call(AUDIT, ExportOut, many=True, says="The exports, the newest first."),
        "POST": Call(
            AUDIT, ExportOut, body=ExportIn, status=202, says="Write facts to a file, by a worker."
        ),
    }

    def get(self) -> Response:
        return self.page(self.exports())

    def post(self) -> Response:
        form = ExportForm(self.said, space=self.space)
        filled(form)
        request = self.request
        row = export_request(
            space=self.space,
            actor=self.user,
            chosen=form.chosen,
            format=form.cleaned_data["format"],
            address=f"{request.scheme}://{request.get_host()}",
        )
        where = reverse("api:export", args=[self.space.slug, row.pk])
        return self.one(self.export(row.pk), Location=where)


class OneExport(ExportView):
    calls = {"GET": Call(AUDIT, ExportOut, says="How far an export is.")}

    def get(self, pk: int) -> Response:
        return self.one(self.export(pk))


class ExportFile(ExportView):
    calls = {
        "GET": Call(
            AUDIT,
            media_type="application/octet-stream",
            says="The file of an export, sent piece by piece; 409 while there is none, 410 once "
            "it is no longer kept. Each download is an event.",
            errors=(409, 410),
        )
    }

    def get(self, pk: int) -> HttpResponseBase:
        row = self.export(pk)
        if row.state != Export.State.DONE:
            raise Conflict("This export has no file.", state=row.state)
        export_downloaded(export=row, actor=self.user)
        try:
            file = path_of(row).open("rb")
        except FileNotFoundError:
            raise Problem("The file is no longer kept.", status=410) from None
        suffix, content_type = FILES[row.format]
        name = f"{self.space.slug}-{row.pk}.{suffix}"
        return Download(file, as_attachment=True, filename=name, content_type=content_type)


class RetryExport(ExportView):
    calls = {
        "POST": Call(
            AUDIT,
            ExportOut,
            body=Nothing,
            status=202,
            says="Write an export again that failed or was cancelled.",
        )
    }

    def post(self, pk: int) -> Response:
        export_retry(export=self.export(pk), actor=self.user)
        return self.one(self.export(pk))


class CancelExport(ExportView):
    calls = {"POST": Call(AUDIT, ExportOut, body=Nothing, says="End an export.")}

    def post(self, pk: int) -> Response:
        export_cancel(export=self.export(pk), actor=self.user)
        return self.one(self.export(pk))
