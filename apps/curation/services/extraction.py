"""Running a write head over a document, passage by passage.

A worker reads for some seconds, a slice, and then gives way to the documents of others. Nothing is
lost or doubled when it dies: each passage is saved in a transaction of its own that also renews the
lease, and a later run leaves out the passages that are done.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, NamedTuple

from django.conf import settings
from django.db import IntegrityError, transaction

from apps.accounts.models import User
from apps.audit.services import record
from apps.common import jobs
from apps.curation.models import Candidate, Extraction, PassageExtraction, Unstated
from apps.curation.services.errors import DocumentGone, NotCancellable, NotRetryable
from apps.curation.services.implied import in_order_of_saving
from apps.curation.services.names_found import kept_mentions
from apps.curation.services.proposals import ProposalReader
from apps.sources.models import Document, Passage
from worker import registry, stopping
from worker.chat.reading import read_turns
from worker.freed import give_back
from worker.interfaces import WriteHead
from worker.setups import HeadSetup
from worker.types import PassageExtraction as HeadResult
from worker.types import PassageText, Span

CALL_SECONDS = 4.0  # about how long one call of a head may take: progress is saved after each
CALL_PASSAGES = 8


class Found(NamedTuple):
    """What came of a passage: unsaved rows, and how many proposals were refused."""

    candidates: list[Candidate]
    unstated: list[Unstated]
    refused: int


def _record_failure(extraction: Extraction) -> None:
    record(
        space=extraction.space,
        action="extraction.failed",
        actor=None,
        actor_label=_label(extraction),
        subject=extraction,
        payload={"document": extraction.document_id, "reason": extraction.error},
    )


EXTRACTIONS = jobs.Kind(
    model=Extraction,
    task="curation.extract",
    queue="write",
    worker="The write head",
    record_failure=_record_failure,
    most_rung=16,
    limit="OPEN_EXTRACTIONS",
    things="documents",
)


def extraction_request(
    *, document: Document, actor: User, head: str | None = None, ring: bool = True
) -> Extraction:
    """Queue an extraction of the document, or return the one that is queued or running.

    Without ``ring`` no worker is called at once, for a caller that runs it in its own process.
    Raises UnknownBackend for a head that there is not, DocumentGone and jobs.TooManyOpen.
    """
    setup = _chosen(document, head)
    registry.check("write", setup.backend)
    under_way = Extraction.objects.filter(document=document, state__in=("queued", "running"))
    try:
        with transaction.atomic():
            check_there(document.pk)
            if found := under_way.first():
                return found
            if ring:
                jobs.check_room(EXTRACTIONS, actor.pk)
            extraction = Extraction.objects.create(
                space=document.space,
                document=document,
                head=setup.backend,
                head_setup=setup.as_json(),
                requested_by=actor,
            )
            record(
                space=document.space,
                action="extraction.requested",
                actor=actor,
                subject=extraction,
                payload={"document": document.pk, "head": setup.backend},
            )
            if ring:
                jobs.ring(EXTRACTIONS, extraction)
            return extraction
    except IntegrityError:  # someone asked for it at the same moment
        if found := under_way.first():
            return found
        raise


def _chosen(document: Document, head: str | None) -> HeadSetup:
    """Return the write head that the document's space chose, unless another one is asked for."""
    if head:
        return HeadSetup(head)
    return HeadSetup.of(document.space.write_head, default=settings.WRITE_HEAD)


def check_there(document: int) -> None:
    """Keep a document from being erased until the end of the transaction. Raises DocumentGone."""
    rows = Document.objects.select_for_update(no_key=True).filter(pk=document)
    if rows.values_list("erased_at", flat=True).get() is not None:
        raise DocumentGone


def extraction_retry(*, extraction: Extraction, actor: User) -> Extraction:
    """Queue a failed or cancelled extraction again; the passages that are done stay.

    Raises NotRetryable, DocumentGone and jobs.TooManyOpen.
    """
    was_cancelled = extraction.state == Extraction.State.CANCELLED
    try:
        with transaction.atomic():
            check_there(extraction.document_id)
            action = "extraction.resumed" if was_cancelled else "extraction.retried"
            _reopen(extraction, actor, action, Extraction.RETRYABLE)
    except IntegrityError:  # another extraction of the document is under way
        raise NotRetryable from None
    return extraction


