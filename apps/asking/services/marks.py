"""When an answer is wrong: the mark with its diagnosis, and the repair that it sets going.

Nobody changes the memory here. A correction is a candidate, a relation that lacks is a proposal;
reviewers and owners decide them.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from django.db import transaction

from apps.accounts.models import User
from apps.asking.models import Answer, AnswerMark, Citation, Misreading
from apps.asking.services.diagnosis import Diagnosis, diagnose
from apps.asking.services.errors import MarkRefused
from apps.asking.services.objections import (
    blamable,
    refuse_contradiction,
    refuse_no_name,
    refuse_the_same,
    refuse_unasked,
)
from apps.asking.services.understanding import Slot, slot_of
from apps.asking.services.wording import wording_of
from apps.audit.services import record
from apps.common.names import normalise_name
from apps.common.text import plain
from apps.curation.models import Candidate, RelationProposal
from apps.curation.services import (
    CurationError,
    FactInWords,
    Name,
    Occasion,
    candidate_propose,
    relation_propose,
)
from apps.memory.controller import MemoryController
from apps.memory.models import Relation, Triple

Step = AnswerMark.Step
LONGEST = 500
NO_RELATION = "The schema has no relation for this."
REPAIRED_BY_A_CANDIDATE = (Step.WRONG_FACT, Step.MISSING, Step.OUTDATED)


def answer_mark(
    *,
    answer: Answer,
    actor: User,
    expected: str = "",
    citation: Citation | None = None,
    beside: bool | None = None,
    since: date | None = None,
    propose: bool = False,
) -> AnswerMark:
    """Mark an answer as wrong, find out which step failed and propose what is right.

    ``expected`` is the right name, ``citation`` the fact that is wrong (the only one, where there
    is one only), ``beside`` whether the name holds as well, ``since`` from which day. A question
    that was misread gets no candidate, unless ``propose`` insists. Raises MarkRefused.
    """
    expected = checked(expected)
    refuse_no_name(answer, expected, "expected")
    if citation is not None:
        if citation.answer_id != answer.pk:
            raise MarkRefused("This answer has no such fact.", field="citation")
        refuse_unasked(answer, citation)
    elif not beside and len(asked := blamable(answer)) == 1:
        citation = asked[0]
    if beside and not expected:
        raise MarkRefused("Write the name that is right as well.")
    target = _target(answer, citation, expected, beside)
    slot = slot_of(answer, target)
    beside = bool(beside)
    if expected and slot is not None:
        refuse_the_same(answer, expected)
    diagnosis = diagnose(answer, expected=expected, citation=citation, beside=beside, since=since)
    with transaction.atomic():
        candidate = None
        repairs = propose or diagnosis.step in REPAIRED_BY_A_CANDIDATE
        if expected and slot is not None and repairs:
            candidate = _propose(answer, actor, slot, expected, diagnosis, beside, since)
        return save_mark(
            answer,
            actor,
            diagnosis,
            expected=expected,
            citation=citation,
            beside=beside,
            valid_from=since,
            candidate=candidate,
        )


def mark_propose(*, mark: AnswerMark, actor: User) -> AnswerMark:
    """Propose what a mark expects, though its diagnosis blames the reading; a new mark says so.
    Raises MarkRefused."""
    if not mark.expected:
        raise MarkRefused("Say what is right first.")
    return answer_mark(
        answer=mark.answer,
        actor=actor,
        expected=mark.expected,
        citation=mark.citation,
        beside=mark.beside,
        since=mark.valid_from,
        propose=True,
    )


def gap_record(
    *,
    answer: Answer,
    actor: User,
    subject: str,
    object: str,
    relation: Relation | None = None,
    new_relation: str = "",
    since: date | None = None,
    replaces: Triple | None = None,
) -> AnswerMark:
    """Record what an answer lacked: a candidate or, for a ``new_relation`` that the space has not,
    a proposal of the relation. ``replaces`` is a fact that is wrong. Raises MarkRefused."""
    subject, object = checked(subject, "subject"), checked(object, "object")
    for name, field in ((subject, "subject"), (object, "object")):
        if not name:
            raise MarkRefused("Write a name.", field=field)
        refuse_no_name(answer, name, field)
    relation = relation or _relation_named(answer, new_relation)
    slot = slot_of(answer)
    open_side = object if slot is None or slot.known == Misreading.Known.SUBJECT else subject
    diagnosis = diagnose(answer, expected=open_side, beside=True)
    if relation is None:
        diagnosis = replace(diagnosis, step=Step.MISSING.value, summary=NO_RELATION)
    candidate: Candidate | None = None
    proposal: RelationProposal | None = None
    try:
        with transaction.atomic():
            if relation is not None:
                names = (_same_entity(slot, subject), _same_entity(slot, object))
                fact = FactInWords(names[0], relation, names[1], valid_from=since)
                refuse_contradiction(answer, fact, wrong=replaces)
                candidate = candidate_propose(
                    space=answer.question.space,
                    actor=actor,
                    fact=fact,
                    occasion=_occasion(answer, *names, origin=Candidate.Origin.GAP),
                    replaces=replaces,
                )
            else:
                proposal = relation_propose(
                    space=answer.question.space,
                    actor=actor,
                    question=answer.question_id,
                    name=new_relation,
                    subject=subject,
                    object=object,
                    question_text=answer.question.text,
                )
            return save_mark(
                answer,
                actor,
                diagnosis,
                expected=open_side,
                beside=True,
                valid_from=since,
                candidate=candidate,
                relation_proposal=proposal,
            )
    except (CurationError, ValueError) as error:
        field = "relation" if relation is None else "object"
        raise MarkRefused(_sentence(error), field=field) from error


def _relation_named(answer: Answer, name: str) -> Relation | None:
    """Return the relation in use that has this name or alias. Raises MarkRefused without one."""
    if not name.strip():
        raise MarkRefused("Choose a relation, or name a new one.", field="relation")
    known = MemoryController(answer.question.space).resolve_relation(name).relation
    return known if known is not None and known.retired_at is None else None


def checked(text: str, field: str = "expected") -> str:
    """Return a text that a person typed, on one line. Raises MarkRefused."""
    text = " ".join(text.split())
    if len(text) > LONGEST:
        raise MarkRefused(f"A name has at most {LONGEST} characters, not {len(text):,}.",
                          field=field)  # fmt: skip
    if "\0" in text or any("\ud800" <= char <= "\udfff" for char in text):
        raise MarkRefused("This holds characters that are no text. Type it anew.", field=field)
    return plain(text)


def _target(
    answer: Answer, citation: Citation | None, expected: str, beside: bool | None
) -> Citation | None:
    """Return the fact beside or instead of which the expected name belongs. Raises MarkRefused
    where only the person can say which one, or whether instead of it."""
    cited = list(answer.stated.select_related("triple__relation").order_by("number"))
    target = citation or (cited[0] if len(cited) == 1 else None)
    if target is None and cited:
        if not beside:
            raise MarkRefused("Say which of the facts is wrong.", field="citation")
        target = cited[-1]
    slot = slot_of(answer, target)
    several = target is not None and slot is not None and not slot.is_single
    if expected and beside is None and several:
        raise MarkRefused(
            f"Say whether “{expected}” is right instead of what was answered, or as well.",
            field="beside",
        )
    return target


def _propose(
    answer: Answer,
    actor: User,
    slot: Slot,
    expected: str,
    diagnosis: Diagnosis,
    beside: bool,
    since: date | None,
) -> Candidate:
    """Return the candidate that says what is right: one that waits, or a new one."""
    stands = slot.cited is not None and slot.cited.status == Triple.Status.ACTIVE
    replaces = slot.cited if stands and not beside else None
    if replaces is None and (waiting := _waiting(diagnosis)):
        return waiting
    subject, object_ = slot.names(expected)
    fact = FactInWords(subject, slot.relation, object_, valid_from=since)
    outlived = slot.cited is not None and not stands and not beside
    try:
        if not outlived:  # it was called wrong, and what took its place decides a reviewer
            refuse_contradiction(answer, fact, wrong=replaces, field="expected")
        return candidate_propose(
            space=answer.question.space,
            actor=actor,
            fact=fact,
            occasion=_occasion(
                answer,
                subject,
                object_,
                origin=Candidate.Origin.GAP if answer.abstained else Candidate.Origin.CORRECTION,
            ),
            replaces=replaces,
        )
    except (CurationError, ValueError) as error:
        raise MarkRefused(_sentence(error)) from error


def _occasion(answer: Answer, subject: Name, object: Name, *, origin: Candidate.Origin) -> Occasion:
    return Occasion(origin, answer.question_id, wording_of(answer, subject, object))


def _waiting(diagnosis: Diagnosis) -> Candidate | None:
    rows = Candidate.objects.filter(
        pk__in=diagnosis.candidates, state__in=Candidate.OPEN, replaces=None
    )
    return rows.order_by("pk").first()


def _same_entity(slot: Slot | None, text: str) -> Name:
    """Return the name, as that of the entity that was looked up where it is the same."""
    if slot is not None and slot.entity.normalised == normalise_name(text):
        return Name(text, entity=slot.entity)
    return Name(text)


def save_mark(answer: Answer, actor: User, diagnosis: Diagnosis, **fields: object) -> AnswerMark:
    """Keep a mark with what was found, and tell the log."""
    mark = AnswerMark.objects.create(
        answer=answer,
        marked_by=actor,
        step=diagnosis.step,
        diagnosis=diagnosis.plain(),
        **fields,
    )
    record(
        space=answer.question.space,
        action="answer.marked",
        actor=actor,
        subject=answer.question,
        payload={
            "text": answer.question.text,
            "reason": mark.get_step_display().lower(),
            "mark": mark.pk,
            "answer": answer.text,
            "expected": mark.expected,
            "citation": diagnosis.citation,
            "candidate": mark.candidate_id,
            "relation_proposal": mark.relation_proposal_id,
        },
    )
    return mark


def _sentence(error: Exception) -> str:
    text = str(error)
    return text[:1].upper() + text[1:] + ("" if text.endswith(".") else ".")
