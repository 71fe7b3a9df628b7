"""Adding a document and what follows from it: an extraction, or candidates from its triples."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction

from apps.accounts.models import Space, User
from apps.curation.models import Extraction, RowImport
from apps.curation.services.extraction import extraction_request
from apps.curation.services.row_imports import import_request
from apps.curation.services.triple_import import REPEATED, candidates_import
from apps.sources.errors import BadRows
from apps.sources.models import Document
from apps.sources.parsing import ParsedDocument
from apps.sources.selectors import document_with
from apps.sources.services import document_read, document_save
from apps.sources.triples import TripleRow, describe
from worker.freed import give_back

ROWS_AT_ONCE = 500  # proposed in the request; more of them by a worker


@dataclass(frozen=True)
class Imported:
    """What came of one file. ``extraction`` is None for triples and for what was there before;
    ``row_import`` proposes the rows of a large file of triples."""

    document: Document
    created: bool
    candidates: int = 0
    extraction: Extraction | None = None
    row_import: RowImport | None = None


def document_import(
    *,
    space: Space,
    actor: User,
    data: bytes,
    filename: str,
    title: str = "",
    format: str | None = None,
    ring: bool = True,
) -> Imported:
    """Read and store a file, then ask for its extraction or propose its ready-made triples.

    All of it or nothing. Content that is there already is returned as it is. ``ring`` is as for
    ``extraction_request``; without it all rows are proposed at once, else those of a large file by
    a worker. Raises the errors of ``apps.sources.errors`` and jobs.TooManyOpen.
    """
    if same := document_with(space=space, data=data):
        return Imported(document=same, created=False)
    parsed = document_read(data=data, filename=filename, actor=actor, format=format)
    return parsed_import(
        space=space,
        actor=actor,
        data=data,
        filename=filename,
        parsed=parsed,
        title=title,
        ring=ring,
    )


def parsed_import(
    *,
    space: Space,
    actor: User,
    data: bytes,
    filename: str,
    parsed: ParsedDocument,
    title: str = "",
    ring: bool = True,
) -> Imported:
    """Store what was read from ``data`` and ask for what follows, as ``document_import`` does."""
    with transaction.atomic():
        document, created = document_save(
            space=space, actor=actor, data=data, filename=filename, parsed=parsed, title=title
        )
        if not created:
            return Imported(document=document, created=False)
        if ring and len(parsed.rows) > ROWS_AT_ONCE:
            row_import = import_request(document=document, actor=actor, rows=parsed.rows)
            give_back()  # thousands of rows, in a web process that lives on
            return Imported(document=document, created=True, row_import=row_import)
        if parsed.rows:
            number = _propose(space, actor, parsed.rows, document)
            return Imported(document=document, created=True, candidates=number)
        extraction = extraction_request(document=document, actor=actor, ring=ring)
    return Imported(document=document, created=True, extraction=extraction)


def _propose(space: Space, actor: User, rows: Sequence[TripleRow], document: Document) -> int:
    """Propose all rows; one that stands twice is proposed once. Raises BadRows."""
    result = candidates_import(space=space, actor=actor, rows=rows, document=document)
    problems = [one for one in result.problems if one.problem != REPEATED]
    if problems:
        raise BadRows(describe(problems))
    number = len(result.candidates)
    del result
    give_back()  # thousands of rows, in a web process that lives on
    return number
