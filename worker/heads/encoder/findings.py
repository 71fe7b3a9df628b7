"""What the search of an answer comes to: facts, a refusal, reads in vain, and how they are said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from worker.heads.encoder.relation_matching import Match
from worker.sentences import fill, template_problem
from worker.types import EntityRef, Fact, RelationSpec, Side


@dataclass(frozen=True)
class Found:
    """The facts of a chain in its order, what they lead to, and the matches of its steps."""

    facts: tuple[Fact, ...]
    answers: tuple[EntityRef, ...]
    matches: tuple[Match, ...]

    @property
    def scores(self) -> dict[str, float]:
        """Return the figures of the last step, and the score of the first of several."""
        found = scores_of(self.matches[-1])
        if len(self.matches) > 1:
            found["first_relation"] = round(self.matches[0].score, 4)
        return found


@dataclass(frozen=True)
class Refusal:
    """Why nothing can be answered, in one sentence; another way to take the question apart may
    still answer it unless this is ``final``."""

    reason: str
    scores: dict[str, float]
    final: bool = True


@dataclass(frozen=True)
class Tried:
    """A read that was made for a question and led to nothing."""

    relation: RelationSpec
    entity: EntityRef
    known: Side

    def __str__(self) -> str:
        return left_open(self.relation, self.entity, self.known)


def described(relation: RelationSpec, entity: EntityRef, known: Side) -> str:
    """Return what a read asks for: "the father of Ada", "what has Rome as its capital"."""
    if known == "subject":
        return f"the {relation.name} of {entity.name}"
    return f"what has {entity.name} as its {relation.name}"


def left_open(relation: RelationSpec, entity: EntityRef, known: Side) -> str:
    """Return what a read asks for as the sentence that it would complete.

    >>> founded = RelationSpec("r", "founded by", template="{subject} was founded by {object}.")
    >>> left_open(founded, EntityRef("e", "Acme"), "subject")
    '“Acme was founded by …”'
    >>> left_open(founded, EntityRef("e", "Ada"), "object")
    '“… was founded by Ada”'
    """
    if template_problem(relation.template):
        return described(relation, entity, known)
    subject, object_ = (entity.name, "…") if known == "subject" else ("…", entity.name)
    return f"“{fill(relation.template.rstrip('. '), subject=subject, object=object_)}”"


def typed(entity: EntityRef, match: Match) -> EntityRef:
    """Return an entity with the type that its relation implies, where it has none of its own."""
    _, there = sides(match.relation, match.known)
    return replace(entity, type=there[0]) if not entity.type and len(there) == 1 else entity


def symmetric(relation: RelationSpec) -> bool:
    """Tell whether both sides of a relation mean the same, as of spouses."""
    return relation.inverse_name.casefold() == relation.name.casefold()


def scores_of(match: Match) -> dict[str, float]:
    """Return the figures of a match for an answer."""
    return {"relation": round(match.score, 4), "margin": round(match.margin, 4)}


def which_one(holders: Sequence[tuple[EntityRef, list[Fact]]]) -> str:
    """Return the sentence that asks which of several entities is meant."""
    names = "; ".join(
        f"{entity.name} ({entity.description or entity.type or 'no description'})"
        for entity, _ in holders
    )
    return f"Several entities have this name, please say which one is meant: {names}."


def sides(relation: RelationSpec, known: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the types of the known side of a relation and of the other one."""
    both = (relation.subject_types, relation.object_types)
    return both if known == "subject" else (both[1], both[0])


def fits(types: Sequence[str], asked: frozenset[str]) -> bool:
    """Tell whether a side of a relation that takes ``types`` can hold what was asked for."""
    return not asked or not types or not asked.isdisjoint(types)
