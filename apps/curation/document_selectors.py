"""What the pages of documents show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.db.models import Avg, Count, IntegerField, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone

from apps.accounts.models import Space
from apps.common.highlighting import Highlight
from apps.common.models import Job
from apps.curation.models import Candidate, Decision, Extraction, PassageExtraction, RowImport
from apps.memory.models import Evidence, Triple
from apps.sources.models import Document, Passage
from apps.sources.passages import FactSpans

WAITING = (Candidate.State.PENDING, Candidate.State.DEFERRED)
MAX_LABEL_FACTS = 3
IDLE_AFTER = timedelta(seconds=20)


def documents_of(space: Space) -> QuerySet[Document]:
    """Return the documents of the space, newest first, with ``state`` (of the last extraction, or
    of an import of many rows that is not done, or None), ``facts`` (active triples that they are
    evidence for) and ``waiting`` (candidates)."""
    last = Extraction.objects.filter(document=OuterRef("pk")).order_by("-pk")
    rows = RowImport.objects.filter(document=OuterRef("pk")).exclude(state=Job.State.DONE)
    return (
        Document.objects.filter(space=space)
        .defer("text")
        .select_related("added_by")
        .annotate(
            state=Coalesce(Subquery(last.values("state")[:1]), Subquery(rows.values("state")[:1])),
            facts=_counted(
                Evidence.objects.filter(
                    passage__document=OuterRef("pk"),
                    retracted_at=None,
                    triple__status=Triple.Status.ACTIVE,
                ),
                "triple",
            ),
            waiting=_counted(
                Candidate.objects.filter(passage__document=OuterRef("pk"), state__in=WAITING), "pk"
            ),
        )
    )


def _counted(rows: QuerySet[Evidence] | QuerySet[Candidate], field: str) -> Coalesce:
    """Count distinct ``field`` of rows of another table without multiplying joins."""
    counted = (
        rows.order_by()
        .values("passage__document")
        .annotate(number=Count(field, distinct=True))
        .values("number")
    )
    return Coalesce(Subquery(counted, output_field=IntegerField()), 0)


@dataclass(frozen=True)
class Progress:
    """How far the last extraction of a document is. ``facts`` counts its candidates so far."""

    extraction: Extraction
    done: int
    total: int
    facts: int


def progress_of(document: Document) -> Progress | None:
    """Return how the last extraction of the document stands; None if there was none."""
    extraction = document.extractions.select_related("requested_by").order_by("-pk").first()
    if extraction is None:
        return None
    return Progress(
        extraction=extraction,
        done=extraction.passages.count(),
        total=document.passages.count(),
        facts=extraction.candidates.count(),
    )


@dataclass(frozen=True)
class RowProgress:
    """How far an import of many rows is: ``done`` of ``row_import.rows``."""

    row_import: RowImport
    done: int

    @property
    def under_way(self) -> bool:
        return self.row_import.is_open

    @property
    def waits(self) -> bool:
        return self.row_import.state == Job.State.QUEUED


def row_progress_of(document: Document) -> RowProgress | None:
    """Return how the import of a document's rows stands; None if they were proposed at once."""
    row_import = RowImport.objects.filter(document=document).first()
    if row_import is None:
        return None
    left = row_import.parts.aggregate(rows=Sum("number"))["rows"] or 0
    return RowProgress(row_import, row_import.rows - left)


def facts_resting_on(document: Document) -> list[Triple]:
    """Return the facts in force that the document is evidence for."""
    held = Evidence.objects.filter(passage__document=document, retracted_at=None)
    return list(
        Triple.objects.filter(pk__in=held.values("triple"), status=Triple.Status.ACTIVE)
        .select_related("subject", "relation", "object")
        .defer("subject__embedding", "relation__embedding", "object__embedding")
        .order_by("pk")
    )


def is_under_way(progress: Progress | None) -> bool:
    """Tell whether a page that shows this should look again."""
    return progress is not None and progress.extraction.is_open


