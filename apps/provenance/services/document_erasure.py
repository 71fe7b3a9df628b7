"""Erasing one document: its text, what was read and quoted of it, and all that in the log.

What it was evidence for stays, and is shown to rest on what was erased; or the facts that nothing
else supports are retracted with it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from apps.accounts.models import User
from apps.asking.models import Citation
from apps.audit.actions import ACTIONS, Data
from apps.audit.services import record
from apps.common.models import Job
from apps.common.text import plain
from apps.curation.models import (
    Candidate,
    Decision,
    Extraction,
    PassageExtraction,
    RowImport,
    Unstated,
)
from apps.memory.controller import MemoryController
from apps.memory.controller.writing import lock
from apps.memory.models import Evidence, Triple
from apps.provenance.models import Withdrawal
from apps.provenance.services.also_kept import Gone, erase_above
from apps.provenance.services.document_words import document_empty
from apps.provenance.services.erasing import (
    BATCH,
    Act,
    ErasureRefused,
    Tell,
    erase_from_log,
    in_batches,
    past_erase,
    say_nothing,
)
from apps.provenance.services.exports.forgetting import document_forget
from apps.provenance.services.sequencer import seal
from apps.sources.models import Document, Passage

WITHDRAWN = "only a document that was erased supported this"
# Events about the document, or about a row that came of it. A list of numbers of the column's own
# type is looked up by hash; one of another type, as shorter numbers get, is gone through each time.
_EVENTS = """
SELECT id, action, ARRAY(SELECT jsonb_object_keys(payload)) FROM audit_event
WHERE space_id = %(space)s AND erased IS NULL AND action <> 'privacy.erased' AND (
    (subject_type = 'sources.document' AND subject_id = %(document)s)
    OR (subject_type = 'curation.extraction' AND subject_id = ANY (%(extractions)s::bigint[]))
    OR (subject_type = 'curation.rowimport' AND subject_id = ANY (%(imports)s::bigint[]))
    OR (subject_type = 'curation.candidate' AND subject_id = ANY (%(candidates)s::bigint[]))
    OR (subject_type = 'provenance.withdrawal' AND subject_id = ANY (%(withdrawals)s::bigint[]))
    OR payload @> %(named)s::jsonb
    OR payload::text LIKE ANY (%(quoted)s))
ORDER BY id
"""


@dataclass(frozen=True)
class DocumentErased:
    """What an erasure took: facts that were ``retracted``, ``changes`` and ``events`` of the
    log."""

    retracted: tuple[int, ...]
    changes: int
    events: int


_UNDECIDED: Final = (*Candidate.OPEN, Candidate.State.IMPLIED, Candidate.State.AGAIN)


class DocumentErasure:
    """A document with all that holds its words: what an erasure takes, for a dry run and for the
    erasure itself."""

    def __init__(self, document: Document) -> None:
        self.document = document

    @cached_property
    def passages(self) -> QuerySet[Passage]:
        return Passage.objects.filter(document=self.document)

    @cached_property
    def candidates(self) -> QuerySet[Candidate]:
        read = Candidate.objects.filter(passage__document=self.document)
        return read | Candidate.objects.filter(extraction__document=self.document)

    @property
    def waiting(self) -> QuerySet[Candidate]:
        """What nobody has decided."""
        return self.candidates.filter(state__in=_UNDECIDED)

    @property
    def evidence(self) -> QuerySet[Evidence]:
        return Evidence.objects.filter(passage__document=self.document)

    @property
    def citations(self) -> QuerySet[Citation]:
        return Citation.objects.filter(evidence__passage__document=self.document)

    @property
    def answers(self) -> int:
        """How many answers quote it."""
        return self.citations.values("answer").distinct().count()

    @property
    def facts(self) -> QuerySet[Triple]:
        """The facts in force that it is evidence for."""
        here = self._standing.filter(passage__document=self.document)
        return Triple.objects.filter(
            Exists(here), space=self.document.space_id, status=Triple.Status.ACTIVE
        )

    @property
    def facts_alone(self) -> QuerySet[Triple]:
        """Those that nothing else supports: no other document, and nobody's word."""
        return self.facts.exclude(self._supported)

    @property
    def facts_shared(self) -> QuerySet[Triple]:
        return self.facts.filter(self._supported)

    @property
    def _standing(self) -> QuerySet[Evidence]:
        return Evidence.objects.filter(triple=OuterRef("pk"), retracted_at=None)

    @property
    def _supported(self) -> Q:
        elsewhere = self._standing.exclude(passage__document=self.document)
        said = Decision.objects.filter(triple=OuterRef("pk"), evidence=None, undone_at=None)
        return Q(Exists(elsewhere)) | Q(Exists(said))

    def numbers(self) -> dict[str, int]:
        """Return how much of what an erasure touches."""
        return {
            "passages": self.passages.count(),
            "candidates": self.candidates.count(),
            "waiting": self.waiting.count(),
            "evidence": self.evidence.count(),
            "facts_alone": self.facts_alone.count(),
            "facts_shared": self.facts_shared.count(),
            "answers": self.answers,
        }

    def rows(self) -> int:
        """Return about how many rows hold words of it."""
        decisions = Decision.objects.filter(candidate__in=self.candidates.values("pk"))
        many = (
            self.passages,
            self.candidates,
            decisions,
            self.citations,
            self._read,
            self._unstated,
        )
        return 1 + sum(rows.count() for rows in many)

    @property
    def _read(self) -> QuerySet[PassageExtraction]:
        return PassageExtraction.objects.filter(extraction__document=self.document)

    @property
    def _unstated(self) -> QuerySet[Unstated]:
        return Unstated.objects.filter(read_in__extraction__document=self.document)

    def gone(self, actor: User | None = None) -> Gone:
        """Return what apps above are told of it."""
        document = self.document
        return Gone(
            f"document {document.pk}", [document.space_id], documents=[document.pk], actor=actor
        )

    def events(self) -> list[int]:
        """Return the events of the log that tell of it in words."""
        document = self.document
        parameters: dict[str, Any] = {
            "space": document.space_id,
            "document": document.pk,
            "extractions": _numbers(Extraction.objects.filter(document=document)),
            "imports": _numbers(RowImport.objects.filter(document=document)),
            "candidates": _numbers(self.candidates),
            "withdrawals": _numbers(Withdrawal.objects.filter(document=document)),
            "named": f'{{"document": {document.pk}}}',
            "quoted": list(_quoted(document)),
        }
        found = []
        with transaction.atomic(), connection.chunked_cursor() as cursor:
            cursor.execute(_EVENTS, parameters)
            while rows := cursor.fetchmany(BATCH):
                found += [number for number, action, keys in rows if _holds_words(action, keys)]
        return found


