"""Reading questions, answers and what they rest on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db.models import Avg, Prefetch, Q, QuerySet

from apps.accounts.models import Space, User
from apps.accounts.selectors import AUDIT, DECIDE
from apps.asking.models import (
    SHARES_IN,
    Answer,
    AnswerConfirmation,
    AnswerMark,
    AnswerProgress,
    AttendedMemory,
    Citation,
    Question,
    ReadingChoice,
)
from apps.common import jobs
from apps.curation.models import Decision
from apps.curation.selectors import RowSource, row_source
from apps.memory.controller.wording import fill
from apps.memory.models import Entity, Evidence, Triple
from apps.sources.models import Document
from apps.sources.passages import FactSpans

LONGEST_MEMORY = 10  # turns of a conversation that a read head is told of
SUGGESTIONS = 6
RECENT_ANSWERS = 20  # whose mean time an estimate goes by


def sentence_of(evidence: Evidence) -> str:
    """Return the sentence, or the sentences, that the evidence marks in its document."""
    passage = evidence.passage
    return passage.text[
        evidence.sentence_start - passage.start : evidence.sentence_end - passage.start
    ]


def is_row(evidence: Evidence) -> bool:
    """Return whether the evidence is a row of an imported file, and no sentence of a document."""
    return evidence.passage.document.format == Document.Format.TRIPLES


def row_source_of(evidence: Evidence) -> RowSource | None:
    """Return the row of an imported file that the evidence is; None where it is a sentence."""
    if not is_row(evidence):
        return None
    for decision in evidence.decisions.all():
        if found := row_source(decision.candidate):
            return found
    document = evidence.passage.document
    return RowSource(document, None, document.added_by.label)


def approval_of(
    evidence: Evidence | None, decision: Decision | None
) -> tuple[User, datetime] | None:
    """Return who let a fact into the memory, and when: by its best evidence, else by the decision
    that stands. None where nobody is on record."""
    if evidence is not None:
        return evidence.approved_by, evidence.approved_at
    return None if decision is None else (decision.actor, decision.created_at)


def best_evidence(triples: Iterable[int]) -> dict[int, Evidence]:
    """Return the best standing evidence of each triple: what was not erased, a sentence before an
    imported row, the highest score, then the oldest."""
    found = (
        Evidence.objects.filter(triple__in=list(triples), retracted_at=None)
        .select_related("passage__document", "approved_by")
        .defer("passage__document__text")
    )
    best: dict[int, Evidence] = {}
    for one in sorted(
        found,
        key=lambda e: (
            e.passage.document.erased_at is None,
            not is_row(e),
            -1.0 if e.score is None else e.score,
            -e.pk,
        ),
    ):
        best[one.triple_id] = one
    return best


def standing_decisions(triples: Iterable[int]) -> dict[int, Decision]:
    """Return the first standing decision that let each triple in."""
    found: dict[int, Decision] = {}
    decisions = Decision.objects.filter(triple__in=list(triples), undone_at=None)
    for decision in decisions.select_related("actor").order_by("pk"):
        if decision.triple_id is not None:
            found.setdefault(decision.triple_id, decision)
    return found


def decisions_without_evidence(triples: Iterable[int]) -> QuerySet[Decision]:
    """Return the standing decisions for these triples that no sentence bears out, in order."""
    return (
        Decision.objects.filter(triple__in=list(triples), evidence=None, undone_at=None)
        .select_related(
            "actor",
            "candidate__reworded_by",
            "candidate__proposed_by",
            "candidate__passage__document",
        )
        .defer("candidate__passage__document__text")
        .order_by("pk")
    )


def author_of(decision: Decision) -> str:
    """Return who stands for the words of a decision without evidence. A head's candidate without
    evidence is one that its reviewer merged by their word alone."""
    candidate = decision.candidate
    return (candidate.reworded_by or candidate.proposed_by or decision.actor).label


def visible_questions(*, user: User, space: Space, roles: frozenset[str]) -> QuerySet[Question]:
    """Return the questions that the user may open: their own, all for owners and auditors, and
    for reviewers those whose answer someone said to be wrong or right, because they decide."""
    questions = Question.objects.filter(space=space).select_related("asked_by", "conversation")
    if roles & AUDIT:
        return questions
    own = Q(asked_by=user)
    if roles & DECIDE:
        own |= Q(answer__in=AnswerMark.objects.values("answer"))
        own |= Q(answer__in=AnswerConfirmation.objects.values("answer"))
    return questions.filter(own)


def confirmations_of(space: Space) -> QuerySet[AnswerConfirmation]:
    """Return who said of answers of the space that they are right, the newest first; none of what
    was erased."""
    return (
        AnswerConfirmation.objects.filter(
            answer__question__space=space, answer__question__erased_at=None
        )
        .select_related("answer__question", "confirmed_by")
        .order_by("-pk")
    )


def marks_of(space: Space) -> QuerySet[AnswerMark]:
    """Return the marks on the answers of the space, newest first, with what their pages show; none
    of what was erased."""
    return (
        AnswerMark.objects.filter(answer__question__space=space, answer__question__erased_at=None)
        .select_related(
            "answer__question__asked_by",
            "marked_by",
            "citation",
            "candidate__relation",
            "relation_proposal__relation",
        )
        .defer("candidate__relation__embedding")
        .order_by("-pk")
    )


def progress_of(question: Question) -> AnswerProgress | None:
    """Return how far a question that is being answered is, where its head tells."""
    if question.state != Question.State.RUNNING:
        return None
    return AnswerProgress.objects.filter(question=question).first()


def choice_behind(question: Question) -> ReadingChoice | None:
    """Return the choice of an offered reading by which a question was asked again, if it was."""
    rows = ReadingChoice.objects.filter(asked_again=question)
    return rows.select_related("answer__question", "chosen_by").first()


def choices_of(answer: Answer) -> QuerySet[ReadingChoice]:
    """Return who asked a question again by which of the readings that its answer offers."""
    return answer.choices.select_related("chosen_by", "answer").order_by("-pk")


def recent_questions(*, user: User, space: Space) -> QuerySet[Question]:
    """Return the user's own questions in the space, newest first, with their answers."""
    own = Question.objects.filter(space=space, asked_by=user, erased_at=None)
    return own.select_related("answer").order_by("-pk")


