"""Emptying the rows that hold words of a document: its own, and what was read and quoted of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from django.db.models import F, QuerySet
from django.utils import timezone

from apps.accounts.models import User
from apps.asking.models import Citation
from apps.common.models import Job
from apps.curation.models import (
    Candidate,
    Decision,
    Extraction,
    ForeignDraft,
    Hold,
    PassageExtraction,
    RowImport,
    RowImportPart,
    Unstated,
)
from apps.curation.services.along import again_ask
from apps.provenance.models import Withdrawal
from apps.provenance.services.erasing import in_batches
from apps.sources.models import Document, Passage

NAME: Final = "(erased)"  # in the place of a name


def document_empty(
    document: Document,
    *,
    candidates: Sequence[int],
    waiting: Sequence[int],
    citations: QuerySet[Citation],
    actor: User,
) -> Iterator[tuple[str, list[int]]]:
    """Empty every row that holds words of a document; yield those rows, so many at a time, by their
    table and numbers, as soon as they are empty.

    ``candidates`` were read in it, of which nobody has decided on those that are ``waiting``;
    ``citations`` quote it.
    """
    _forget_work(document, candidates, waiting)
    for found, values in _words_of(document, candidates, citations, actor):
        numbers = sorted(set(found.order_by().values_list("pk", flat=True)))
        for batch in in_batches(numbers):
            found.model._default_manager.filter(pk__in=batch).update(**values)
            yield found.model._meta.db_table, batch


def _words_of(
    document: Document, candidates: Sequence[int], citations: QuerySet[Citation], actor: User
) -> Iterator[tuple[QuerySet[Any], dict[str, Any]]]:
    """Yield the rows that hold words of the document, and what stands there in their place."""
    yield Document.objects.filter(pk=document.pk), _emptied(document, actor)
    yield Passage.objects.filter(document=document), {"text": ""}
    yield PassageExtraction.objects.filter(extraction__document=document), {"call": ""}
    names = {"subject_text": NAME, "object_text": NAME}
    yield Unstated.objects.filter(read_in__extraction__document=document), names
    yield RowImport.objects.filter(document=document), {"problems": ""}
    for batch in in_batches(candidates):
        read = Candidate.objects.filter(pk__in=batch)
        yield read, {**names, "object_value": None, "wording": ""}
        yield Decision.objects.filter(candidate__in=batch), {"before": {}, "statement": ""}
    yield citations, {"sentence": "", "document_title": ""}
    yield Withdrawal.objects.filter(document=document), {"name": _title(document)}


def _forget_work(document: Document, candidates: Sequence[int], waiting: Sequence[int]) -> None:
    """Remove what work on the document left, and end what nobody has decided."""
    RowImportPart.objects.filter(row_import__document=document).delete()
    ForeignDraft.objects.filter(space=document.space_id).delete()  # which file it was is not kept
    for batch in in_batches(candidates):
        Hold.objects.filter(candidate__in=batch).delete()
    for batch in in_batches(waiting):
        Candidate.objects.filter(pk__in=batch).update(
            state=Candidate.State.ERASED, version=F("version") + 1, deferred_at=None
        )
    for batch in in_batches(waiting):
        again_ask(batch)
    for kind in (Extraction, RowImport):  # what a failure said may quote it
        failed = kind.objects.filter(document=document, state=Job.State.FAILED)
        failed.update(error="The document was erased.")
        kind.objects.filter(document=document).exclude(state=Job.State.FAILED).update(error="")


def _emptied(document: Document, actor: User) -> dict[str, Any]:
    return {
        "title": _title(document),
        "filename": "",
        "note": "",
        "text": "",
        "content_sha256": "",
        "erased_at": timezone.now(),
        "erased_by": actor,
    }


def _title(document: Document) -> str:
    return f"Erased document {document.pk}"
