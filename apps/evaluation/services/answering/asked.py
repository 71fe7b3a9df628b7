"""The rows around a question whose right answer is known: what its diagnosis is read from."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import cached_property
from typing import Final

from django.db.models import Q, QuerySet

from apps.common.names import normalise_name
from apps.curation.models import Candidate
from apps.evaluation.measuring.scoring import named
from apps.evaluation.models import Case, Run
from apps.evaluation.services.answering.given import Given
from apps.memory.controller import MemoryController
from apps.memory.models import Alias, Entity, Relation, Triple
from worker.literals import parse_quantity
from worker.types import holds_on

MOST: Final = 20
_VERDICTS: Final = frozenset({"yes", "no"})


class Asked:
    """A question of a run with what is right of it: all of it or, where some was answered, what
    was left out."""

    def __init__(self, run: Run, case: Case, given: Given, memory: MemoryController) -> None:
        self.run, self.case, self.memory = run, case, memory
        said = [names for names in case.expected if not _among(names, given)]
        self.expected: list[list[str]] = said or list(case.expected)
        day = case.given.get("as_of")
        self.day = date.fromisoformat(day) if day else run.known_at.date()

    @property
    def is_value(self) -> bool:
        """Whether a yes or no, or a number, is right, which is no entity of the memory."""
        names = {normalise_name(name) for names in self.expected for name in names}
        return bool(names & _VERDICTS) or any(parse_quantity(name) for name in names)

    @cached_property
    def relations(self) -> set[int]:
        """The relation that the case asks for, by its number; none where it does not say."""
        return {row.pk for row in self._named_relations}

    @cached_property
    def _named_relations(self) -> list[Relation]:
        name = self.case.relation
        if not name:
            return []
        rows = Relation.objects.filter(space=self.run.space_id).defer("embedding")
        own = list(rows.filter(normalised=normalise_name(name)))
        return own or list(rows.filter(Q(wikidata_property=name) | Q(aliases__contains=[name])))

    def lacks_relation(self) -> str:
        """Say that the relation of the case is none that is in use; empty where it is one."""
        if not self.case.relation:
            return ""
        if not self._named_relations:
            return f"The memory has no relation “{self.case.relation}”."
        if all(row.retired_at for row in self._named_relations):
            return f"The relation “{self.case.relation}” is retired."
        return ""

    @cached_property
    def wanted(self) -> set[int]:
        """The things of the memory that are right answers."""
        names = {normalise_name(name) for names in self.expected for name in names}
        of_space = Q(space=self.run.space_id, normalised__in=names)
        found = set(Entity.objects.filter(of_space, merged_into=None).values_list("pk", flat=True))
        return found | set(Alias.objects.filter(of_space).values_list("entity_id", flat=True))

    @cached_property
    def here(self) -> set[int]:
        """The things that the question names."""
        return {int(ref.id) for _, _, ref in self.memory.find_entities(self.case.text)}

    @cached_property
    def gold(self) -> list[Triple]:
        """The facts that the case was made from, as far as they are there."""
        return list(self._triples().filter(pk__in=self.case.rests_on.get("triples", ())))

    def joining(self) -> list[Triple]:
        """Return facts between what the question names and what is right, of the relation that the
        case asks for where it says one; the newest first."""
        here = self.here - self.wanted or self.here
        if not here or not self.wanted:
            return []
        rows = self._triples().filter(
            Q(subject__in=here, object__in=self.wanted)
            | Q(subject__in=self.wanted, object__in=here)
        )
        if self.relations:
            inverse = Relation.objects.filter(inverse__in=self.relations).values("pk")
            rows = rows.filter(Q(relation__in=self.relations) | Q(relation__in=inverse))
        return list(rows[:MOST])

    def knows_some(self) -> bool:
        """Tell whether the memory holds any fact of the relation about what the question names."""
        rows = self._triples().filter(Q(subject__in=self.here) | Q(object__in=self.here))
        if self.relations:
            rows = rows.filter(relation__in=self.relations)
        return any(self.knew(row) and self.holds(row) for row in rows[:MOST])

    def cited(self, facts: Sequence[int]) -> list[Triple]:
        """Return the facts of an answer."""
        return list(self._triples().filter(pk__in=facts))

    def candidates(self) -> list[Candidate]:
        """Return what was proposed with a right answer on one side and something that the question
        names on the other, and is not accepted; what waits first."""
        names = [name for names in self.expected for name in names]
        rows = Candidate.objects.filter(
            Q(subject_text__in=names) | Q(object_text__in=names),
            space=self.run.space_id,
            state__in=(*Candidate.OPEN, Candidate.State.REJECTED),
            against=None,
        )
        if self.relations:
            rows = rows.filter(relation__in=self.relations)
        found = [
            row
            for row in rows.order_by("-pk")[: 10 * MOST]
            if named([normalise_name(_other(row, names))], self.case.text)
        ]
        return sorted(found, key=lambda row: not row.is_open)[:MOST]

    def knew(self, row: Triple) -> bool:
        """Tell whether the memory had learnt a fact by the moment that the run asks about."""
        return row.recorded_at <= self.run.known_at

    def holds(self, row: Triple) -> bool:
        """Tell whether the memory held a fact then, for the day that is asked about."""
        gone = row.retracted_at is not None and row.retracted_at <= self.run.known_at
        if gone and (row.status == Triple.Status.RETRACTED or row.valid_to is None):
            return False
        return holds_on(row.valid_from, row.valid_to, self.day, self.day)

    def _triples(self) -> QuerySet[Triple]:
        rows = Triple.objects.filter(space=self.run.space_id).select_related("relation")
        return rows.defer("relation__embedding").order_by("-pk")


def _among(names: Sequence[str], given: Given) -> bool:
    normalised = {normalise_name(name) for name in names}
    return any(normalised & one for one in given.answers)


def _other(row: Candidate, names: Sequence[str]) -> str:
    return row.subject_text if row.object_text in names else row.object_text
