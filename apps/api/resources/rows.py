"""The rows of a file of ready-made facts on their way to review, and what became of a reading."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from rest_framework import serializers
from rest_framework.response import Response

from apps.accounts.selectors import ADD_DOCUMENTS, READ
from apps.api.base import ApiView, Call
from apps.api.errors import Conflict
from apps.api.resources.shapes import JobOut, Nothing
from apps.curation.document_selectors import progress_of, row_progress_of
from apps.curation.models import RowImport
from apps.curation.services import import_cancel, import_retry
from apps.curation.services.joining import coverage_of
from apps.sources.models import Document


class RowImportOut(JobOut):
    """How far the rows of a file are: ``done`` of ``rows``. ``problems`` are rows that could not be
    proposed, one a line."""

    document = serializers.IntegerField(source="document_id")
    rows = serializers.IntegerField()
    done = serializers.SerializerMethodField()
    candidates = serializers.IntegerField()
    problems = serializers.CharField(allow_blank=True)

    def get_done(self, row: RowImport) -> int:
        progress = row_progress_of(row.document)
        return progress.done if progress is not None else row.rows


class LackingOut(serializers.Serializer[Any]):
    """Words that join names and that no relation of the space stands for, the ``sentence`` where
    they stand first, and what a relation of them would be."""

    words = serializers.CharField()
    count = serializers.IntegerField()
    sentence = serializers.CharField()
    name = serializers.CharField(allow_blank=True)
    template = serializers.CharField(allow_blank=True)


class CoverageOut(serializers.Serializer[Any]):
    """What the last reading found: distinct ``names``, those of them that are in no candidate
    (``unjoined``), ``candidates``, the commonest words that lack a relation, and remarks on the
    text. ``whole`` is false for a long document, of which the beginning was looked through."""

    names = serializers.IntegerField()
    unjoined = serializers.IntegerField()
    candidates = serializers.IntegerField()
    phrases = LackingOut(many=True)
    remarks = serializers.ListField(child=serializers.CharField())
    whole = serializers.BooleanField()


class RowsView(ApiView):
    def rows(self) -> QuerySet[RowImport]:
        rows = RowImport.objects.filter(space=self.space)
        return rows.select_related("document", "requested_by").defer("document__text")

    def row_import(self, pk: int) -> RowImport:
        """Return the import of a document; 404 where its rows were proposed at once."""
        return get_object_or_404(self.rows(), document=pk)


class Rows(RowsView):
    calls = {
        "GET": Call(
            READ,
            RowImportOut,
            says="How far the rows of a file of facts are, that a worker puts to review; 404 where "
            "they were put there at once.",
        )
    }

    def get(self, pk: int) -> Response:
        return self.one(self.row_import(pk))


class CancelRows(RowsView):
    calls = {
        "POST": Call(
            READ,
            RowImportOut,
            body=Nothing,
            says="End an import of rows: by who asked for it, or who may add documents. What it "
            "put to review stays.",
        )
    }

    def post(self, pk: int) -> Response:
        row = self.row_import(pk)
        if row.requested_by_id != self.user.pk and not self.roles & ADD_DOCUMENTS:
            raise PermissionDenied("Work is cancelled by who asked for it, or a reviewer.")
        import_cancel(row_import=row, actor=self.user)
        return self.one(self.row_import(pk))


class RetryRows(RowsView):
    calls = {
        "POST": Call(
            ADD_DOCUMENTS,
            RowImportOut,
            body=Nothing,
            status=202,
            says="Let an import of rows go on that failed or was cancelled.",
        )
    }

    def post(self, pk: int) -> Response:
        import_retry(row_import=self.row_import(pk), actor=self.user)
        return self.one(self.row_import(pk))


class Coverage(ApiView):
    calls = {
        "GET": Call(
            READ,
            CoverageOut,
            says="Why the last reading of a document gave much or little: names, what joins them, "
            "and the relations that are lacking. 409 while there is none.",
            errors=(409,),
        )
    }

    def get(self, pk: int) -> Response:
        document = get_object_or_404(Document, space=self.space, pk=pk, erased_at=None)
        progress = progress_of(document)
        if progress is None or progress.extraction.is_open:
            raise Conflict("This document has not been read, or is being read.")
        found = coverage_of(document, progress.extraction)
        if found is None:
            raise Conflict("Nothing was kept of the reading of this document.")
        return self.one(found)
