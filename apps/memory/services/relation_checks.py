"""What an owner may say of a relation. Forms ask here beforehand, services when they save."""

from __future__ import annotations

from collections.abc import Sequence

from apps.memory.models import Relation
from worker.marked_sentences import MOST as MOST_EXAMPLES
from worker.marked_sentences import sentence_problem
from worker.sentences import template_problem
from worker.validity.relations import is_cue

__all__ = [
    "MOST_EXAMPLES",
    "InvalidRelation",
    "check_relation",
    "cue_words_problem",
    "examples_problem",
    "role_problem",
]

MOST_CUES = 80
LONGEST_CUE = 40
# Of what type the objects of a relation are by its role; and how to say so.
_TIMES = "TIME", "Only a time says when something was: let objects be times, or choose another."
_PLACES = "LOC", "Only a place can be that: let objects be places, or choose another meaning."
_PEOPLE = "PER", "Only a person can be that: let objects be persons, or choose another meaning."
OBJECTS = {
    role: told
    for told, roles in (
        (_TIMES, "starts ends happens inception dissolution"),
        (_PLACES, "within country continent from citizenship origin"),
        (_PEOPLE, "father mother parent child spouse sibling"),
    )
    for role in roles.split()
}


class InvalidRelation(ValueError):
    """A relation cannot mean this; ``field`` is what is wrong, the message says why."""

    def __init__(self, field: str, why: str) -> None:
        self.field = field
        super().__init__(why)


def check_relation(
    *,
    template: str,
    cue_words: Sequence[str],
    role: str,
    object_types: Sequence[str],
    examples: Sequence[str] = (),
) -> None:
    """Raise InvalidRelation for what no head could use. An empty template is a plain one."""
    problems = {
        "template": template_problem(template) if template else "",
        "cue_words": cue_words_problem(cue_words),
        "role": role_problem(role, object_types),
        "examples": examples_problem(examples),
    }
    for field, why in problems.items():
        if why:
            raise InvalidRelation(field, why)


def cue_words_problem(words: Sequence[str]) -> str:
    """Return, in a sentence, why these cannot be the cue words of a relation; else nothing."""
    if len(words) > MOST_CUES:
        return f"At most {MOST_CUES} words or phrases."
    for word in words:
        if len(word) > LONGEST_CUE:
            return f"A word or phrase has at most {LONGEST_CUE} characters."
        if not is_cue(word):
            return (
                f"“{word}” is no word: write two letters or more, and a star only where a word "
                "begins or ends."
            )
    return ""


def examples_problem(lines: Sequence[str]) -> str:
    """Return, in a sentence, why these cannot be example sentences; else nothing."""
    if len(lines) > MOST_EXAMPLES:
        return f"At most {MOST_EXAMPLES} example sentences."
    for number, line in enumerate(lines, 1):
        if why := sentence_problem(line):
            return f"Line {number}: {why}"
    return ""


def role_problem(role: str, object_types: Sequence[str]) -> str:
    """Return, in a sentence, why a relation with such objects cannot have a role; else nothing."""
    if role not in Relation.Role.values:
        return f"“{role}” is nothing that a relation can mean."
    type_, why = OBJECTS.get(role, ("", ""))
    return why if object_types and type_ and type_ not in object_types else ""
