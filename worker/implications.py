"""What follows from a fact by its relation alone: its inverse, and relations that it implies.

A relation says itself what its facts also mean (``RelationSpec.implies`` and ``implies_back``).
Who was asked about one fact is not asked again about what follows from it.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from worker.types import RelationSpec

# What a fact implies is at least as likely as the fact. One that seems much less likely than what
# follows from it is a wrong reading more often than a stronger statement, and takes in nothing.
LEAST_SHARE = 0.75


@dataclass(frozen=True)
class Step:
    """A relation that follows from another one; ``turned``: subject and object change places."""

    relation_id: str
    turned: bool


@dataclass(frozen=True)
class Claim:
    """A fact as it is compared with others: equal sides mean the same thing.

    ``forward`` says that its sentence names the subject first.
    """

    subject: Hashable
    relation_id: str
    object: Hashable
    score: float = 1.0
    forward: bool = True

    def by(self, step: Step) -> tuple[Hashable, str, Hashable]:
        """Return the sides and the relation of what follows by a step."""
        sides = (self.object, self.subject) if step.turned else (self.subject, self.object)
        return sides[0], step.relation_id, sides[1]


class Implications:
    """The rules of some relations, followed to their end.

    >>> city = RelationSpec("1", "capital of", implies=("located in",))
    >>> rules = Implications([city, RelationSpec("2", "located in")])
    >>> rules.of("1"), rules.to("2")
    ((Step(relation_id='2', turned=False),), (Step(relation_id='1', turned=False),))
    """

    def __init__(self, relations: Iterable[RelationSpec]) -> None:
        specs = {spec.id: spec for spec in relations}
        named = {_folded(spec.name): spec.id for spec in specs.values()}
        named |= {spec.key: spec.id for spec in specs.values() if spec.key}
        direct = {spec.id: _direct(spec, specs, named) for spec in specs.values()}
        self._of = {id_: _closure(id_, direct) for id_ in specs}
        self._to: dict[str, list[Step]] = {id_: [] for id_ in specs}
        for id_, steps in self._of.items():
            for step in steps:
                self._to[step.relation_id].append(Step(id_, step.turned))

    def of(self, relation_id: str) -> tuple[Step, ...]:
        """Return what follows from a fact of the relation, the nearest first."""
        return self._of.get(relation_id, ())

    def to(self, relation_id: str) -> tuple[Step, ...]:
        """Return the relations from which a fact of this one follows."""
        return tuple(self._to.get(relation_id, ()))


def _direct(
    spec: RelationSpec, specs: dict[str, RelationSpec], named: dict[str, str]
) -> list[Step]:
    inverse = specs.get(spec.inverse_id)
    # Only a pair that name each other: see the memory's ``equivalent``.
    steps = [Step(inverse.id, True)] if inverse and inverse.inverse_id == spec.id else []
    for names, turned in ((spec.implies, False), (spec.implies_back, True)):
        ids = (named.get(name) or named.get(_folded(name)) for name in names)
        steps += [Step(id_, turned) for id_ in ids if id_]
    return steps


def _closure(start: str, direct: Mapping[str, Sequence[Step]]) -> tuple[Step, ...]:
    seen = {Step(start, False)}
    found: list[Step] = []
    ahead = [Step(start, False)]
    while ahead:
        at = ahead.pop(0)
        for step in direct[at.relation_id]:
            here = Step(step.relation_id, at.turned != step.turned)
            if here not in seen:
                seen.add(here)
                found.append(here)
                ahead.append(here)
    return tuple(found)


def _folded(name: str) -> str:
    return " ".join(name.casefold().split())


def fold(claims: Sequence[Claim], rules: Implications, *, fixed: int = 0) -> dict[int, int]:
    """Return which claims need not be asked about, each with the one that it follows from.

    The first ``fixed`` claims are asked about already and are never taken in. Of two that follow
    from each other the one stays that is put as its sentence puts it, unless the other is much
    likelier; then the likelier one, or the first.
    """
    places: dict[tuple[Hashable, str, Hashable], list[int]] = {}
    for index, one in enumerate(claims):
        places.setdefault((one.subject, one.relation_id, one.object), []).append(index)
    below = [
        [at for step in rules.of(one.relation_id) for at in places.get(one.by(step), ())]
        for one in claims
    ]
    order = sorted(
        range(len(claims)),
        key=lambda index: (
            index >= fixed, -len(below[index]), not claims[index].forward, -claims[index].score,
            index,
        ),
    )  # fmt: skip
    taken: dict[int, int] = {}
    for index in order:
        if index in taken:
            continue
        for at in below[index]:
            likely = claims[index].score >= LEAST_SHARE * claims[at].score
            if at >= fixed and at != index and at not in taken and likely:
                taken[at] = index
    # What was taken in by something that is itself taken in later follows from that, unless that is
    # the same fact in another place.
    roots = {at: _root(index, taken) for at, index in taken.items()}
    return {at: root for at, root in roots.items() if not _same(claims[at], claims[root])}


def _same(one: Claim, other: Claim) -> bool:
    itself = Step(one.relation_id, turned=False)
    return one.by(itself) == other.by(Step(other.relation_id, turned=False))


def _root(index: int, taken: dict[int, int]) -> int:
    seen = {index}
    while index in taken and taken[index] not in seen:
        index = taken[index]
        seen.add(index)
    return index