def earlier_answers(question: Question) -> list[Answer]:
    """Return the last answers given before the question in its conversation, oldest first."""
    answers = (
        Answer.objects.filter(
            question__conversation=question.conversation_id,
            question__pk__lt=question.pk,
            question__erased_at=None,
        )
        .select_related("question")
        .prefetch_related(
            Prefetch(
                "citations",
                Citation.objects.select_related("triple__subject", "triple__object").defer(
                    "triple__subject__embedding", "triple__object__embedding"
                ),
            ),
            "reads",
        )
        .order_by("-question__pk")[:LONGEST_MEMORY]
    )
    return list(reversed(answers))


def entities_looked_up(answers: Iterable[Answer]) -> dict[int, list[Entity]]:
    """Return for each answer, by its id, the entities that its reads took a name for, in order."""
    ids = {
        answer.pk: dict.fromkeys(
            one["id"]
            for read in answer.reads.all()
            for one in read.candidates
            if one["role"] == "entity" and one["accepted"]
        )
        for answer in answers
    }
    wanted = {pk for found in ids.values() for pk in found}
    rows = Entity.objects.filter(merged_into=None).defer("embedding").in_bulk(wanted)
    return {answer: [rows[pk] for pk in found if pk in rows] for answer, found in ids.items()}


def example_questions(space: Space) -> list[str]:
    """Return a few questions that the space's newest facts answer, in the wordings of their
    relations, no relation and no subject twice."""
    recent = (
        Triple.objects.filter(space=space, status=Triple.Status.ACTIVE)
        .select_related("subject", "relation", "object")
        .order_by("-recorded_at", "-pk")[:200]
    )
    examples: list[str] = []
    relations: set[int] = set()
    names: set[int] = set()
    for triple in recent:
        # Every third one asks for the subject, but of no date or number ("in 9 May 1983").
        inverse = len(examples) % 3 == 2 and triple.object.kind == Entity.Kind.ITEM
        wordings = triple.relation.inverse_questions if inverse else triple.relation.questions
        known = triple.object_id if inverse else triple.subject_id
        if not wordings or triple.relation_id in relations or known in names:
            continue
        relations.add(triple.relation_id)
        names.add(known)
        examples.append(fill(wordings[0], subject=triple.subject.name, object=triple.object.name))
        if len(examples) == SUGGESTIONS:
            break
    return examples


