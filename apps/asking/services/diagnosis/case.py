"""The rows around an answer that is said to be wrong: what its diagnosis is read from."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import TypeAlias

from django.db.models import Q, QuerySet
from django.utils import timezone

from apps.asking.models import Answer, Citation
from apps.asking.services.understanding import (
    OBJECT,
    SUBJECT,
    slot_of,
    understood_of,
)
from apps.common.names import normalise_name
from apps.curation.models import Candidate
from apps.memory.controller import MemoryController
from apps.memory.controller.resolve import equivalent
from apps.memory.models import Entity, Relation, Triple
from worker.types import holds_on

MOST_CANDIDATES = 10
AT_ONCE = 50  # facts read in search of one that is held
Reading: TypeAlias = tuple[Entity, Relation, str]  # with the side on which the entity stands


class Case:
    """One answer, what was expected of it, and where in the memory that belongs."""

    def __init__(
        self,
        answer: Answer,
        expected: str,
        citation: Citation | None,
        beside: bool,
        since: date | None,
    ) -> None:
        self.answer, self.expected = answer, expected
        self.beside, self.since = beside, since
        self.question = answer.question
        self.space = self.question.space
        self.memory = MemoryController(self.space)
        self.day = self.question.as_of or timezone.now().date()
        cited = list(answer.stated.select_related("triple__relation").order_by("number"))
        only = cited[0] if len(cited) == 1 else None
        self.citation = citation or only
        self.understood = understood_of(answer, self.citation)
        self.slot = slot_of(answer, self.citation)
        resolution = self.memory.resolve_entity(expected) if expected else None
        exact = [c for c in (resolution.candidates if resolution else ()) if c.how != "near"]
        self.wanted = [c.entity for c in exact]
        self.known_as = ", ".join(
            c.entity.name for c in exact if c.entity.normalised != normalise_name(expected)
        )

    def own_reading(self) -> Reading:
        """Return the reading that the answer rests on."""
        assert self.slot is not None
        return self.slot.entity, self.slot.relation, self.slot.known

    def named(self, *, without: Entity) -> list[Entity]:
        """Return the other entities that the question may be about: those that its words name
        and those that its reads considered."""
        ids = [int(ref.id) for _, _, ref in self.memory.find_entities(self.question.text)]
        ids += [
            int(one["id"])
            for read in self.answer.reads.all()
            for one in read.candidates
            if one["role"] == "entity"
        ]
        not_these = {without.pk, *(row.pk for row in self.wanted)}
        rows = Entity.objects.filter(space=self.space, merged_into=None).defer("embedding")
        found = rows.in_bulk(set(ids) - not_these)
        return [found[pk] for pk in dict.fromkeys(ids) if pk in found]

    def between(self, entities: list[Entity]) -> list[Reading]:
        """Return the relations that lead from one of the entities to the expected answer."""
        here, there = [row.pk for row in entities], [row.pk for row in self.wanted]
        rows = self.standing(
            self.triples().filter(
                Q(subject__in=here, object__in=there) | Q(subject__in=there, object__in=here)
            )
        )
        found: dict[tuple[int, int, str], Reading] = {}
        for row in rows:
            known = SUBJECT if row.subject_id in here else OBJECT
            entity = row.subject if known == SUBJECT else row.object
            found.setdefault((entity.pk, row.relation_id, known), (entity, row.relation, known))
        return list(found.values())

    def triples(self) -> QuerySet[Triple]:
        return (
            Triple.objects.filter(space=self.space)
            .select_related("subject", "relation", "object", "superseded_by")
            .defer("subject__embedding", "relation__embedding", "object__embedding")
            .order_by("-pk")
        )

    def facts(
        self, entities: list[Entity], relation: Relation, known: str, *, any_other: bool = False
    ) -> QuerySet[Triple]:
        """Return the facts of the relation, however stored, that join the entities on its known
        side with the expected answer, or with anything; the newest first."""
        other = OBJECT if known == SUBJECT else SUBJECT
        straight, turned = Q(relation=relation), Q(relation=equivalent(relation) or 0)
        here = [row.pk for row in entities]
        straight &= Q(**{f"{known}__in": here})
        turned &= Q(**{f"{other}__in": here})
        if not any_other:
            there = [row.pk for row in self.wanted]
            straight &= Q(**{f"{other}__in": there})
            turned &= Q(**{f"{known}__in": there})
        return self.triples().filter(straight | turned)

    def holds(self, triple: Triple) -> bool:
        """Return whether the memory holds the fact for the day asked about; a superseded one is
        held for the days before its end, where that is known."""
        past = triple.status == Triple.Status.SUPERSEDED and triple.valid_to is not None
        return (triple.status == Triple.Status.ACTIVE or past) and holds_on(
            triple.valid_from, triple.valid_to, self.day, self.day
        )

    def any_stands(self, rows: QuerySet[Triple]) -> bool:
        """Return whether one of the facts is held, without reading all: a country has many."""
        return any(self.holds(row) for row in rows.iterator(chunk_size=AT_ONCE))

    def standing(self, rows: Iterable[Triple]) -> list[Triple]:
        return [row for row in rows if self.holds(row)]

    def candidates(self) -> list[Candidate]:
        """Return what was proposed for the open side and is not accepted: with the expected
        answer, or without one any other than the fact that the answer states."""
        if self.slot is None:
            return []
        known, other = self.slot.known, OBJECT if self.slot.known == SUBJECT else SUBJECT
        rows = Candidate.objects.filter(
            Q(**{f"{known}_entity": self.slot.entity})
            | Q(**{f"{known}_text__iexact": self.slot.entity.name}),
            space=self.space,
            relation=self.slot.relation,
            state__in=(*Candidate.OPEN, Candidate.State.REJECTED),
            against=None,
        )
        names = {normalise_name(self.expected)} | {row.normalised for row in self.wanted}
        stated = self.slot.stated
        chosen = []
        for row in rows.order_by("-pk")[: 10 * MOST_CANDIDATES]:
            name = normalise_name(getattr(row, f"{other}_text"))
            fits = name in names if self.expected else stated is None or name != stated.normalised
            if fits:
                chosen.append(row)
        return chosen[:MOST_CANDIDATES]
