"""``memweb ingest FILE...``"""

from __future__ import annotations

import argparse
from pathlib import Path

from memweb_client.command.saying import Ended, Session, counted
from memweb_client.errors import MemwebError, Problem, Unauthorized
from memweb_client.shapes import Document


def ingest(session: Session, given: argparse.Namespace) -> int:
    """Add each file; one that is refused keeps no other from being added."""
    if given.title and len(given.files) > 1:
        raise Ended("A title can be given to a single file only.")
    added, refused = [], 0
    for file in given.files:
        try:
            document = _add(session, file, given.title)
            if given.wait:
                document = _searched(session, document)
        except Unauthorized:
            raise
        except (Problem, Ended) as error:
            session.speaker.complain(f"{file}: {error}")
            refused += 1
            continue
        added.append(document)
        session.speaker.say(_told(document))
    session.speaker.give(added)
    return 1 if refused else 0


def _add(session: Session, file: Path, title: str | None) -> Document:
    try:
        content = file.read_bytes()
    except OSError as error:
        raise Ended(f"cannot be read: {error.strerror}.") from None
    call = session.space.document_upload(content, filename=file.name, title=title)
    return session.client.send(call)


def _searched(session: Session, document: Document) -> Document:
    """Wait until a document is searched for facts; return it as it is then. Raises Ended."""
    newest = next(session.client.each(session.space.extractions(document.id)), None)
    if newest is not None:
        try:
            session.client.wait(session.space.extraction(newest.id))
        except Problem:
            raise
        except MemwebError as error:
            raise Ended(str(error)) from None
    return session.client.send(session.space.document(document.id))


def _told(document: Document) -> str:
    waiting = counted(document.waiting, "fact waits", "facts wait")
    return f"{document.id}  {document.title}  ({document.state or 'not searched'}, {waiting})"