def citations_of(answer: Answer) -> list[Citation]:
    """Return the citations of an answer in order, with all that their pages and JSON show."""
    return list(
        answer.citations.select_related(
            "triple__subject",
            "triple__relation",
            "triple__object",
            "evidence__passage__document",
        )
        .prefetch_related("evidence__decisions__actor", "evidence__decisions__candidate")
        .defer("evidence__passage__document__text")
    )


def answer_as_dict(question: Question) -> dict[str, Any]:
    """Return a question and its answer as plain values: the object of ``ask --json``, described
    in docs/ask_json.md. Raises Answer.DoesNotExist while there is no answer."""
    answer = question.answer
    reads = list(answer.reads.all())
    citations = citations_of(answer)
    unproved = [one.triple_id for one in citations if one.evidence is None]
    authors: dict[int | None, str] = {}
    for decision in decisions_without_evidence(unproved) if unproved else ():
        authors.setdefault(decision.triple_id, author_of(decision))
    return {
        "id": question.pk,
        "question": question.text,
        "as_of": question.as_of.isoformat() if question.as_of else None,
        "answer": answer.text,
        "abstained": answer.abstained,
        "reason": answer.reason,
        "understood": answer.understood,
        "reading": answer.reading.get("questions", []),
        "topic": answer.topic,
        "perhaps": [
            {"number": number, "said": one["said"], "reading": one["reading"]["questions"]}
            for number, one in enumerate(answer.perhaps, start=1)
        ],
        "citations": [_citation(one, authors.get(one.triple_id)) for one in citations],
        "reads": [
            {
                "query": {
                    "subject": read.subject or None,
                    "relation": read.relation,
                    "object": read.object or None,
                },
                "call": read.call,
                "candidates": read.candidates,
                "results": read.results,
                "truncated": read.truncated,
            }
            for read in reads
        ],
        "attended": [_attended(one) for one in answer.attended.all()],
        "calls": answer.calls,
        "unsupported": answer.unsupported,
        "head": question.head,
        "head_version": answer.head_version,
        "seconds": round(answer.seconds, 3),
    }


def _attended(row: AttendedMemory) -> dict[str, Any]:
    """Return an explicit memory of an answer, as it was then."""
    return {
        "number": row.number,
        "memory": row.memory,
        "version": row.version,
        "name": row.name,
        "sha256": row.sha256 or None,
        "facts": row.triples,
        "shares": [
            {"first_layer": first, "last_layer": last, "share": share / SHARES_IN}
            for first, last, share in row.shares
        ],
        "left_out": row.left_out or None,
    }


def _citation(citation: Citation, author: str | None) -> dict[str, Any]:
    """The triple is shown as it stands today, all else in the words of the moment."""
    evidence, triple = citation.evidence, citation.triple
    source = row_source_of(evidence) if evidence else None
    return {
        "number": citation.number,
        "triple": {
            "id": triple.pk,
            "subject": triple.subject.name,
            "relation": triple.relation.name,
            "object": triple.object.name,
            "valid_from": triple.valid_from.isoformat() if triple.valid_from else None,
            "valid_to": triple.valid_to.isoformat() if triple.valid_to else None,
            "status": triple.status,
            "in_words_of": author,
        },
        "statement": citation.statement,
        "sentence": None if source else citation.sentence or None,
        "imported": {"row": source.row, "file": source.name, "by": source.by} if source else None,
        "document": _document(evidence, citation) if evidence else None,
        "spans": {part: list(span) for part, span in FactSpans.of(evidence)._asdict().items()}
        if evidence
        else None,
        "approved_by": citation.approved_by_label,
        "approved_at": _utc(citation.approved_at),
    }


def _document(evidence: Evidence, citation: Citation) -> dict[str, Any]:
    document = evidence.passage.document
    return {
        "id": document.pk,
        "title": citation.document_title or document.title,
        "erased": document.erasure or None,
    }


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


@dataclass(frozen=True)
class Wait:
    """``before`` it so many questions are answered, which takes about ``seconds`` (None: nobody
    knows, because nothing was answered yet)."""

    before: int
    seconds: float | None


def wait_of(question: Question) -> Wait:
    """Return what a queued question waits for."""
    place = jobs.place(Question, question)
    before = place.before + place.running
    recent = Answer.objects.order_by("-pk").values("seconds")[:RECENT_ANSWERS]
    each = recent.aggregate(mean=Avg("seconds"))["mean"]
    return Wait(before, None if each is None else (before + 1) * each)
