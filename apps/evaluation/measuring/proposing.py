"""What a write head proposes for a text, read as the product reads a document."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from apps.common.names import normalise_name
from apps.sources.passages import split_passages
from worker.implications import Claim, Implications, fold
from worker.interfaces import WriteHead
from worker.literals import as_json, normal_form, parse_literal
from worker.types import Argument, PassageText, Proposal, RelationSpec, Span

Names = frozenset[str]  # what one thing is called, as the memory compares names


@dataclass(frozen=True)
class Proposed:
    """A proposal: the relation's name, and all that its subject and object are called; in ``said``
    it is a line for people, where it has one."""

    subject: Names
    relation: str
    object: Names
    score: float
    said: str = ""


def proposals(
    head: WriteHead, text: str, relations: Sequence[RelationSpec], *, implied: bool = False
) -> list[Proposed]:
    """Return what would be put to reviewers at the head's own threshold, the surest first, each
    fact once; what follows from another one only where ``implied`` wants it."""
    return proposed(put_to_reviewers(head, text, relations, implied=implied), relations)


def proposed(made: Iterable[Proposal], relations: Sequence[RelationSpec]) -> list[Proposed]:
    """Return proposals as they are compared with what is right: the surest first, each fact
    once."""
    names = {spec.id: spec.name for spec in relations}
    found: dict[tuple[Names, str, Names], Proposed] = {}
    for one in made:
        relation = names[one.relation_id]
        said = f"{one.subject.called} · {relation} · {one.object.called}"
        fact = Proposed(_called(one.subject), relation, _called(one.object), one.score, said)
        key = (fact.subject, fact.relation, fact.object)
        if key not in found or found[key].score < fact.score:
            found[key] = fact
    return sorted(found.values(), key=lambda one: -one.score)


def put_to_reviewers(
    head: WriteHead, text: str, relations: Sequence[RelationSpec], *, implied: bool = False
) -> list[Proposal]:
    """Return the proposals that reviewers would see, in the order of the text; what follows from
    another one only where ``implied`` wants it."""
    found = head.extract(passages_of(text), relations)
    held = [p for each in found for p in each.proposals if p.holds]
    return shown_to_reviewers(held, relations, implied=implied)


def passages_of(text: str) -> list[PassageText]:
    """Return a text cut into passages, as the product cuts documents."""
    return [
        PassageText(
            str(number),
            text[cut.start : cut.end],
            tuple(Span(s.start, s.end).shifted(-cut.start) for s in cut.sentences),
        )
        for number, cut in enumerate(split_passages(text))
    ]


def shown_to_reviewers(
    held: Sequence[Proposal], relations: Sequence[RelationSpec], *, implied: bool = False
) -> list[Proposal]:
    """Return those of all that holds in a text which reviewers would see."""
    rules = Implications([] if implied else relations)
    follows = fold([_claim(one) for one in held], rules)
    return [one for number, one in enumerate(held) if number not in follows]


def _claim(one: Proposal) -> Claim:
    subject, object_ = (normalise_name(a.called) for a in (one.subject, one.object))
    forward = one.subject.span <= one.object.span
    return Claim(subject, one.relation_id, object_, one.score, forward)


def _called(argument: Argument) -> Names:
    return names_of(filter(None, (argument.text, argument.name)))


def names_of(names: Iterable[str]) -> Names:
    """Return the names of one thing; a date or a quantity goes by its value too.

    >>> sorted(names_of(["12 May 2019"]))
    ['12 may 2019', 'value: 2019-05-12']
    """
    found = set()
    for name in names:
        found.add(normalise_name(name))
        for kind in ("time", "quantity"):
            value = normal_form(as_json(parse_literal(name, kind), name))
            found |= {f"value: {form}" for form in value.values()}
    return frozenset(found)