def _reopen(extraction: Extraction, actor: User, action: str, states: Sequence[str]) -> None:
    """Queue an extraction again that ended in one of the states; it counts for whoever asked for
    it first. Raises NotRetryable and jobs.TooManyOpen."""
    jobs.check_room(EXTRACTIONS, extraction.requested_by_id, actor=actor.pk)
    if not jobs.reopen(extraction, from_states=states):
        raise NotRetryable
    extraction.refresh_from_db()
    record(
        space=extraction.space,
        action=action,
        actor=actor,
        subject=extraction,
        payload={"document": extraction.document_id},
    )
    jobs.ring(EXTRACTIONS, extraction)


def extraction_continue(*, document: Document, actor: User) -> Extraction:
    """Let the last extraction of a conversation go on with what was added since, or ask for one
    where there is none that can. What was read is not read again, unless the space has another
    head by now. Raises what ``extraction_request`` raises."""
    setup = _chosen(document, None)
    with transaction.atomic():
        check_there(document.pk)
        last = Extraction.objects.filter(document=document).order_by("-pk").first()
        if (
            last is None
            or last.state != Extraction.State.DONE
            or last.head_setup != setup.as_json()
        ):
            return extraction_request(document=document, actor=actor)
        _reopen(last, actor, "extraction.continued", (Extraction.State.DONE,))
    return last


def extraction_cancel(*, extraction: Extraction, actor: User) -> Extraction:
    """End a queued or running extraction; what it has found so far stays. Raises NotCancellable."""
    with transaction.atomic():
        if not jobs.cancel(extraction):
            raise NotCancellable
        extraction.refresh_from_db()
        record(
            space=extraction.space,
            action="extraction.cancelled",
            actor=actor,
            subject=extraction,
            payload={
                "document": extraction.document_id,
                "passages": extraction.passages.count(),
                "candidates": extraction.candidates.count(),
            },
        )
    return extraction


def extraction_run(*, extraction_id: int) -> Extraction:
    """Extract all that is left of the document, if no one else is at it; return how it stands."""
    return jobs.run(EXTRACTIONS, extraction_id, lambda job: _extract(job, math.inf))


def extraction_run_next() -> Extraction | None:
    """Extract a slice of the document whose turn it is; None when there is none."""
    seconds = settings.SLICE_SECONDS
    return jobs.run_next(EXTRACTIONS, lambda job: _extract(job, seconds))


def extraction_sweep() -> int:
    """Ring again for extractions that nobody answered and fail those whose attempts are used up.

    Returns how many it rang for.
    """
    return jobs.sweep(EXTRACTIONS)


def _label(extraction: Extraction) -> str:
    return f"write head {extraction.head} {extraction.head_version}".strip()


def _extract(extraction: Extraction, seconds: float) -> None:
    """Extract passages for about so many seconds, but at least one; then end it or give way."""
    registry.keep_at_most(settings.HEADS_MB * 2**20)
    setup = HeadSetup.of(extraction.head_setup, default=extraction.head)
    head = registry.write_head(setup)
    _begin(extraction, head)
    reader = ProposalReader(extraction, registry.embedder(settings.EMBEDDER))
    # What is added to a conversation meanwhile is not in the reader's text: left for later.
    there = extraction.document.passages.filter(end__lte=len(reader.text))
    left = there.exclude(extractions__extraction=extraction)
    deadline = time.monotonic() + seconds  # loading a model is no part of the slice
    size = 1
    while size and (group := list(left[:size])):
        each = _extract_group(extraction, head, reader, group, setup.least)
        size = _next_size(each, deadline)
    if left.exists():
        _give_way(extraction)
    else:
        _finish(extraction)


def _next_size(each: float, deadline: float) -> int:
    """Return how many passages of ``each`` seconds to read next; 0 when the slice is over."""
    left = deadline - time.monotonic()
    size = min(CALL_PASSAGES, int(min(CALL_SECONDS, left) / max(each, 1e-6)))
    return max(size, 1 if left == math.inf else 0)


def _give_way(extraction: Extraction) -> None:
    with transaction.atomic():
        jobs.give_way(extraction)
        jobs.ring(EXTRACTIONS, extraction)