def document_erase(
    *,
    document: Document,
    actor: User,
    reason: str,
    retract: bool = False,
    end: Callable[[], None] = lambda: None,
    tell: Tell = say_nothing,
) -> DocumentErased:
    """Erase a document; with ``retract`` also take the facts out of the memory that nothing else
    supports. ``end`` is called last in the transaction of all that, ``tell`` as it goes on.

    Raises ErasureRefused while it is read, and where it is erased or no reason is given.
    """
    reason = plain(reason)
    if not reason:
        raise ErasureRefused("Say why the document is erased; the log keeps the reason.")
    tell("Sealing the log", 0, 0)
    seal()
    with transaction.atomic():
        row = Document.objects.select_for_update().get(pk=document.pk)
        if row.erased_at is not None:
            raise ErasureRefused("This document is erased already.")
        if _is_read(row):
            raise ErasureRefused("This document is being read: cancel that first.")
        whole = DocumentErasure(row)
        candidates = _locked(whole.candidates)
        lock(row.space)
        tell("Looking for what the log says of it", 0, 0)
        events = whole.events()
        retracted = _retract(whole, actor, tell) if retract else ()
        emptied = document_empty(
            row,
            candidates=candidates,
            waiting=_numbers(whole.waiting),
            citations=whole.citations,
            actor=actor,
        )
        changes, told = erase_from_log(
            Act(f"document {row.pk}", reason, actor, about={"document": row.pk}),
            rows=_telling(emptied, whole.rows(), tell),
            events=events,
            spaces=[row.space_id],
            retracted=retracted,
            tell=tell,
        )
        tell("Erasing what else was kept of it", 0, 0)
        past_erase([row.space_id])
        document_forget(document=row, actor=actor)
        erase_above(whole.gone(actor))
        end()
        return DocumentErased(retracted, changes, told)


def _locked(candidates: QuerySet[Candidate]) -> list[int]:
    """Lock candidates, and return their numbers."""
    numbers = _numbers(candidates)
    for batch in in_batches(numbers):
        rows = Candidate.objects.filter(pk__in=batch).order_by("pk").select_for_update()
        list(rows.values_list("pk", flat=True))
    return numbers


def _is_read(document: Document) -> bool:
    return any(
        kind.objects.filter(document=document, state__in=Job.OPEN).exists()
        for kind in (Extraction, RowImport)
    )


def _telling(
    emptied: Iterator[tuple[str, list[int]]], of: int, tell: Tell
) -> Iterator[tuple[str, list[int]]]:
    """Yield rows that were emptied, and tell how many they are by then."""
    done = 0
    for table, numbers in emptied:
        tell("Erasing rows, and what the log says of them", min(done, of), of)
        yield table, numbers
        done += len(numbers)


def _retract(whole: DocumentErasure, actor: User, tell: Tell) -> tuple[int, ...]:
    """Retract the facts that nothing else supports, with an event for each batch of them."""
    space = whole.document.space
    memory, moment = MemoryController(space), timezone.now()
    retracted: list[int] = []
    alone = _numbers(whole.facts_alone)
    for batch in in_batches(alone):
        tell("Taking facts out of the memory", len(retracted), len(alone))
        gone = memory.retract_at_once(facts=batch, evidence=[], moment=moment)
        record(
            space=space, action="facts.retracted", actor=actor, subject=whole.document,
            payload={"facts": len(gone), "reason": WITHDRAWN},
        )  # fmt: skip
        retracted += (pk for pk, *_ in gone)
    return tuple(retracted)


def _numbers(rows: QuerySet[Any]) -> list[int]:
    return sorted(set(rows.order_by().values_list("pk", flat=True)))


def _quoted(document: Document) -> Iterator[str]:
    """Yield patterns of what an event says that names the document: as a value or in quotes."""
    for name in filter(None, (document.title, document.filename)):
        inner = json.dumps(name, ensure_ascii=False)[1:-1]
        plain_inner = inner.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        yield f'%"{plain_inner}"%'
        yield f"%“{plain_inner}”%"


def _holds_words(action: str, keys: list[str]) -> bool:
    """Tell whether an event records more than numbers and days."""
    known = ACTIONS.get(action)
    return known is None or not set(keys) <= known.keys_of(Data.PLAIN)
