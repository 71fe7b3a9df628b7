"""Adding documents. What a document says is only ever text, whatever it looks like."""

from __future__ import annotations

from pathlib import PurePath
from typing import Any

from django.conf import settings
from django.db import IntegrityError, connection, transaction

from apps.accounts.models import Space, User
from apps.audit.services import record
from apps.common.text import one_line
from apps.sources.formats import TRIPLE_FORMATS
from apps.sources.models import Document, Passage
from apps.sources.parsing import ParsedDocument, parse
from apps.sources.selectors import content_sha256, document_with

MAX_TITLE = 300
MAX_FILENAME = 255
_PASSAGES_AT_ONCE = 500


def document_read(
    *, data: bytes, filename: str, actor: User, format: str | None = None
) -> ParsedDocument:
    """Read a file in a child process, in turn with those of other people.

    Raises the errors of ``apps.sources.errors``.
    """
    if not connection.in_atomic_block:
        connection.close()  # nobody else should lack it while this waits for its turn
    return parse(
        data,
        filename=filename,
        format=format,
        person=actor.pk,
        max_bytes=settings.DOCUMENT_MAX_BYTES,
    )


def document_save(
    *,
    space: Space,
    actor: User,
    data: bytes,
    filename: str,
    parsed: ParsedDocument,
    title: str = "",
) -> tuple[Document, bool]:
    """Store what was read from ``data`` with its passages; return the document and whether it is
    new. The same bytes make one document of a space, also when two people add them at once."""
    try:
        with transaction.atomic():
            document = Document.objects.create(
                space=space,
                title=one_line(title, limit=MAX_TITLE) or parsed.title,
                format=_stored_format(parsed),
                filename=one_line(PurePath(filename).name)[-MAX_FILENAME:],
                content_sha256=content_sha256(data),
                size=len(data),
                text=parsed.text,
                note=_note(parsed),
                added_by=actor,
            )
            Passage.objects.bulk_create(_passages(document, parsed), _PASSAGES_AT_ONCE)
            record(
                space=space,
                action="document.added",
                actor=actor,
                subject=document,
                payload=_payload(document, parsed),
            )
            return document, True
    except IntegrityError:
        if same := document_with(space=space, data=data):
            return same, False
        raise


def document_add(
    *,
    space: Space,
    actor: User,
    data: bytes,
    filename: str,
    title: str = "",
    format: str | None = None,
) -> tuple[Document, bool]:
    """Read and store a file; return the document and whether it is new.

    Raises the errors of ``apps.sources.errors``; nothing is stored then.
    """
    if same := document_with(space=space, data=data):
        return same, False
    parsed = document_read(data=data, filename=filename, actor=actor, format=format)
    return document_save(
        space=space, actor=actor, data=data, filename=filename, parsed=parsed, title=title
    )


def _stored_format(parsed: ParsedDocument) -> str:
    if parsed.format in TRIPLE_FORMATS:
        return Document.Format.TRIPLES
    return Document.Format(parsed.format)


def _note(parsed: ParsedDocument) -> str:
    """Say what a person should know about how the file was read."""
    if parsed.encoding in ("", "utf-8"):
        return ""
    return f"Read as {parsed.encoding}, because it is not UTF-8."


def _passages(document: Document, parsed: ParsedDocument) -> list[Passage]:
    return [
        Passage(
            document=document,
            index=index,
            start=span.start,
            end=span.end,
            text=parsed.text[span.start : span.end],
            sentences=[edge for sentence in span.sentences for edge in sentence],
        )
        for index, span in enumerate(parsed.passages)
    ]


def _payload(document: Document, parsed: ParsedDocument) -> dict[str, Any]:
    return {
        "title": document.title,
        "filename": document.filename,
        "format": document.format,
        "sha256": document.content_sha256,
        "bytes": document.size,
        "characters": len(parsed.text),
        "passages": len(parsed.passages),
        "encoding": parsed.encoding,
    }
