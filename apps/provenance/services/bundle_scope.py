"""Which rows a bundle is about: a fact with all that it rests on, an answer, a document.

Every change of these rows goes into the bundle. ``standalone/verify.py`` follows the same ways from
row to row, so that what it misses there was left out.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

from django.db.models import Model, Q, QuerySet

from apps.accounts.models import Space
from apps.asking.models import (
    Answer,
    AnswerConfirmation,
    AnswerMark,
    Citation,
    Misreading,
    Question,
    ReadCall,
    ReadingChoice,
)
from apps.curation.models import Candidate, Decision, Extraction, PassageExtraction
from apps.memory.models import Evidence, Triple
from apps.sources.models import Document, Passage

AT_ONCE: Final = 1_000
Rows = dict[str, set[int]]  # table -> numbers of rows


@dataclass(frozen=True)
class Scope:
    """What a bundle is about. ``kind`` is answer, triple, document, space or selection; ``id`` the
    number of it, for a space its short name, for a selection what it is; ``triples`` the facts of
    a selection."""

    space: Space
    kind: str
    id: int | str
    triples: tuple[int, ...] = ()

    @classmethod
    def whole(cls, space: Space) -> Scope:
        """Return the scope of everything in a space."""
        return cls(space, "space", space.slug)

    @property
    def is_complete(self) -> bool:
        return self.kind == "space"

    @property
    def file_name(self) -> str:
        """What a file with the bundle is called."""
        about = "space" if self.is_complete else f"{self.kind}-{self.id}"
        return f"{self.space.slug}-{about}.zip"


class NothingThere(Exception):
    """There is no such answer, fact or document; the message says so."""


def rows_of(scope: Scope) -> Rows:
    """Return the rows that a scope (but a space) is about. Raises NothingThere."""
    found: Rows = defaultdict(set)
    number = _number(scope, scope.kind)
    if scope.kind == "answer":
        facts = _answer(scope.space, number, found)
    elif scope.kind == "document":
        facts = _document(scope.space, number, found)
    elif scope.kind == "triple":
        facts = _there(Triple.objects.filter(space=scope.space), number, "fact")
    else:
        facts = set(scope.triples)
    _facts_and_kin(facts, found)
    return found


def scope_of(space: Space, kind: str, number: int) -> Scope | None:
    """Return the scope of an answer, fact, document or space by its number, if it is there."""
    if kind == "space":
        return Scope.whole(space) if number == space.pk else None
    scope = Scope(space, kind, number)
    return scope if subject_of(scope) is not None else None


def subject_of(scope: Scope) -> Model | None:
    """Return the row that a scope is about, if it is about one."""
    if scope.is_complete:
        return scope.space
    about: dict[str, QuerySet[Any]] = {
        "answer": Answer.objects.filter(question__space=scope.space),
        "triple": Triple.objects.filter(space=scope.space),
        "document": Document.objects.filter(space=scope.space),
    }
    rows = about.get(scope.kind)
    return rows.filter(pk=scope.id).first() if rows is not None else None


def texts_of(scope: Scope, rows: Rows) -> Iterator[tuple[str, str]]:
    """Yield the texts that a bundle brings, each with the name of its file: whole documents where
    it is about them, else the passages that its facts are quoted from."""
    if scope.is_complete:
        whole: QuerySet[Document] = Document.objects.filter(space=scope.space)
    else:
        whole = Document.objects.filter(pk=_number(scope, "document"))
        inside = Passage.objects.exclude(document__in=whole).order_by("pk")
        for numbers in _parts(sorted(rows["sources_passage"])):
            for passage in inside.filter(pk__in=numbers).only("text"):
                yield f"passages/{passage.pk}.txt", passage.text
    for document in whole.order_by("pk").only("text").iterator(chunk_size=1):
        yield f"documents/{document.pk}.txt", document.text


def _number(scope: Scope, kind: str) -> int:
    return int(scope.id) if scope.kind == kind != "selection" else 0


def facts_of(triples: Iterable[int], found: Rows) -> set[int]:
    """Add the rows of facts and of what they rest on; return the other facts that decisions on
    them name."""
    named: set[int] = set()
    for numbers in _parts(sorted(triples)):
        found["memory_triple"].update(numbers)
        for row in Triple.objects.filter(pk__in=numbers):
            found["memory_entity"].update((row.subject_id, row.object_id))
            found["memory_relation"].add(row.relation_id)
            named.update(_some(row.superseded_by_id))
        evidence = list(Evidence.objects.filter(triple__in=numbers))
        found["memory_evidence"].update(row.pk for row in evidence)
        _passages({row.passage_id for row in evidence}, found)
        named |= _decisions(numbers, [row.pk for row in evidence], found)
    return named - found["memory_triple"]


def _facts_and_kin(facts: set[int], found: Rows) -> None:
    """Add facts, and those that they replaced or were replaced by."""
    while facts:
        facts = facts_of(facts, found)


def _decisions(triples: list[int], evidence: list[int], found: Rows) -> set[int]:
    on = Decision.objects.filter(
        Q(triple__in=triples) | Q(replaced__in=triples) | Q(evidence__in=evidence)
    )
    candidates = set(on.values_list("candidate_id", flat=True))
    disputes = Candidate.objects.filter(against__in=triples)
    candidates.update(disputes.values_list("pk", flat=True))
    return _candidates(candidates, found)


def _candidates(numbers: set[int], found: Rows) -> set[int]:
    """Add candidates with their extractions and all decisions on them; return the facts and the
    evidence's facts that these decisions name."""
    named: set[int] = set()
    for some in _parts(sorted(numbers - found["curation_candidate"])):
        found["curation_candidate"].update(some)
        for row in Decision.objects.filter(candidate__in=some).select_related("evidence"):
            found["curation_decision"].add(row.pk)
            found["curation_batch"].update(_some(row.batch_id))
            of_evidence = row.evidence.triple_id if row.evidence else None
            named.update(_some(row.triple_id, row.replaced_id, of_evidence))
        calls = Q()
        for candidate in Candidate.objects.filter(pk__in=some):
            found["curation_extraction"].update(_some(candidate.extraction_id))
            _passages(_some(candidate.passage_id), found)
            if candidate.extraction_id and candidate.passage_id:
                calls |= Q(extraction=candidate.extraction_id, passage=candidate.passage_id)
        if calls:
            read = PassageExtraction.objects.filter(calls).values_list("pk", flat=True)
            found["curation_passageextraction"].update(read)
    return named


