"""Adding documents. What a document says is only ever text, whatever it looks like."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath
from typing import Any

from django.conf import settings
from django.db import IntegrityError, connection, transaction

from apps.accounts.models import Space, User
from apps.audit.services import record
from apps.common.text import one_line
from apps.sources.chats import filename_of, grown, turn_passages
from apps.sources.formats import TRIPLE_FORMATS
from apps.sources.models import Document, Passage
from apps.sources.parsing import ParsedDocument, parse
from apps.sources.passages import PassageSpan
from apps.sources.selectors import content_sha256, document_with
from worker.chat.turns import Said

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


def session_grow(
    *, space: Space, actor: User, conversation: str, session: str, messages: Sequence[Said]
) -> tuple[Document, int]:
    """Add messages to the document of a session, which is made with its first ones; return it and
    how many were new. All of them or none. Raises SessionFull."""
    filename = filename_of(conversation, session)
    with transaction.atomic():
        _lock_session(space, filename)
        rows = Document.objects.select_for_update().filter(
            space=space, format=Document.Format.CHAT, filename=filename, erased_at=None
        )
        if (document := rows.first()) is None:
            title = f"Conversation {conversation}, session {session}"
            text, number = grown(title, messages)
            return _session_make(space, actor, filename, title, text), number
        text, number = grown(document.text, messages)
        if number:
            _session_extend(document, actor, text, number)
    return document, number


def _lock_session(space: Space, filename: str) -> None:
    """Keep others from making the same session until the end of the transaction."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [space.pk % 2**31, filename]
        )


def _session_make(space: Space, actor: User, filename: str, title: str, text: str) -> Document:
    parsed = ParsedDocument(title, text, Document.Format.CHAT, "", "", tuple(turn_passages(text)))
    data = text.encode()
    document = Document.objects.create(
        space=space,
        title=one_line(title, limit=MAX_TITLE),
        format=Document.Format.CHAT,
        filename=filename,
        content_sha256=content_sha256(data),
        size=len(data),
        text=text,
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
    return document


def _session_extend(document: Document, actor: User, text: str, number: int) -> None:
    passages = turn_passages(text, since=len(document.text))
    data = text.encode()
    document.text, document.size = text, len(data)
    document.content_sha256 = content_sha256(data)
    document.save(update_fields=["text", "size", "content_sha256"])
    first = document.passages.count()
    rows = [_passage(document, first + index, span) for index, span in enumerate(passages)]
    Passage.objects.bulk_create(rows, _PASSAGES_AT_ONCE)
    record(
        space=document.space,
        action="document.grown",
        actor=actor,
        subject=document,
        payload={
            "document": document.pk,
            "messages": number,
            "sha256": document.content_sha256,
            "characters": len(text),
            "passages": len(rows),
        },
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
    return [_passage(document, index, span) for index, span in enumerate(parsed.passages)]


def _passage(document: Document, index: int, span: PassageSpan) -> Passage:
    return Passage(
        document=document,
        index=index,
        start=span.start,
        end=span.end,
        text=document.text[span.start : span.end],
        sentences=[edge for sentence in span.sentences for edge in sentence],
    )


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
