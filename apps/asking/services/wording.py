"""The question behind a correction as a wording of its relation, for questions to come."""

from __future__ import annotations

import re

from apps.asking.models import Answer
from apps.curation.services import Name
from worker.heads.questions import question_form, several_questions

LONGEST = 200


def wording_of(answer: Answer, subject: Name, object: Name) -> str:
    """Return the question with ``{subject}`` or ``{object}`` in the place of the name it gives.

    Empty where it is no plain question for the one fact: where it leans on earlier ones, states a
    time, leads through other facts, asks several things or whether something is so, or names both
    sides or none.
    """
    text = " ".join(answer.question.text.split())
    plain = question_form(text) == "list" and len(several_questions(text)) == 1
    if not plain or len(text) > LONGEST or set("{}") & set(text) or answer.understood:
        return ""
    if len({(read.subject, read.object) for read in answer.reads.all()}) > 1:
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
    for spelling in spellings:
        pattern = rf"(?<!\w){re.escape(spelling)}(?!\w)"
        if found := [match.span() for match in re.finditer(pattern, text, re.IGNORECASE)]:
            return found
    return []