SHARED_SECONDS = 50  # the passages whose mean time an estimate goes by


@dataclass(frozen=True)
class Wait:
    """What an open extraction waits for: so many ``others`` are read in turn with it or before it,
    and in about ``seconds`` it is done (None: nothing is known of how long a passage takes)."""

    others: int
    seconds: float | None


def wait_of(progress: Progress) -> Wait:
    """Estimate how long an extraction takes beside the others that are open.

    Documents of one person come one after the other; those of several people share the time, so
    that each takes from this one at most what this one takes itself.
    """
    own = progress.extraction
    left: dict[int, int] = {}
    ahead, others = progress.total - progress.done, 0
    done = PassageExtraction.objects.filter(extraction=OuterRef("pk")).order_by()
    total = Passage.objects.filter(document=OuterRef("document")).order_by()
    rows = Extraction.objects.filter(state__in=Job.OPEN).exclude(pk=own.pk)
    for pk, person, passages, ready in rows.annotate(
        total=_number(total, "document"), done=_number(done, "extraction")
    ).values_list("pk", "requested_by", "total", "done"):
        if person != own.requested_by_id:
            left[person] = left.get(person, 0) + passages - ready
            others += 1
        elif pk < own.pk:
            ahead += passages - ready
            others += 1
    passages = ahead + sum(min(number, ahead) for number in left.values())
    recent = PassageExtraction.objects.order_by("-pk").values("seconds")[:SHARED_SECONDS]
    each = recent.aggregate(mean=Avg("seconds"))["mean"]
    return Wait(others, None if each is None else passages * each)


def _number(rows: QuerySet[Any], field: str) -> Coalesce:
    counted = rows.values(field).annotate(number=Count("pk")).values("number")
    return Coalesce(Subquery(counted, output_field=IntegerField()), 0)


def is_idle(progress: Progress | None) -> bool:
    """Tell whether nobody has worked on the extraction lately: it waits, or its lease was last
    renewed long ago. A command may be at it although no worker runs."""
    if progress is None or progress.extraction.lease_until is None:
        return True
    left = progress.extraction.lease_until - timezone.now()
    return left < timedelta(seconds=settings.LEASE_SECONDS) - IDLE_AFTER


@dataclass(frozen=True)
class Found:
    """A fact that a document says: proposed, decided, or both."""

    candidate: Candidate
    decision: Decision | None

    @property
    def is_known(self) -> bool:
        return self.candidate.state in (
            Candidate.State.ACCEPTED,
            Candidate.State.MERGED,
            Candidate.State.SUPERSEDING,
        )

    @property
    def anchor(self) -> str:
        return f"fact-{self.candidate.pk}"

    @property
    def place(self) -> str:
        """The id of the first mark of the fact in the text."""
        return f"at-{_first(self.candidate)}"


def facts_found(passages: Sequence[Passage]) -> list[Found]:
    """Return the facts that were found in the passages, in the order of the text; those that were
    rejected come last."""
    candidates = (
        Candidate.objects.filter(passage__in=passages)
        .select_related("relation", "proposed_by", "reworded_by")
        .order_by("sentence_start", "subject_start", "object_start", "pk")
    )
    decisions = {
        decision.candidate_id: decision
        for decision in Decision.objects.filter(candidate__in=candidates, undone_at=None)
        .exclude(action__in=[Decision.Action.DEFER, Decision.Action.REWORD])
        .select_related("actor", "triple")
    }
    found = [Found(candidate, decisions.get(candidate.pk)) for candidate in candidates]
    return sorted(found, key=lambda one: one.candidate.state == Candidate.State.REJECTED)


