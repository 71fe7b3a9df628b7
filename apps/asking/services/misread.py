"""When no fact is wrong and the question was misread: which part, how it was meant, and asking it
so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db import transaction

from apps.accounts.models import User
from apps.asking.models import Answer, AnswerMark, Misreading, Question
from apps.asking.services.as_meant import AS_MEANT
from apps.asking.services.asking_again import created_again
from apps.asking.services.diagnosis import Diagnosis
from apps.asking.services.errors import MarkRefused
from apps.asking.services.marks import checked, save_mark
from apps.asking.services.questions import QUESTIONS
from apps.asking.services.readings import questions_of
from apps.asking.services.understanding import understood_of
from apps.audit.services import record
from apps.common import jobs
from apps.memory.controller import MemoryController, entity_ref, relation_spec
from apps.memory.models import Entity, Relation
from worker.reading import question as values
from worker.reading.look_up import is_plain
from worker.reading.parts import Part, parts_of, set_at, with_set
from worker.reading.say import described
from worker.reading.stored import VERSION, MalformedQuestion, as_json, from_json

GONE = "A relation of this reading is no longer in use; choose another one."


@dataclass(frozen=True)
class PartToCorrect:
    """A part of a reading that a person may correct: a name, or a step.

    ``number`` is that of the question in the text, ``path`` names its set; ``words`` are those of
    the question, ``meaning`` is what they were taken for. ``name`` is that of the entity, for a
    thing; None for a step.
    """

    number: int
    path: str
    words: str
    meaning: str
    name: str | None


@dataclass(frozen=True)
class Correction:
    """What one part was meant for: another entity, by its name, or another relation and side."""

    number: int
    path: str
    name: str = ""
    relation: Relation | None = None
    known: str = ""


def parts_to_correct(answer: Answer) -> list[PartToCorrect]:
    """Return the parts of an answer's reading that can be corrected, in their words' order."""
    text = answer.question.text
    return [
        _to_correct(number, part, text)
        for number, question in enumerate(questions_of(answer))
        for part in parts_of(question)
        if part.role in ("thing", "step")
    ]


def _to_correct(number: int, part: Part, text: str) -> PartToCorrect:
    words = " … ".join(span.of(text) for span in part.spans)
    name = part.name if part.role == "thing" else None
    return PartToCorrect(number, part.path, words, part.meaning, name)


def answer_misread(
    *, answer: Answer, actor: User, corrections: Sequence[Correction] = (), left_out: str = ""
) -> AnswerMark:
    """Mark that a question was misread and no fact is wrong.

    With ``corrections`` it is asked again, read so: the mark's misreading has the new question.
    ``left_out`` are words of the question that were not taken into account. Nothing is proposed.
    Raises MarkRefused, whose ``field`` is "NUMBER:PATH" of the part that cannot be corrected so.
    """
    left_out = checked(left_out, "left_out")
    if left_out and left_out.casefold() not in answer.question.text.casefold():
        raise MarkRefused("These words are not in the question.", field="left_out")
    before = questions_of(answer)
    after = list(before)
    for one in corrections:
        after[one.number] = _corrected(answer, after[one.number], one)
    changed = after != before
    if not changed and not left_out:
        raise MarkRefused("Correct a part, or say which words were left out.", field="left_out")
    said = [_told(before[one.number], after[one.number], one) for one in corrections]
    said += [f"“{left_out}” was left out."] if left_out else []
    diagnosis = Diagnosis(
        step=AnswerMark.Step.MISREAD.value,
        summary=" ".join(["No fact is wrong: the question was misread.", *said]),
        understood=understood_of(answer),
    )
    with transaction.atomic():
        if changed:
            jobs.check_room(QUESTIONS, actor.pk)
        mark = save_mark(answer, actor, diagnosis, expected="")
        if changed:
            _ask_again(mark, actor, after)
    return mark


def _corrected(answer: Answer, question: values.Question, one: Correction) -> values.Question:
    space = answer.question.space
    field = f"{one.number}:{one.path}"
    try:
        node = set_at(question, one.path)
    except KeyError as error:
        raise MarkRefused("The reading has no such part.", field=field) from error
    if isinstance(node, values.Thing):
        entity = _entity(answer, one.name, field)
        meant = entity_ref(entity)
        return with_set(question, one.path, lambda _: replace(node, entities=(meant,)))
    if not isinstance(node, values.Reached) or one.relation is None:
        raise MarkRefused("This part cannot be corrected.", field=field)
    if one.relation.space_id != space.pk or one.relation.retired_at is not None:
        raise MarkRefused("Choose a relation that is in use.", field=field)
    known = "object" if one.known == Misreading.Known.OBJECT else "subject"
    option = values.Option(relation_spec(one.relation), known)  # type: ignore[arg-type]
    step = replace(node, options=(option,), every=False, derived="")
    return with_set(question, one.path, lambda _: step)


def _entity(answer: Answer, name: str, field: str) -> Entity:
    found = MemoryController(answer.question.space).resolve_entity(name)
    if found.entity is None:
        several = found.how == "ambiguous"
        why = "Several entities have this name." if several else "The memory knows no such name."
        raise MarkRefused(why, field=field)
    return found.entity


def _told(before: values.Question, after: values.Question, one: Correction) -> str:
    old, new = set_at(before, one.path), set_at(after, one.path)
    words = " … ".join(span.of(before.text) for span in old.spans) or described(old)
    if isinstance(new, values.Thing):
        return f"“{words}” means {new.entities[0].name}."
    assert isinstance(new, values.Reached)
    name, known = new.options[0].relation.name, new.options[0].known
    return f"“{words}” asks for {name if known == 'subject' else f'what has it as its {name}'}."


def _ask_again(mark: AnswerMark, actor: User, after: Sequence[values.Question]) -> Misreading:
    question = mark.answer.question
    kept: dict[str, Any] = {
        "version": VERSION,
        "questions": [as_json(one) for one in after],
    }
    relations = {one.id: one for one in MemoryController(question.space).relations()}
    try:
        for one in kept["questions"]:
            from_json(one, relations)
    except MalformedQuestion as error:
        raise MarkRefused(GONE, field="left_out") from error
    again = created_again(question, actor, AS_MEANT)
    misreading = Misreading.objects.create(
        mark=mark, noted_by=actor, asked_again=again, reading=kept, **_one_read(question, after)
    )
    record(
        space=question.space,
        action="answer.misread",
        actor=actor,
        subject=question,
        payload={
            "text": question.text,
            "mark": mark.pk,
            "understood": mark.answer.reading.get("questions", []),
            "meant": kept["questions"],
            "asked_again": again.pk,
        },
    )
    jobs.ring(QUESTIONS, again)
    return misreading


def _one_read(question: Question, after: Sequence[values.Question]) -> dict[str, Any]:
    """Return the entity, relation and known side where the reading is one read of one entity, from
    which a relation can learn the wording; nothing for others."""
    target = after[0].target
    if len(after) > 1 or after[0].among is not None or not is_plain(target):
        return {}
    assert isinstance(target, values.Reached)
    assert isinstance(target.of, values.Thing)
    if len(target.of.entities) != 1 or not target.of.entities[0].id:
        return {}
    option = target.options[0]
    return {
        "entity": Entity.objects.get(space=question.space, pk=int(target.of.entities[0].id)),
        "relation": Relation.objects.get(space=question.space, pk=int(option.relation.id)),
        "known": option.known,
    }


def meant_in_words(misreading: Misreading) -> str:
    """Return how a question was meant: "place of birth of Ada Brook", "the spouse of the ..."."""
    if misreading.relation is not None and misreading.entity is not None:
        return f"{misreading.relation.name} of {misreading.entity.name}"
    return "; ".join(
        described(from_json(one).target) for one in misreading.reading.get("questions", [])
    )
