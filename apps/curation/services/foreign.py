"""Importing a file of another system: a dry run, which relation is which, then candidates.

Nothing enters the memory: facts become the rows of a document and wait for review, texts become a
document that the write head reads. Between the two steps the file's facts lie in a draft.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import PurePath

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from apps.accounts.models import Space, User
from apps.audit.services import record
from apps.common.text import one_line
from apps.curation.models import ForeignDraft
from apps.curation.services.documents import Imported, parsed_import
from apps.curation.services.errors import CurationError
from apps.memory.models import Relation
from apps.sources.errors import TextTooLong
from apps.sources.foreign import Found, from_json, table
from apps.sources.formats import JSONL, TEXT
from apps.sources.parse_child import MAX_CHARS
from apps.sources.parsing import ParsedDocument, parse_foreign
from apps.sources.passages import join_passages
from apps.sources.services import MAX_FILENAME, document_read
from apps.sources.triples import TripleRow, render, row_to_json

KEPT_HOURS = 24


class DraftGone(CurationError):
    """This import is over: it was finished, given up, or left for a day. Choose the file again."""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


class NothingChosen(CurationError):
    """Nothing would be imported. Choose a relation for at least one of the file's, or its text."""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


@dataclass(frozen=True)
class ForeignImported:
    """What came of a file: the document of its facts, and that of its texts."""

    facts: Imported | None
    texts: Imported | None


def foreign_found(*, data: bytes, actor: User) -> Found:
    """Read a file of another system, apart from everything else.

    Raises the errors of ``apps.sources.errors``.
    """
    if not connection.in_atomic_block:
        connection.close()  # nobody else should lack it while this waits for its turn
    return parse_foreign(data, person=actor.pk, max_bytes=settings.DOCUMENT_MAX_BYTES)


def foreign_read(*, space: Space, actor: User, data: bytes, filename: str) -> ForeignDraft:
    """Read a file and keep what it holds for its dry run.

    Raises the errors of ``apps.sources.errors``.
    """
    found = foreign_found(data=data, actor=actor)
    with transaction.atomic():
        draft = ForeignDraft.objects.create(
            space=space,
            added_by=actor,
            filename=one_line(PurePath(filename).name, limit=MAX_FILENAME),
            found=found.to_json(),
        )
        _record(space, actor, "foreign.read", found)
    return draft


@transaction.atomic
def foreign_columns(
    *, draft: ForeignDraft, actor: User, chosen: Mapping[str, int], relation: str = ""
) -> ForeignDraft:
    """Make facts of a table's rows by the column of each part. Raises DraftGone."""
    draft = _locked(draft)
    draft.found = table.facts_of(from_json(draft.found), chosen, relation=relation).to_json()
    draft.save(update_fields=["found"])
    _record(draft.space, actor, "foreign.read", from_json(draft.found))
    return draft


def foreign_import(
    *, draft: ForeignDraft, actor: User, relations: Mapping[str, Relation], texts: bool
) -> ForeignImported:
    """Put a draft to review and remove it; see ``foreign_propose``. Raises DraftGone too."""
    found = from_json(draft.found)
    read = _read_texts(found, draft.filename, actor) if texts else None
    with transaction.atomic():
        draft = _locked(draft)
        made = _propose(draft.space, actor, found, draft.filename, relations, read)
        draft.delete()
    return made


def foreign_propose(
    *,
    space: Space,
    actor: User,
    found: Found,
    filename: str,
    relations: Mapping[str, Relation],
    texts: bool,
) -> ForeignImported:
    """Make candidates of the facts whose relation stands in ``relations``, by the file's name of
    it, and with ``texts`` a document of the texts. All of it or nothing; the same again makes
    nothing new.

    Raises NothingChosen, jobs.TooManyOpen and the errors of ``apps.sources.errors``.
    """
    read = _read_texts(found, filename, actor) if texts else None
    with transaction.atomic():
        return _propose(space, actor, found, filename, relations, read)


@transaction.atomic
def foreign_discard(*, draft: ForeignDraft, actor: User) -> None:
    """Give an import up. Raises DraftGone."""
    draft = _locked(draft)
    _record(draft.space, actor, "foreign.discarded", from_json(draft.found))
    draft.delete()


def foreign_sweep() -> int:
    """Remove the drafts that lie for a day; return how many."""
    old = ForeignDraft.objects.filter(created_at__lt=timezone.now() - timedelta(hours=KEPT_HOURS))
    number = 0
    for draft in old.iterator():
        with transaction.atomic():
            _record(draft.space, None, "foreign.discarded", from_json(draft.found))
            draft.delete()
        number += 1
    return number


_Text = tuple[bytes, ParsedDocument]


def _read_texts(found: Found, filename: str, actor: User) -> _Text | None:
    if not found.texts:
        return None
    data = "\n\n".join(found.texts).encode()
    return data, document_read(data=data, filename=filename, actor=actor, format=TEXT)


def _propose(
    space: Space,
    actor: User,
    found: Found,
    filename: str,
    relations: Mapping[str, Relation],
    read: _Text | None,
) -> ForeignImported:
    rows = [
        row._replace(relation=relations[row.relation].name)
        for row in found.facts
        if row.relation in relations
    ]
    if not rows and read is None:
        raise NothingChosen
    title = PurePath(filename).stem or found.system
    facts = _propose_rows(space, actor, rows, filename, f"{title}: facts") if rows else None
    texts = None
    if read is not None:
        data, parsed = read
        texts = parsed_import(
            space=space, actor=actor, data=data, filename=filename, parsed=parsed,
            title=f"{title}: texts",
        )  # fmt: skip
    _record(space, actor, "foreign.imported", found, rows=len(rows))
    return ForeignImported(facts, texts)


def _propose_rows(
    space: Space, actor: User, rows: list[TripleRow], filename: str, title: str
) -> Imported:
    text, spans = render(rows)
    if len(text) > MAX_CHARS:
        raise TextTooLong
    parsed = ParsedDocument(
        title=title,
        text=text,
        format=JSONL,
        encoding="",
        language="",
        passages=tuple(join_passages([span.sentence for span in spans])),
        rows=tuple(rows),
    )
    # What makes two imports the same: their rows, after the choice of relations.
    data = json.dumps([row_to_json(row) for row in rows], ensure_ascii=False).encode()
    return parsed_import(
        space=space, actor=actor, data=data, filename=filename, parsed=parsed, title=title
    )


def _locked(draft: ForeignDraft) -> ForeignDraft:
    there = ForeignDraft.objects.select_for_update().filter(pk=draft.pk).first()
    if there is None:
        raise DraftGone
    return there


def _record(space: Space, actor: User | None, action: str, found: Found, **payload: object) -> None:
    record(
        space=space,
        action=action,
        actor=actor,
        actor_label="" if actor else "import",
        payload={"system": found.system, "facts": len(found.facts), **payload},
    )