def _passages(numbers: Iterable[int], found: Rows) -> None:
    for some in _parts(sorted(set(numbers) - found["sources_passage"])):
        found["sources_passage"].update(some)
        documents = Passage.objects.filter(pk__in=some).values_list("document_id", flat=True)
        found["sources_document"].update(documents)


def _answer(space: Space, number: int, found: Rows) -> set[int]:
    answers = Answer.objects.filter(question__space=space)
    (pk,) = _there(answers, number, "answer")
    answer = answers.get(pk=pk)
    found["asking_answer"].add(pk)
    found["asking_question"].add(answer.question_id)
    of_answer: tuple[type[Model], ...] = (
        ReadCall,
        Citation,
        AnswerMark,
        AnswerConfirmation,
        ReadingChoice,
    )
    for model in of_answer:
        found[model._meta.db_table].update(_numbers(model, answer=answer))
    found["asking_misreading"].update(_numbers(Misreading, mark__answer=answer))
    meant = Q(meant__mark__answer=answer) | Q(chosen__answer=answer)
    again = Question.objects.filter(meant).values_list("pk", flat=True)
    found["asking_question"].update(again)
    cited = answer.citations.values_list("triple_id", "evidence__triple_id")
    seen = answer.attended.filter(left_out="").values_list("triples", flat=True)
    looked_at = _there_still(space, {number for facts in seen for number in facts})
    return looked_at.union(number for pair in cited for number in _some(*pair))


def _there_still(space: Space, facts: set[int]) -> set[int]:
    rows = Triple.objects.filter(space=space, pk__in=facts)
    return set(rows.values_list("pk", flat=True))


def _document(space: Space, number: int, found: Rows) -> set[int]:
    (pk,) = _there(Document.objects.filter(space=space), number, "document")
    found["sources_document"].add(pk)
    found["sources_passage"].update(_numbers(Passage, document=pk))
    found["curation_extraction"].update(_numbers(Extraction, document=pk))
    found["curation_passageextraction"].update(_numbers(PassageExtraction, extraction__document=pk))
    in_it = Q(passage__document=pk) | Q(extraction__document=pk)
    facts = _candidates(set(Candidate.objects.filter(in_it).values_list("pk", flat=True)), found)
    shown = Evidence.objects.filter(passage__document=pk).values_list("triple_id", flat=True)
    return facts.union(shown)


def _numbers(model: type[Model], **wanted: Any) -> QuerySet[Any, int]:
    return model._default_manager.filter(**wanted).values_list("pk", flat=True)


def _there(rows: QuerySet[Any], number: int, what: str) -> set[int]:
    if not rows.filter(pk=number).exists():
        raise NothingThere(f"There is no {what} {number} in this space.")
    return {number}


def _some(*numbers: int | None) -> set[int]:
    return {number for number in numbers if number is not None}


def _parts(numbers: Iterable[int]) -> Iterator[list[int]]:
    source = iter(numbers)
    while some := list(islice(source, AT_ONCE)):
        yield some
