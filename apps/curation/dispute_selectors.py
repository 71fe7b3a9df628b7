"""What pages show of what a text denies or only speaks of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from django.db.models import F, Max, Sum

from apps.common.highlighting import Highlight
from apps.curation.models import Candidate, PassageExtraction, Unstated
from apps.memory.controller.wording import statement_of
from apps.memory.models import Evidence, Triple
from apps.sources.models import Passage
from apps.sources.passages import FactSpans

MOST_EVIDENCE = 3
RowT = TypeVar("RowT", Evidence, Unstated)


@dataclass(frozen=True)
class Said(Generic[RowT]):
    """A sentence that is evidence of a fact, or one that only speaks of it; ``marks`` count in
    ``sentence``."""

    row: RowT
    sentence: str
    marks: tuple[Highlight, ...]

    @classmethod
    def of(cls, row: RowT, passage: Passage) -> Said[RowT]:
        """Return the sentence of a row, both names marked in it."""
        sentence, subject, object_ = FactSpans.of(row)
        by = -sentence.start
        names = (
            Highlight(*subject, "subject", label="subject"),
            Highlight(*object_, "object", label="object"),
        )
        marks = tuple(replace(one, start=one.start + by, end=one.end + by) for one in names)
        text = passage.text[sentence.start - passage.start : sentence.end - passage.start]
        return cls(row, text, marks)


@dataclass(frozen=True)
class Disputed:
    """The fact, its ``evidence`` that stands, and how much ``more`` of it there is."""

    triple: Triple
    statement: str
    evidence: tuple[Said[Evidence], ...]
    more: int

    @property
    def stands(self) -> bool:
        return self.triple.status == Triple.Status.ACTIVE


def disputed_by(candidate: Candidate) -> Disputed | None:
    """Return what a dispute is about, None of any other candidate."""
    if candidate.against_id is None:
        return None
    triple = Triple.objects.select_related("subject", "relation", "object").get(
        pk=candidate.against_id
    )
    rows = triple.evidence.filter(retracted_at=None)
    shown = rows.select_related("passage__document", "approved_by").defer("passage__document__text")
    said = tuple(Said.of(row, row.passage) for row in shown[:MOST_EVIDENCE])
    return Disputed(triple, statement_of(triple), said, rows.count() - len(said))


@dataclass(frozen=True)
class NotProposed:
    """What the last reading of some passages left out, in the order of the text, and how many
    there are of each mood. ``refused`` is how many proposals of the head the text does not bear
    out."""

    statements: tuple[Said[Unstated], ...]
    counts: tuple[tuple[str, int], ...]
    refused: int = 0


def not_proposed(passages: Sequence[Passage]) -> NotProposed:
    """Return what was read in the passages as denied, uncertain, asked or planned."""
    texts = {passage.pk: passage for passage in passages}
    last = (
        PassageExtraction.objects.filter(passage__in=texts)
        .values("passage")
        .annotate(last=Max("pk"))
        .values("last")
    )
    rows = (
        Unstated.objects.filter(read_in__in=last)
        .select_related("relation")
        .defer("relation__embedding")
        .annotate(passage=F("read_in__passage"))
        .order_by("sentence_start", "subject_start", "object_start", "pk")
    )
    found = tuple(Said.of(row, texts[row.passage]) for row in rows)
    counted = Counter(one.row.mood for one in found)
    counts = tuple((mood.label.lower(), counted[mood]) for mood in Unstated.Mood if counted[mood])
    refused = PassageExtraction.objects.filter(pk__in=last).aggregate(all=Sum("refused"))["all"]
    return NotProposed(found, counts, refused or 0)
