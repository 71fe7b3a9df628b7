"""The question behind a correction as a wording of its relation, for questions to come."""

from __future__ import annotations

import re

from apps.accounts.models import User
from apps.asking.models import Answer, Misreading
from apps.asking.services.errors import MarkRefused
from apps.curation.services import Name
from apps.memory.services import relation_learn
from worker.heads.questions import question_form, several_questions

LONGEST = 200


def wording_of(answer: Answer, subject: Name, object: Name) -> str:
    """Return the question with ``{subject}`` or ``{object}`` in the place of the name it gives.

    Empty where it is no plain question for the one fact: where it leans on earlier ones, states a
    time, leads through other facts, asks several things or whether something is so, or names both
    sides or none.
    """
    if len({(read.subject, read.object) for read in answer.reads.all()}) > 1:
        return ""
    return _wording(answer, subject, object)


def wording_meant(misreading: Misreading) -> str:
    """Return the question as a wording of the relation that it was meant for, see ``wording_of``;
    what was read instead does not matter."""
    if misreading.entity is None:
        return ""
    known, nobody = Name(misreading.entity.name, entity=misreading.entity), Name("")
    is_subject = misreading.known == Misreading.Known.SUBJECT
    names = (known, nobody) if is_subject else (nobody, known)
    return _wording(misreading.mark.answer, *names)


def misreading_teach(*, misreading: Misreading, actor: User) -> bool:
    """Let the relation that was meant learn the question's wording; False where it knows it.

    Raises MarkRefused for a question that is no wording.
    """
    wording = wording_meant(misreading)
    if not wording or misreading.relation is None:
        raise MarkRefused("This question is no plain one for a single fact, to be learnt from.")
    return relation_learn(relation=misreading.relation, actor=actor, wording=wording)


def _wording(answer: Answer, subject: Name, object: Name) -> str:
    text = " ".join(answer.question.text.split())
    plain = question_form(text) == "list" and len(several_questions(text)) == 1
    if not plain or len(text) > LONGEST or set("{}") & set(text) or answer.understood:
        return ""
    places = {"{subject}": _places(subject, text), "{object}": _places(object, text)}
    named = [(placeholder, found) for placeholder, found in places.items() if found]
    if len(named) != 1 or len(named[0][1]) != 1:
        return ""
    placeholder, ((start, end),) = named[0]
    return text[:start] + placeholder + text[end:]


def _places(name: Name, text: str) -> list[tuple[int, int]]:
    """Return where a text has a name, by the first spelling of it that stands there."""
    spellings = [name.text, name.entity.name] if name.entity else [name.text]
    for spelling in filter(None, spellings):
        pattern = rf"(?<!\w){re.escape(spelling)}(?!\w)"
        if found := [match.span() for match in re.finditer(pattern, text, re.IGNORECASE)]:
            return found
    return []