def marks(found: Sequence[Found], *, chosen: Found | None = None) -> list[Highlight]:
    """Return the marks of a text: each mention of a fact, and the chosen fact in its own colours.

    A mention of several facts is one mark that names them and leads to the first of them.
    """
    mentions: dict[tuple[int, int], list[Found]] = {}
    for one in found:
        if one.candidate.state != Candidate.State.REJECTED and one != chosen:
            for span in _mentions(one.candidate):
                mentions.setdefault(span, []).append(one)
    highlights = _chosen_marks(chosen.candidate) if chosen else []
    taken = {(mark.start, mark.end) for mark in highlights}
    anchored = {mark.start for mark in highlights if mark.anchor}
    for (start, end), facts in sorted(mentions.items()):
        if (start, end) in taken:
            continue
        highlights.append(
            Highlight(
                start,
                end,
                "fact" if any(one.is_known for one in facts) else "found",
                label=_label(facts),
                href=f"#{facts[0].anchor}",
                anchor="" if start in anchored else f"at-{start}",
            )
        )
        anchored.add(start)
    return highlights


def _first(candidate: Candidate) -> int:
    return FactSpans.of(candidate).first() if candidate.passage_id is not None else 0


def _mentions(candidate: Candidate) -> list[tuple[int, int]]:
    if candidate.reworded_by_id is not None:
        return []  # what the text names is something else than the fact
    return list(FactSpans.of(candidate)[1:]) if candidate.passage_id is not None else []


def _chosen_marks(candidate: Candidate) -> list[Highlight]:
    if candidate.passage_id is None:
        return []
    sentence = Highlight(*FactSpans.of(candidate).sentence, "sentence")
    if candidate.reworded_by_id is not None:
        return [replace(sentence, anchor=f"at-{_first(candidate)}")]
    subject, object_ = _mentions(candidate)
    return [
        sentence,
        Highlight(*subject, "subject", label="subject", anchor=f"at-{subject[0]}"),
        Highlight(*object_, "object", label="object", anchor=f"at-{object_[0]}"),
    ]


def _label(facts: Sequence[Found]) -> str:
    candidates = [one.candidate for one in facts[:MAX_LABEL_FACTS]]
    said = [f"{one.subject_text} – {one.relation.name} – {one.object_text}" for one in candidates]
    more = len(facts) - len(said)
    return "; ".join(said) + (f"; and {more} more" if more else "")


@dataclass(frozen=True)
class Part:
    """A run of passages of a document that is shown at once, first and last included."""

    first: int
    last: int
    end: int  # of its text, in the document


def parts_of(document: Document, *, passages: int, facts: int) -> list[Part]:
    """Cut a document into parts of at most ``passages`` passages and, where a single passage has
    no more, at most ``facts`` candidates."""
    rows = document.passages.annotate(found=Count("candidates")).order_by("index")
    parts: list[Part] = []
    held = 0
    for index, end, found in rows.values_list("index", "end", "found"):
        last = parts[-1] if parts else None
        if last is None or index - last.first >= passages or held + found > facts:
            parts.append(Part(index, index, end))
            held = found
        else:
            parts[-1] = Part(last.first, index, end)
            held += found
    return parts


def part_number(parts: Sequence[Part], *, offset: int) -> int:
    """Return the number, from one, of the part in which ``offset`` stands."""
    return next((n for n, part in enumerate(parts, 1) if offset < part.end), len(parts))


def narrowed(documents: QuerySet[Any], *, words: str, state: str, format: str) -> QuerySet[Any]:
    """Narrow ``documents_of`` to titles and file names with all words, a state and a format."""
    for word in words.split():
        documents = documents.filter(Q(title__icontains=word) | Q(filename__icontains=word))
    if state:
        states = list(Job.OPEN) if state == "open" else [state]
        documents = documents.filter(state__in=states)
    return documents.filter(format=format) if format else documents


def fact_address(found: Found) -> str:
    """Return the query and fragment that show one fact in the text of its document. It names no
    part: which one it is changes while facts are being found."""
    return f"?{urlencode({'fact': found.candidate.pk})}#{found.place}"