def _extract_group(
    extraction: Extraction,
    head: WriteHead,
    reader: ProposalReader,
    group: list[Passage],
    least: int,
) -> float:
    """Extract from the passages in one call and save each; return the seconds for one of them."""
    jobs.renew(extraction)
    started = time.monotonic()
    with stopping.asked(jobs.watch(extraction)):
        results = _read(head, extraction.document, group, reader)
    seconds = (time.monotonic() - started) / len(group)
    for passage, result in zip(group, results, strict=True):
        # What has no score that is a number stays here, and is refused below.
        every = [
            one for one in (*result.proposals, *result.unstated) if not one.score * 100 < least
        ]
        candidates, refused = reader.candidates(passage, every, result.call)
        refused += sum(number for _, number in result.dropped)
        found = Found(candidates, reader.unstated(passage, every), refused)
        _save_passage(extraction, reader, passage, result, found, seconds)
    give_back()
    return seconds


def _read(
    head: WriteHead, document: Document, group: list[Passage], reader: ProposalReader
) -> list[HeadResult]:
    """Return what the head finds; messages are read with names for persons (``worker.chat``)."""
    texts = [_passage_text(passage) for passage in group]
    if document.format == Document.Format.CHAT:
        return read_turns(head, texts, reader.relations)
    return head.extract(texts, reader.relations)


def _passage_text(passage: Passage) -> PassageText:
    sentences = (Span(*edges).shifted(-passage.start) for edges in passage.sentence_spans())
    return PassageText(id=str(passage.pk), text=passage.text, sentences=tuple(sentences))


def _save_passage(
    extraction: Extraction,
    reader: ProposalReader,
    passage: Passage,
    result: HeadResult,
    found: Found,
    seconds: float,
) -> None:
    """Save what came of one passage, all or nothing. Raises LeaseLost."""
    with transaction.atomic():
        # Locks the row: a late worker waits here and is turned away.
        jobs.renew(extraction, got_on=True)
        read_in = PassageExtraction.objects.create(
            extraction=extraction,
            passage=passage,
            call=result.call,
            proposals=len(result.proposals),
            mentions=kept_mentions(passage, result.mentions),
            refused=found.refused,
            seconds=seconds,
        )
        reader.settle(found.candidates)
        for rows in in_order_of_saving(found.candidates):
            Candidate.objects.bulk_create(rows)
        for one in found.unstated:
            one.read_in = read_in
        Unstated.objects.bulk_create(found.unstated)
        about: dict[str, Any] = {"document": extraction.document_id, "passage": passage.pk}
        if found.candidates:
            about["candidates"] = [candidate.pk for candidate in found.candidates]
            about["call"] = result.call
        if result.dropped:
            about["dropped"] = dict(result.dropped)
        if result.spent:
            about["spent"] = asdict(result.spent)
        record(
            space=extraction.space,
            action="candidate.proposed" if found.candidates else "extraction.read",
            actor=None,
            actor_label=_label(extraction),
            subject=extraction,
            payload=about,
        )


def _begin(extraction: Extraction, head: WriteHead) -> None:
    """Say with which weights the document is read, where that is not what was said before."""
    version, hashes = head.version, registry.hashes_of(head)
    if (extraction.head_version, extraction.head_hashes) == (version, hashes):
        return
    extraction.head_version, extraction.head_hashes = version, hashes
    with transaction.atomic():
        rows = Extraction.objects.filter(pk=extraction.pk)
        rows.update(head_version=version, head_hashes=hashes)
        record(
            space=extraction.space,
            action="extraction.begun",
            actor=None,
            actor_label=_label(extraction),
            subject=extraction,
            payload={
                "document": extraction.document_id,
                "head": extraction.head,
                "version": version,
            },
        )


def _finish(extraction: Extraction) -> None:
    """End an extraction, or let it go on with what was added to the document meanwhile."""
    with transaction.atomic():
        check_there(extraction.document_id)
        if extraction.document.passages.exclude(extractions__extraction=extraction).exists():
            _give_way(extraction)
            return
        jobs.finish(extraction)
        record(
            space=extraction.space,
            action="extraction.finished",
            actor=None,
            actor_label=_label(extraction),
            subject=extraction,
            payload={
                "document": extraction.document_id,
                "passages": extraction.passages.count(),
                "candidates": extraction.candidates.count(),
            },
        )
