"""Reading the memory for its pages (read heads read through the MemoryController)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import TYPE_CHECKING

from django.contrib.postgres.search import SearchQuery, SearchVector
from django.core.paginator import Paginator
from django.db.models import Count, F, Func, IntegerField, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from apps.accounts.models import Space
from apps.common.names import normalise_name
from apps.memory.models import (
    Alias,
    Entity,
    EntityMerge,
    Evidence,
    FactSchedule,
    Relation,
    Triple,
)
from apps.memory.packs import Pack, key_of, packs

MOST_WORDS = 6  # of a search; more say nothing new
MOST_NAMES = 2000  # entities that one word of a search may stand for
MOST_COUNTED = 10_000
NEIGHBOURS = 24  # in the picture of a neighbourhood
MOST_FACTS_FOR_PICTURE = 400


if TYPE_CHECKING:
    FactPaginator = Paginator[Triple]
else:  # Django's own class takes no parameter
    FactPaginator = Paginator


class CountedUpTo(FactPaginator):
    """A paginator that counts no further than MOST_COUNTED, whatever the size of the memory."""

    @cached_property
    def count(self) -> int:
        rows: QuerySet[Triple] = self.object_list  # type: ignore[assignment]
        return rows.order_by()[:MOST_COUNTED].count()


def facts_due(space: Space) -> QuerySet[FactSchedule]:
    """Return the active facts of a space that are due to be looked at again, the one that is due
    longest first: in the order of one index. Of what has ended nobody is asked if it holds."""
    rows = FactSchedule.objects.filter(
        Q(triple__valid_to=None) | Q(triple__valid_to__gt=timezone.localdate()),
        space=space, due_at__lte=timezone.now(), triple__status=Triple.Status.ACTIVE,
    )  # fmt: skip
    return rows.order_by("due_at", "triple")


def schedule_of(triple: Triple) -> FactSchedule | None:
    """Return when an active fact is looked at again; None where it is not scheduled (yet), or has
    ended."""
    ended = triple.valid_to is not None and triple.valid_to <= timezone.localdate()
    if triple.status != Triple.Status.ACTIVE or ended:
        return None
    return FactSchedule.objects.filter(pk=triple.pk, due_at__isnull=False).first()


def due_counted(space: Space) -> int:
    """Return how many facts are due, counted no further than MOST_COUNTED."""
    return facts_due(space).order_by()[:MOST_COUNTED].count()


def _facts(space: Space) -> QuerySet[Triple]:
    """Return the facts of a space with their names and how much evidence each has."""
    evidence = (
        Evidence.objects.filter(triple=OuterRef("pk"), retracted_at__isnull=True)
        .order_by()
        .annotate(number=Func(F("pk"), function="COUNT", output_field=IntegerField()))
        .values("number")
    )
    return (
        Triple.objects.filter(space=space)
        .select_related("subject", "relation", "object")
        .defer("subject__embedding", "relation__embedding", "object__embedding")
        .annotate(evidence_count=Subquery(evidence))
    )


def search_words(text: str) -> list[str]:
    """Return the words of a search, at most MOST_WORDS, each as names are normalised."""
    words = (normalise_name(word) for word in re.findall(r"\w+", text.replace("\0", " ")))
    return list(dict.fromkeys(words))[:MOST_WORDS]


def _entities_with(space: Space, word: str) -> set[int]:
    """Return the entities with a word of their name, or an alias, that begins with ``word``."""
    named = (
        Entity.objects.filter(space=space, merged_into=None)
        .annotate(words=SearchVector("name", config="simple"))
        .filter(words=SearchQuery(f"'{word}':*", search_type="raw", config="simple"))
        .order_by()
        .values_list("pk", flat=True)
    )
    known_as = Alias.objects.filter(space=space, normalised__startswith=word).order_by()
    return set(named[:MOST_NAMES]) | set(known_as.values_list("entity_id", flat=True)[:MOST_NAMES])


def _relations_with(space: Space, word: str) -> set[int]:
    return {
        pk
        for pk, name, aliases in space.relations.values_list("pk", "name", "aliases")
        if any(
            part.startswith(word)
            for known_as in (name, *aliases)
            for part in normalise_name(known_as).split()
        )
    }


def facts_search(
    *,
    space: Space,
    words: Iterable[str] = (),
    relation: Relation | None = None,
    status: str = "",
    type: str = "",
    entity: Entity | None = None,
) -> QuerySet[Triple]:
    """Return the facts in which each word begins a word of subject, relation or object, newest
    first; ``type`` is that of the subject or the object."""
    rows = _facts(space)
    for word in words:
        entities = sorted(_entities_with(space, word))
        rows = rows.filter(
            Q(subject__in=entities)
            | Q(object__in=entities)
            | Q(relation__in=_relations_with(space, word))
        )
    if relation is not None:
        rows = rows.filter(relation=relation)
    if status:
        rows = rows.filter(status=status)
    if type:
        rows = rows.filter(Q(subject__type=type) | Q(object__type=type))
    if entity is not None:
        rows = rows.filter(Q(subject=entity) | Q(object=entity))
    return rows.order_by("-recorded_at", "-pk")


def held_at(
    rows: QuerySet[Triple], *, as_of: date | None = None, known_at: datetime | None = None
) -> QuerySet[Triple]:
    """Narrow facts to those that held on a day, as the memory knew it at a moment (else today), by
    the rule by which heads read it (``apps.memory.controller.facts``)."""
    current = Q(status=Triple.Status.ACTIVE)
    if known_at is not None:
        current = Q(retracted_at=None) | Q(retracted_at__gt=known_at)
        rows = rows.filter(recorded_at__lte=known_at)
    if as_of is None:
        return rows.filter(current)
    past = Q(status=Triple.Status.SUPERSEDED, valid_to__isnull=False)
    return rows.filter(
        current | past,
        Q(valid_from=None) | Q(valid_from__lte=as_of),
        Q(valid_to=None) | Q(valid_to__gt=as_of),
    )


def with_words(entities: QuerySet[Entity], space: Space, words: Iterable[str]) -> QuerySet[Entity]:
    """Narrow entities to those of whose names some word begins with each of the words."""
    for word in words:
        entities = entities.filter(pk__in=sorted(_entities_with(space, word)))
    return entities


def facts_about(entity: Entity) -> tuple[QuerySet[Triple], QuerySet[Triple]]:
    """Return the facts with the entity as subject and those with it as object: active ones
    first, by relation."""
    rows = _facts(entity.space).order_by("status", "relation__name", "pk")
    return rows.filter(subject=entity), rows.filter(object=entity)


def entities_named(space: Space, text: str, *, without: Entity, limit: int = 10) -> list[Entity]:
    """Return entities that a person may mean by ``text``, equal names first, with ``facts``."""
    normalised = normalise_name(text.replace("\0", " "))
    if not normalised:
        return []
    words = search_words(text)
    found = [_entities_with(space, word) for word in words]
    likely = set.intersection(*found) if found else set()
    rows = (
        Entity.objects.filter(space=space, merged_into=None)
        .filter(Q(normalised=normalised) | Q(pk__in=likely))
        .exclude(pk=without.pk)
        .defer("embedding")
    )
    chosen = sorted(
        rows.order_by("pk")[: 20 * limit], key=lambda row: (row.normalised != normalised, row.name)
    )
    return chosen[:limit]


def merges_of(entity: Entity) -> QuerySet[EntityMerge]:
    """Return what was merged into the entity and stands, the latest first."""
    rows = EntityMerge.objects.filter(target=entity, undone_at=None)
    return rows.select_related("source", "actor").defer("source__embedding").order_by("-pk")


def homonyms(entity: Entity) -> QuerySet[Entity]:
    """Return the other entities with the same name."""
    rows = Entity.objects.filter(space=entity.space, normalised=entity.normalised, merged_into=None)
    return rows.exclude(pk=entity.pk).defer("embedding").order_by("pk")


def neighbours(entity: Entity) -> tuple[list[tuple[Entity, list[Triple]]], int]:
    """Return the entities that active facts join to this one, each with those facts, and how
    many there are in all (counted in the newest MOST_FACTS_FOR_PICTURE facts).

    The ones with the most facts come first, then those known longest; at most NEIGHBOURS.
    """
    rows = (
        Triple.objects.filter(space=entity.space, status=Triple.Status.ACTIVE)
        .filter(Q(subject=entity) | Q(object=entity))
        .select_related("subject", "relation", "object")
        .defer("subject__embedding", "relation__embedding", "object__embedding")
        .order_by("-pk")[:MOST_FACTS_FOR_PICTURE]
    )
    joined: dict[int, tuple[Entity, list[Triple]]] = {}
    for triple in reversed(rows):
        other = triple.object if triple.subject_id == entity.pk else triple.subject
        if other.pk != entity.pk:
            joined.setdefault(other.pk, (other, []))[1].append(triple)
    ranked = sorted(joined.values(), key=lambda pair: (-len(pair[1]), pair[1][0].pk))
    return ranked[:NEIGHBOURS], len(ranked)


def relations_overview(space: Space) -> list[tuple[Relation, int]]:
    """Return the relations with how many active facts each has: those in use first, by name."""
    counts = dict(
        Triple.objects.filter(space=space, status=Triple.Status.ACTIVE)
        .order_by()
        .values_list("relation")
        .annotate(Count("pk"))
    )
    rows = space.relations.select_related("inverse").defer("embedding", "inverse__embedding")
    ordered = sorted(rows, key=lambda row: (row.retired_at is not None, row.name.casefold()))
    return [(row, counts.get(row.pk, 0)) for row in ordered]


@dataclass(frozen=True)
class PackShown:
    """A pack as a space has it: its relations, those that the space lacks unsaved; ``own`` names
    those in whose place the space has one of the same name that came from no pack."""

    pack: Pack
    relations: tuple[Relation, ...]
    own: frozenset[str]
    facts: int

    @property
    def in_use(self) -> int:
        return sum(row.pk is not None and row.retired_at is None for row in self.relations)

    @property
    def is_on(self) -> bool:
        """Whether there is nothing left to switch on."""
        return self.in_use + len(self.own) == len(self.relations)


def packs_overview(space: Space) -> list[PackShown]:
    """Return every pack with what the space has of it and how many active facts that holds."""
    rows = relations_overview(space)
    by_key = {row.key: (row, count) for row, count in rows if row.key}
    names = {row.normalised for row, _ in rows}
    return [_pack_shown(pack, by_key, names) for pack in packs()]


def _pack_shown(
    pack: Pack, by_key: Mapping[str, tuple[Relation, int]], names: Set[str]
) -> PackShown:
    relations, own, facts = [], set(), 0
    for item in pack.relations:
        row, count = by_key.get(key_of(item), (None, 0))
        facts += count
        if row is None:
            row = Relation(name=item["name"], template=item["template"])
            if normalise_name(row.name) in names:
                own.add(row.name)
        relations.append(row)
    return PackShown(pack, tuple(relations), frozenset(own), facts)


def example_fact(relation: Relation) -> Triple | None:
    """Return an active fact of the relation to show what it is good for."""
    rows = relation.triples.filter(status=Triple.Status.ACTIVE).order_by("pk")
    return rows.select_related("subject", "relation", "object").first()
