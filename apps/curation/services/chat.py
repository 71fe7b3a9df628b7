"""Messages of conversations: kept as a document for each session, and read as they come."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from apps.accounts.models import Space, User
from apps.curation.models import Extraction
from apps.curation.services.extraction import extraction_continue
from apps.sources.chats import read_messages
from apps.sources.models import Document
from apps.sources.services import session_grow


@dataclass(frozen=True)
class Kept:
    """What came of messages: how many were ``added`` (the others were there), and the extraction
    that reads them, None where there is nothing to read."""

    document: Document
    added: int
    extraction: Extraction | None


def messages_add(
    *,
    space: Space,
    actor: User,
    conversation: str,
    session: str,
    messages: Sequence[Mapping[str, Any]],
) -> Kept:
    """Keep messages and ask for what they say; all of them or none, each once however often it is
    sent. Raises BadMessages, TooManyMessages, SessionFull and jobs.TooManyOpen."""
    said = read_messages(messages)
    with transaction.atomic():
        document, added = session_grow(
            space=space, actor=actor, conversation=conversation, session=session, messages=said
        )
        if not added:
            return Kept(document, 0, None)
        return Kept(document, added, extraction_continue(document=document, actor=actor))
