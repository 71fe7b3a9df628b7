"""Documents: adding, listing, passages, extraction, erasing."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.urls import reverse
from rest_framework import serializers
from rest_framework.response import Response

from apps.accounts.selectors import ADD_DOCUMENTS, ADMINISTER, READ
from apps.api.base import ApiView, Call, filled
from apps.api.fields import Strict
from apps.api.resources.shapes import JobOut, Nothing
from apps.curation.document_forms import STATES
from apps.curation.document_selectors import documents_of, narrowed, progress_of
from apps.curation.models import Extraction
from apps.curation.services import extraction_cancel, extraction_request, extraction_retry
from apps.curation.services.documents import document_import
from apps.provenance.privacy_forms import DocumentErasureForm
from apps.provenance.services.document_erasure import DocumentErasure, document_erase
from apps.provenance.services.erasings import erasing_open, erasing_request, is_large
from apps.sources.models import Document
from apps.sources.services import MAX_TITLE


class DocumentOut(serializers.Serializer[Any]):
    """A document. ``state`` is that of its last extraction; ``facts`` rest on it, ``waiting`` are
    candidates that nobody has decided."""

    id = serializers.IntegerField()
    title = serializers.CharField()
    format = serializers.ChoiceField(Document.Format.choices)
    filename = serializers.CharField(allow_blank=True)
    size = serializers.IntegerField()
    sha256 = serializers.CharField(source="content_sha256", allow_blank=True)
    note = serializers.CharField(allow_blank=True)
    added_by = serializers.CharField(source="added_by.username")
    created_at = serializers.DateTimeField()
    erased_at = serializers.DateTimeField(allow_null=True)
    state = serializers.CharField(allow_null=True)
    facts = serializers.IntegerField()
    waiting = serializers.IntegerField()


class DocumentIn(Strict):
    """A file (in a multipart body) or a text with a title."""

    file = serializers.FileField(required=False, allow_empty_file=True)
    text = serializers.CharField(required=False, trim_whitespace=False)
    title = serializers.CharField(required=False, max_length=MAX_TITLE, allow_blank=True)
    filename = serializers.CharField(required=False, max_length=255, allow_blank=True)

    def validate(self, said: dict[str, Any]) -> dict[str, Any]:
        if ("file" in said) == ("text" in said):
            raise serializers.ValidationError("Send a file or a text, and not both.")
        return said


class DocumentQuery(Strict):
    """Filters of the list."""

    q = serializers.CharField(
        required=False, max_length=200, help_text="Words of the title or file name"
    )
    state = serializers.ChoiceField(
        [name for name, _ in STATES if name], required=False, help_text="Of the last extraction"
    )
    format = serializers.ChoiceField(Document.Format.choices, required=False)


class PassageOut(serializers.Serializer[Any]):
    """A run of whole sentences: offsets count code points of the document's text."""

    id = serializers.IntegerField()
    index = serializers.IntegerField()
    start = serializers.IntegerField()
    end = serializers.IntegerField()
    text = serializers.CharField()
    sentences = serializers.ListField(child=serializers.ListField(child=serializers.IntegerField()))


class ExtractionOut(JobOut):
    """A run of a write head over a document: ``done`` of ``total`` passages are read."""

    document = serializers.IntegerField(source="document_id")
    head = serializers.CharField()
    head_version = serializers.CharField(allow_blank=True)
    requested_by = serializers.CharField(source="requested_by.username")
    done = serializers.SerializerMethodField()
    total = serializers.SerializerMethodField()
    candidates = serializers.SerializerMethodField()

    def get_done(self, row: Extraction) -> int:
        return row.passages.count()

    def get_total(self, row: Extraction) -> int:
        return row.document.passages.count()

    def get_candidates(self, row: Extraction) -> int:
        return row.candidates.count()


class ErasureQuery(Strict):
    """Why, and whether facts go too that nothing else supports."""

    reason = serializers.CharField(max_length=500)
    retract = serializers.BooleanField(required=False)


class ErasureOut(serializers.Serializer[Any]):
    """What erasing a document took. ``queued``: a worker does it, because it is much."""

    document = serializers.IntegerField()
    queued = serializers.BooleanField()
    retracted = serializers.ListField(child=serializers.IntegerField())


class DocumentView(ApiView):
    def documents(self) -> QuerySet[Document]:
        return documents_of(self.space)

    def document(self, pk: int) -> Document:
        return get_object_or_404(self.documents(), pk=pk)


