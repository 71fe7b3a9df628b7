"""What a question that could not be answered says about the fact that lacks."""

from __future__ import annotations

import re
from dataclasses import dataclass

from apps.asking.models import Answer
from apps.asking.services.understanding import SUBJECT, understood_of
from apps.memory.controller import MemoryController
from worker.english.words import STOP_WORDS

_OF = re.compile(r"\bthe\s+([\w\- ]{2,60}?)\s+(?:of|for|by|in)\s+(?:the\s+)?$", re.IGNORECASE)
_OWN = re.compile(r"^['’]s?\s+([\w\- ]{2,60})", re.IGNORECASE)
_WORD = re.compile(r"[^\W_][\w\-]*")
LONGEST_RELATION = 120


@dataclass(frozen=True)
class Gap:
    """The fact that lacks, as far as it is known: names, and a relation of the space by its id or
    the words of a new one."""

    subject: str = ""
    relation: int | None = None
    new_relation: str = ""
    object: str = ""


def gap_of(answer: Answer) -> Gap:
    """Return what the reads of an answer, or else the words of its question, say of the gap."""
    understood = understood_of(answer)
    if understood is not None:
        name = understood.entity_name
        known = {"subject": name} if understood.known == SUBJECT else {"object": name}
        return Gap(relation=understood.relation, **known)
    text = answer.question.text
    named = MemoryController(answer.question.space).find_entities(text)
    if not named:
        return Gap()
    start, end, entity = named[0]
    return Gap(subject=entity.name, new_relation=relation_words(text, start, end))


def relation_words(question: str, start: int, end: int) -> str:
    """Return the words of a question about the name at ``[start, end)`` that may name a relation.

    >>> relation_words("What is the blood type of Ada Brook?", 26, 35)
    'blood type'
    """
    before, after = question[:start], question[end:]
    found = _OWN.match(after) or _OF.search(before)
    words = _WORD.findall(found[1] if found else f"{before} {after}")
    telling = [word.lower() for word in words if word.lower() not in STOP_WORDS]
    return " ".join(telling)[:LONGEST_RELATION].strip()
