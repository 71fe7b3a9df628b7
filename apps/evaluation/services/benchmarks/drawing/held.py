"""What the memory holds, as it is drawn from: which facts answer what, and who can be named."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from django.db import connection
from django.db.models import Q, QuerySet

from apps.accounts.models import Space
from apps.memory.controller.schema import relations_in_use, rules_in_use
from apps.memory.models import Alias, Entity, Triple
from worker.implications import Step
from worker.relation_roles import AROUND, KIN, role_of
from worker.types import RelationSpec, Side

# Of a larger memory, only what is known of so many things is looked at.
MOST_FACTS: Final = 300_000
THINGS_OF_MORE: Final = 5_000
LONGEST_NAME: Final = 120
_AMBIGUOUS: Final = """
SELECT normalised FROM (
    SELECT id AS entity, normalised FROM memory_entity
     WHERE space_id = %(space)s AND merged_into_id IS NULL
    UNION SELECT entity_id, normalised FROM memory_alias WHERE space_id = %(space)s
) AS names GROUP BY normalised HAVING count(DISTINCT entity) > 1
"""
_PLACES: Final = frozenset({*AROUND, "from", "citizenship", "origin"})
_TIMES: Final = frozenset({"starts", "ends", "happens", "inception", "dissolution", "dates"})
_ORDERS: Final = frozenset({"replaces", "replaced_by", "follows", "followed_by"})
_FAMILIES: Final = (frozenset(KIN), _PLACES, _TIMES, _ORDERS)


@dataclass(frozen=True, slots=True)
class HeldFact:
    """A triple that is active, or was superseded and has an end."""

    id: int
    subject: int
    relation: str
    object: int
    valid_from: date | None
    valid_to: date | None

    @property
    def is_current(self) -> bool:
        """Whether it holds now and no end of it is known."""
        return self.valid_to is None and (not self.valid_from or self.valid_from <= date.today())


@dataclass(frozen=True, slots=True)
class Thing:
    """An entity."""

    id: int
    name: str
    normalised: str
    type: str
    kind: str


@dataclass(frozen=True, slots=True)
class Known:
    """The other end of a fact, and the fact."""

    other: int
    fact: HeldFact


class Held:
    """The facts of a space with the entities and relations in use.

    ``asked_of`` are the entities of which all facts are known here; None for every one.
    """

    def __init__(self, space: Space, rng: random.Random) -> None:
        self.relations = {spec.id: spec for spec in relations_in_use(space)}
        self._rules = rules_in_use(space)
        rows, self.asked_of = _rows(space, rng)
        self.facts = [fact for fact in rows if fact.relation in self.relations]
        self._at: dict[tuple[Side, int, str], list[HeldFact]] = defaultdict(list)
        self._about: dict[int, set[str]] = defaultdict(set)
        for fact in self.facts:
            self._at["subject", fact.subject, fact.relation].append(fact)
            self._at["object", fact.object, fact.relation].append(fact)
            self._about[fact.subject].add(fact.relation)
            self._about[fact.object].add(fact.relation)
        self.things = _things(space, self._about)
        self._ambiguous = _ambiguous(space)
        self._around = {one.id for one in self.relations.values() if role_of(one) in AROUND}

    def known(self, entity: int, relation: str, side: Side) -> list[Known]:
        """Return what is known at the other end of a relation, whichever relation says so."""
        found: dict[int, Known] = {}
        for step in (Step(relation, False), *self._rules.to(relation)):
            own = _other(side) if step.turned else side
            for fact in self._at.get((own, entity, step.relation_id), ()):
                other = fact.object if own == "subject" else fact.subject
                found.setdefault(fact.id, Known(other, fact))
        return list(found.values())

    def may_name(self, entity: int) -> bool:
        """Tell whether a question may name it: an item whose name is nobody else's."""
        thing = self.things.get(entity)
        return (
            thing is not None
            and thing.kind == Entity.Kind.ITEM
            and len(thing.name) <= LONGEST_NAME
            and "?" not in thing.name
            and thing.normalised not in self._ambiguous
        )

    def may_ask(self, entity: int) -> bool:
        """Tell whether a question may ask what is known of it."""
        return (self.asked_of is None or entity in self.asked_of) and self.may_name(entity)

    def holds_others(self, entity: int) -> bool:
        """Tell whether other places lie in it: who asks for what is there may mean theirs too."""
        return any(self._at.get(("object", entity, relation)) for relation in self._around)

    def says_alike(self, entity: int, relation: RelationSpec) -> bool:
        """Tell whether a fact of the entity may answer for the relation by its meaning."""
        family = next((one for one in _FAMILIES if role_of(relation) in one), None)
        own = (self.relations[one] for one in self._about.get(entity, ()))
        return family is not None and any(role_of(one) in family for one in own)

    def of_subject(self, entity: int) -> list[str]:
        """Return the relations of which the entity is a subject."""
        own = self._about.get(entity, ())
        return sorted(one for one in own if self._at.get(("subject", entity, one)))


def names_of(space: Space, entities: Iterable[int]) -> dict[int, list[str]]:
    """Return the names and aliases of entities, each one's own name first."""
    wanted = set(entities)
    rows = Entity.objects.filter(space=space, pk__in=wanted)
    found = {pk: [name] for pk, name in rows.values_list("pk", "name")}
    aliases = Alias.objects.filter(space=space, entity__in=wanted).order_by("name", "pk")
    for pk, name in aliases.values_list("entity_id", "name"):
        if pk in found and name not in found[pk]:
            found[pk].append(name)
    return found


def _other(side: Side) -> Side:
    return "object" if side == "subject" else "subject"


def _rows(space: Space, rng: random.Random) -> tuple[list[HeldFact], set[int] | None]:
    told = Q(status=Triple.Status.ACTIVE) | Q(
        status=Triple.Status.SUPERSEDED, valid_to__isnull=False
    )
    facts = Triple.objects.filter(told, space=space).order_by("pk")
    if facts.count() <= MOST_FACTS:
        return _as_facts(facts), None
    subjects = facts.order_by("subject_id").values_list("subject_id", flat=True).distinct()
    chosen = set(rng.sample(found, THINGS_OF_MORE) if len(found := list(subjects)) > THINGS_OF_MORE
                 else found)  # fmt: skip
    near = facts.filter(Q(subject__in=chosen) | Q(object__in=chosen))
    return _as_facts(near[:MOST_FACTS]), chosen


def _as_facts(rows: QuerySet[Triple]) -> list[HeldFact]:
    columns = ("pk", "subject_id", "relation_id", "object_id", "valid_from", "valid_to")
    found: Sequence[tuple[Any, ...]] = list(rows.values_list(*columns))
    return [HeldFact(pk, one, str(rel), other, a, b) for pk, one, rel, other, a, b in found]


def _things(space: Space, wanted: Iterable[int]) -> dict[int, Thing]:
    numbers = sorted(wanted)
    found: dict[int, Thing] = {}
    for at in range(0, len(numbers), 20_000):
        rows = Entity.objects.filter(space=space, pk__in=numbers[at : at + 20_000])
        for row in rows.values_list("pk", "name", "normalised", "type", "kind"):
            found[row[0]] = Thing(*row)
    return found


def _ambiguous(space: Space) -> frozenset[str]:
    with connection.cursor() as cursor:
        cursor.execute(_AMBIGUOUS, {"space": space.pk})
        return frozenset(row[0] for row in cursor.fetchall())
