"""What the memory knows under the names of a candidate, and whom they may mean besides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from apps.curation.models import Candidate
from apps.memory.controller import EntityInput, MemoryController, Resolution
from apps.memory.controller.entities import resolved
from apps.memory.controller.resolve import exact_entities
from apps.memory.controller.spelling import Meant
from apps.memory.controller.types import EntityCandidate, Scope
from apps.memory.models import Entity

PARTS = ("subject", "object")


@dataclass(frozen=True)
class Choice:
    """An entity that a person may say a name means."""

    pk: int
    name: str
    type: str
    description: str

    @classmethod
    def of(cls, entity: Entity) -> Choice:
        return cls(entity.pk, entity.name, entity.type, entity.description)


@dataclass(frozen=True)
class Known:
    """What the memory knows under a name.

    ``entity`` is what an acceptance would write to. Without it the name is new; ``choices`` are
    then entities that it may mean all the same, and when ``must_pick`` one has to be chosen.
    ``chosen`` is the one that was, where the decision was refused for something else.
    """

    part: str
    name: str
    type: str
    entity: Entity | None
    choices: tuple[Choice, ...] = ()
    must_pick: bool = False
    kind: str = Entity.Kind.ITEM
    chosen: int | None = None

    @property
    def may_be_another(self) -> bool:
        """Return whether a new thing may bear a name that the memory knows."""
        return self.kind == Entity.Kind.ITEM and (self.entity is not None or self.must_pick)

    @property
    def is_new(self) -> bool:
        """Return whether the name may be one of a known thing in another writing."""
        return self.kind == Entity.Kind.ITEM and self.entity is None and not self.must_pick


def known_of(candidate: Candidate) -> tuple[Known, Known]:
    """Return what the memory knows of both sides; a name that is much like a known one comes with
    the choice of that, which only a person takes."""
    names = (candidate.subject_text, candidate.object_text)
    exact = exact_entities(Scope(candidate.space), *names)
    subject, object_ = map(_exactly, (candidate, candidate), PARTS, exact)
    if not candidate.is_open:
        return subject, object_
    new = [(side.name, side.type) for side in (subject, object_) if side.is_new]
    alike = MemoryController(candidate.space).entities_alike(new) if new else {}
    return _with(subject, alike), _with(object_, alike)


def perhaps_known(candidates: Sequence[Candidate]) -> dict[int, tuple[tuple[str, str], ...]]:
    """Return for candidates that wait the names that the memory has only in another writing, each
    with the likeliest thing that it may mean: three statements for all of them."""
    waiting = [one for one in candidates if one.is_open and not one.is_dispute]
    sides = {one.pk: _items(one) for one in waiting}
    names = list(dict.fromkeys(side for both in sides.values() for side in both))
    if not names:
        return {}
    space = waiting[0].space
    exact = exact_entities(Scope(space), *(name for name, _ in names))
    new = [side for side, found in zip(names, exact, strict=True) if not found]
    alike = MemoryController(space).entities_alike(new) if new else {}
    return {
        pk: tuple((side[0], alike[side][0].name) for side in both if alike.get(side))
        for pk, both in sides.items()
    }


def _items(candidate: Candidate) -> list[tuple[str, str]]:
    subject = (candidate.subject_text, candidate.subject_type)
    if candidate.object_kind != Entity.Kind.ITEM:
        return [subject]
    return [subject, (candidate.object_text, candidate.object_type)]


def _with(side: Known, alike: Mapping[tuple[str, str], Sequence[Meant]]) -> Known:
    if not side.is_new:
        return side
    choices = {one.pk: one for one in side.choices}
    for one in alike.get((side.name, side.type), ()):
        choices.setdefault(one.id, Choice(one.id, one.name, one.type, one.description))
    return replace(side, choices=tuple(choices.values()))


def _exactly(candidate: Candidate, part: str, exact: list[EntityCandidate]) -> Known:
    name: str = getattr(candidate, f"{part}_text")
    type: str = getattr(candidate, f"{part}_type")
    kind = candidate.object_kind if part == "object" else Entity.Kind.ITEM
    value = candidate.object_value if part == "object" else None
    given = EntityInput(name=name, type=type, kind=kind, value=value)
    resolution = resolved(Scope(candidate.space), given, exact=exact)
    if resolution.entity is not None:
        return Known(part, name, type, resolution.entity, kind=kind)
    choices = _choices(resolution, getattr(candidate, f"{part}_entity"))
    return Known(part, name, type, None, choices, resolution.how == "ambiguous", kind)


def _choices(resolution: Resolution, hint: Entity | None) -> tuple[Choice, ...]:
    found = {one.entity.pk: one.entity for one in resolution.candidates}
    if hint is not None and hint.merged_into_id is None:
        found[hint.pk] = hint
    return tuple(map(Choice.of, found.values()))
