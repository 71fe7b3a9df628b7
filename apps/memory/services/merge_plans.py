"""What merging two entities would do, and what taking a merge back would: nothing is changed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from apps.memory.models import Entity, EntityMerge, Triple
from worker.literals import agree
from worker.validity.order import follows_on

SIDES = ("subject", "object")
LITERALS = frozenset({Entity.Kind.TIME.value, Entity.Kind.QUANTITY.value})


@dataclass(frozen=True)
class MergePlan:
    """What a merge would do with the facts and names of its source.

    ``moves`` are all its facts, ``duplicates`` those of them that the target states already, with
    that fact. ``clashes`` are pairs that a relation of one value does not allow beside each other
    (the source's fact, the target's), ``selves`` facts that would join the target with itself.
    """

    source: Entity
    target: Entity
    moves: tuple[Triple, ...] = ()
    duplicates: tuple[tuple[Triple, Triple], ...] = ()
    clashes: tuple[tuple[Triple, Triple], ...] = ()
    selves: tuple[Triple, ...] = ()
    names: tuple[str, ...] = ()

    @property
    def seen(self) -> str:
        """The clashes as a form sends them back."""
        return " ".join(f"{one.pk}-{other.pk}" for one, other in self.clashes)


def facts_of(entity: Entity) -> QuerySet[Triple]:
    """Return all facts that name the entity, whatever became of them, oldest first."""
    rows = Triple.objects.filter(space=entity.space_id).filter(Q(subject=entity) | Q(object=entity))
    return (
        rows.select_related("subject", "relation", "object")
        .defer("subject__embedding", "relation__embedding", "object__embedding")
        .order_by("pk")
    )


def merge_plan(source: Entity, target: Entity) -> MergePlan:
    """Return what making ``source`` another name of ``target`` would do."""
    places = _Places(source, target)
    moves = tuple(facts_of(source))
    duplicates: list[tuple[Triple, Triple]] = []
    clashes: list[tuple[Triple, Triple]] = []
    selves: list[Triple] = []
    for triple in moves:
        if triple.status != Triple.Status.ACTIVE:
            continue
        if twin := places.twin(triple):
            duplicates.append((triple, twin))
            continue
        clashes += [(triple, other) for other in places.against(triple)]
        subject, object_ = places.of(triple)
        if subject == object_:
            selves.append(triple)
        places.take(triple)
    names = [source.name, *source.aliases.values_list("name", flat=True)]
    known = {target.normalised, *target.aliases.values_list("normalised", flat=True)}
    normal = [source.normalised, *source.aliases.values_list("normalised", flat=True)]
    new = [name for name, plain in zip(names, normal, strict=True) if plain not in known]
    return MergePlan(
        source, target, moves, tuple(duplicates), tuple(clashes), tuple(selves), tuple(new)
    )


class _Places:
    """The active facts of the target, by what they state, and those of the source as they move."""

    def __init__(self, source: Entity, target: Entity) -> None:
        self.source, self.target = source, target
        self._by_key: dict[tuple[object, ...], Triple] = {}
        self._by_subject: dict[int, list[Triple]] = {}
        for triple in facts_of(target).filter(status=Triple.Status.ACTIVE):
            if self.source.pk not in (triple.subject_id, triple.object_id):
                self.take(triple)

    def of(self, triple: Triple) -> tuple[int, int]:
        """Return the subject and the object that a fact has after the merge."""
        there = {self.source.pk: self.target.pk}
        return (
            there.get(triple.subject_id, triple.subject_id),
            there.get(triple.object_id, triple.object_id),
        )

    def take(self, triple: Triple) -> None:
        self._by_key[self._key(triple)] = triple
        if self.of(triple)[0] == self.target.pk:
            self._by_subject.setdefault(triple.relation_id, []).append(triple)

    def twin(self, triple: Triple) -> Triple | None:
        return self._by_key.get(self._key(triple))

    def against(self, triple: Triple) -> list[Triple]:
        """Return what a relation of one value does not allow beside the fact."""
        if not triple.relation.single_valued or self.of(triple)[0] != self.target.pk:
            return []
        return [
            other
            for other in self._by_subject.get(triple.relation_id, [])
            if self.of(other)[1] != self.of(triple)[1]
            and _overlap(triple, other)
            and not follows_on(
                (triple.valid_from, triple.valid_to), (other.valid_from, other.valid_to)
            )
            and not agree(triple.object.value, other.object.value)
            # Both of the source: that is as it was.
            and self.source.pk != other.subject_id
        ]

    def _key(self, triple: Triple) -> tuple[object, ...]:
        return (*self.of(triple), triple.relation_id, triple.valid_from)


def _overlap(one: Triple, other: Triple) -> bool:
    def ends_before(first: Triple, second: Triple) -> bool:
        ends, begins = first.valid_to, second.valid_from
        return ends is not None and begins is not None and ends <= begins

    return not ends_before(one, other) and not ends_before(other, one)


def stands_for(triple: Triple) -> tuple[Triple, list[int]]:
    """Return the fact that states what a duplicate did before a merge, which is the fact itself
    where there was none, and all facts that it stands for."""
    standing = triple
    merges = EntityMerge.objects.filter(space=triple.space_id, undone_at=None)
    while standing.status == Triple.Status.SUPERSEDED:
        merge = merges.filter(duplicates__has_key=str(standing.pk)).first()
        if merge is None or merge.duplicates[str(standing.pk)] != standing.superseded_by_id:
            break
        standing = Triple.objects.select_related("subject", "relation", "object").get(
            pk=merge.duplicates[str(standing.pk)]
        )
    return standing, [standing.pk, *_duplicates_of(standing.pk, merges)]


def _duplicates_of(pk: int, merges: QuerySet[EntityMerge]) -> Iterable[int]:
    found: list[int] = []
    wanted = {pk}
    pairs = [
        (int(duplicate), twin)
        for duplicates in merges.exclude(duplicates={}).values_list("duplicates", flat=True)
        for duplicate, twin in duplicates.items()
    ]
    while more := [one for one, twin in pairs if twin in wanted and one not in found]:
        found += more
        wanted |= set(more)
    return found


@dataclass(frozen=True)
class UnmergePlan:
    """What taking a merge back would do. ``left``: what stays with the target, and why."""

    merge: EntityMerge
    moves: tuple[tuple[Triple, tuple[str, ...]], ...] = ()
    restored: tuple[Triple, ...] = ()
    evidence: tuple[int, ...] = ()
    left: tuple[tuple[Triple, str], ...] = ()
    since: tuple[Triple, ...] = ()  # facts that the target got after the merge
    problem: str = ""  # why it cannot be taken back at all


def unmerge_plan(merge: EntityMerge) -> UnmergePlan:
    """Return what taking a merge back would do now."""
    if problem := _problem(merge):
        return UnmergePlan(merge, problem=problem)
    rows = Triple.objects.select_related("subject", "relation", "object").in_bulk(
        [int(pk) for pk in merge.moved]
    )
    moves: list[tuple[Triple, tuple[str, ...]]] = []
    restored: list[Triple] = []
    left: list[tuple[Triple, str]] = []
    for key, sides in merge.moved.items():
        triple = rows[int(key)]
        back = tuple(one for one in sides if getattr(triple, f"{one}_id") == merge.target_id)
        if not back:
            left.append((triple, "it was moved to another entity since"))
            continue
        moves.append((triple, back))
        standing = _stood_for(triple, merge.duplicates.get(key))
        if standing is not None and standing.status == Triple.Status.ACTIVE:
            restored.append(triple)
        elif standing is not None:
            state = standing.get_status_display().lower()
            left.append((triple, f"the fact that stood for both is {state} since"))
    back_again = {str(triple.pk) for triple in restored}
    evidence = tuple(int(pk) for pk, was in merge.evidence.items() if str(was) in back_again)
    since = tuple(
        triple
        for triple in facts_of(merge.target).filter(recorded_at__gt=merge.created_at)
        if str(triple.pk) not in merge.moved
    )
    return UnmergePlan(merge, tuple(moves), tuple(restored), evidence, tuple(left), since)


def _stood_for(triple: Triple, twin: int | None) -> Triple | None:
    """Return the fact that took the place of an equal one at the merge; None where none did, and
    where the decision on the fact was undone, or it was taken out, in the meantime."""
    if twin is None or triple.status != Triple.Status.SUPERSEDED:
        return None
    return Triple.objects.get(pk=twin) if triple.superseded_by_id == twin else None


def _problem(merge: EntityMerge) -> str:
    if merge.undone_at is not None:
        return "This merge was taken back already."
    if merge.source.merged_into_id != merge.target_id:
        return f"“{merge.target.name}” was merged with another entity since: take that back first."
    same = Entity.objects.filter(
        space=merge.space_id,
        normalised=merge.source.normalised,
        type=merge.source.type,
        description=merge.source.description,
        merged_into=None,
    )
    if same.exists():
        return (
            f"There is another entity “{merge.source.name}” by now: describe it, so that both can "
            "be told apart."
        )
    return ""