class Documents(DocumentView):
    calls = {
        "GET": Call(
            READ, DocumentOut, many=True, query=DocumentQuery, says="The documents, newest first."
        ),
        "POST": Call(
            ADD_DOCUMENTS,
            DocumentOut,
            body=DocumentIn,
            files=True,
            status=201,
            more=(200,),
            says="Add a document; what it says is looked for at once. The same content again "
            "answers 200 with the document that is there. Files of ready-made triples (CSV, JSON "
            "Lines) become candidates.",
        ),
    }

    def get(self) -> Response:
        asked = self.asked
        rows = narrowed(
            self.documents(),
            words=asked.get("q", ""),
            state=asked.get("state", ""),
            format=asked.get("format", ""),
        )
        return self.page(rows)

    def post(self) -> Response:
        said, file = self.said, self.said.get("file")
        added = document_import(
            space=self.space,
            actor=self.user,
            data=said["text"].encode() if file is None else file.read(),
            filename=said.get("filename") or (file.name if file is not None else ""),
            title=said.get("title", ""),
        )
        row = self.document(added.document.pk)
        where = reverse("api:document", args=[self.space.slug, row.pk])
        return self.one(row, status=201 if added.created else 200, Location=where)


class OneDocument(DocumentView):
    calls = {
        "GET": Call(READ, DocumentOut, says="A document."),
        "DELETE": Call(
            ADMINISTER,
            ErasureOut,
            query=ErasureQuery,
            more=(202,),
            says="Erase what a document says, for good. What was decided on it stays.",
        ),
    }

    def get(self, pk: int) -> Response:
        return self.one(self.document(pk))

    def delete(self, pk: int) -> Response:
        row = self.document(pk)
        given = filled(DocumentErasureForm(self.asked))
        document = self.space.documents.get(pk=row.pk)
        if erasing_open(document) is not None or is_large(DocumentErasure(document)):
            erasing_request(document=document, actor=self.user, **given)
            found = {"document": row.pk, "queued": True, "retracted": []}
            return self.one(found, status=202)
        erased = document_erase(document=document, actor=self.user, **given)
        found = {"document": row.pk, "queued": False, "retracted": list(erased.retracted)}
        return self.one(found)


class Passages(DocumentView):
    calls = {"GET": Call(READ, PassageOut, many=True, says="The text of a document, in order.")}

    def get(self, pk: int) -> Response:
        row = self.document(pk)
        rows = row.passages.filter(document__erased_at=None).order_by("index")
        return self.page(rows, ordering="index", each=passage_shown)


def passage_shown(row: Any) -> dict[str, Any]:
    """Return what a passage shows, its sentences as pairs."""
    return {
        "id": row.pk,
        "index": row.index,
        "start": row.start,
        "end": row.end,
        "text": row.text,
        "sentences": [list(one) for one in row.sentence_spans()],
    }


def extractions(view: ApiView) -> QuerySet[Extraction]:
    """Return the extractions of the space."""
    rows = Extraction.objects.filter(space=view.space)
    return rows.select_related("requested_by", "document").defer("document__text")


class Extractions(DocumentView):
    calls = {
        "GET": Call(READ, ExtractionOut, many=True, says="The extractions of a document."),
        "POST": Call(
            ADD_DOCUMENTS,
            ExtractionOut,
            body=Nothing,
            status=202,
            says="Look for facts in a document, or let an extraction go on that failed or was "
            "cancelled. One that is under way is returned.",
        ),
    }

    def get(self, pk: int) -> Response:
        return self.page(extractions(self).filter(document=self.document(pk)))

    def post(self, pk: int) -> Response:
        document = self.space.documents.get(pk=self.document(pk).pk)
        progress = progress_of(document)
        if progress is not None and progress.extraction.state in Extraction.RETRYABLE:
            row = extraction_retry(extraction=progress.extraction, actor=self.user)
        else:
            row = extraction_request(document=document, actor=self.user)
        where = reverse("api:extraction", args=[self.space.slug, row.pk])
        return self.one(extractions(self).get(pk=row.pk), Location=where)


class OneExtraction(ApiView):
    calls = {"GET": Call(READ, ExtractionOut, says="How far an extraction is.")}

    def get(self, pk: int) -> Response:
        return self.one(get_object_or_404(extractions(self), pk=pk))


class CancelExtraction(ApiView):
    calls = {
        "POST": Call(
            READ,
            ExtractionOut,
            body=Nothing,
            says="End an extraction; what it found stays. For who asked for it, and for those who "
            "may add documents.",
        )
    }

    def post(self, pk: int) -> Response:
        row = get_object_or_404(extractions(self), pk=pk)
        if row.requested_by_id != self.user.pk and not self.roles & ADD_DOCUMENTS:
            raise PermissionDenied("Work is cancelled by who asked for it or a reviewer.")
        extraction_cancel(extraction=row, actor=self.user)
        return self.one(get_object_or_404(extractions(self), pk=pk))
