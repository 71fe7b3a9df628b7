"""Facts and relations in words, for pages, answers and commands alike."""

from __future__ import annotations

from apps.memory.models import Relation, Triple
from worker.sentences import Piece, fill, one_of_each, pieces, sentence, template_problem

__all__ = [
    "Piece",
    "fill",
    "in_words",
    "one_of_each",
    "pieces",
    "sentence",
    "statement_of",
    "template_problem",
]


def statement_of(triple: Triple) -> str:
    """Return a fact as a sentence, in the words of its relation as they are now."""
    relation = triple.relation
    names = {"subject": triple.subject.name, "object": triple.object.name}
    return sentence(relation.template, relation.name, **names)


def in_words(relation: Relation) -> str:
    """Return the sentence of a relation with X as its subject and Y as its object."""
    return sentence(relation.template, relation.name, subject="X", object="Y")
