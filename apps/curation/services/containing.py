"""The country of a place that follows from two facts: where it lies, and the country of that.

"The museum lies in Lindenau" and "Lindenau lies in Norland" say that the museum lies in Norland.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.db.models import QuerySet

from apps.common.names import normalise_name
from apps.curation.models import Candidate, Decision
from apps.curation.services.held import called_so, facts_held, held_today
from worker.implications import LEAST_SHARE, Implications, Step
from worker.types import RelationRole, RelationSpec

WITHIN: RelationRole = "within"
COUNTRY: RelationRole = "country"


class ContainingCountry:
    """Tells of candidates for a country whether they follow from where their subject lies."""

    def __init__(self, relations: Iterable[RelationSpec], rules: Implications) -> None:
        specs = list(relations)
        self._countries = {spec.id for spec in specs if spec.role == COUNTRY}
        within = [spec.id for spec in specs if spec.role == WITHIN]
        ways = [step for id_ in within for step in (Step(id_, turned=False), *rules.to(id_))]
        self._ways = [s for s in dict.fromkeys(ways) if s.relation_id not in self._countries]

    def says(self, candidate: Candidate) -> bool:
        """Return whether a candidate names a country, of which this can tell anything."""
        return bool(self._ways) and str(candidate.relation_id) in self._countries

    def follows_from(self, candidate: Candidate, others: Sequence[Candidate]) -> Candidate | None:
        """Return which of a document's candidates says where the subject lies, in a place whose
        country is the same in the memory or by another one of these candidates."""
        subject, country = normalise_name(candidate.subject_text), _object(candidate)
        least = LEAST_SHARE * _score(candidate)
        likely = [one for one in others if _score(one) >= least]
        of_places = {
            normalise_name(one.subject_text)
            for one in likely
            if one is not candidate
            and one.relation_id == candidate.relation_id
            and _object(one) == country
        }
        for one in likely:
            where = self._where(one, subject)
            if where is None or normalise_name(where[0]) in (subject, country):
                continue
            if normalise_name(where[0]) in of_places or self._is_held(candidate, where):
                return one
        return None

    def is_held(self, candidate: Candidate) -> bool:
        """Return whether the memory holds where the subject lies and the country of that place."""
        places: list[int] = []
        for step in self._ways:
            near, far = ("object", "subject") if step.turned else ("subject", "object")
            rows = held_today(candidate.space).filter(
                **{f"{near}__in": called_so(candidate, "subject")}, relation=int(step.relation_id)
            )
            places += rows.values_list(far, flat=True)
        return (
            held_today(candidate.space)
            .filter(
                relation=candidate.relation_id,
                subject__in=places,
                object__in=called_so(candidate, "object"),
            )
            .exists()
        )

    def _where(self, one: Candidate, subject: str) -> tuple[str, str] | None:
        """Return the place, with its type, where a candidate says that a thing of that name is."""
        for step in self._ways:
            if str(one.relation_id) != step.relation_id:
                continue
            sides = [(one.subject_text, one.subject_type), (one.object_text, one.object_type)]
            thing, place = reversed(sides) if step.turned else sides
            if normalise_name(thing[0]) == subject:
                return place
        return None

    def _is_held(self, candidate: Candidate, where: tuple[str, str]) -> bool:
        of_place = Candidate(
            space=candidate.space,
            subject_text=where[0],
            subject_type=where[1],
            relation_id=candidate.relation_id,
            object_text=candidate.object_text,
            object_type=candidate.object_type,
            object_kind=candidate.object_kind,
        )
        return bool(facts_held(of_place, [Step(str(candidate.relation_id), turned=False)]))


def resting_on(decision: Decision, rows: QuerySet[Candidate]) -> list[int]:
    """Return which of the rows follow from where a place lies together with what the decision was
    about, as that was proposed: the country of the place."""
    candidate, before = decision.candidate, decision.before
    passage = candidate.passage
    if passage is None:
        return []
    place, country = (
        normalise_name(before.get(name, getattr(candidate, name)))
        for name in ("subject_text", "object_text")
    )
    found = rows.filter(
        relation=before.get("relation", candidate.relation_id),
        relation__role=COUNTRY,
        passage__document=passage.document_id,
        follows_from__isnull=False,
    )
    return [
        one.pk
        for one in found.exclude(pk=candidate.pk).select_related("follows_from")
        if _object(one) == country and place in _names(one.follows_from)
    ]


def has_lost_its_place(candidate: Candidate) -> bool:
    """Return whether one of the two facts is refused that the country of a place follows from."""
    other = candidate.follows_from
    if other is None or candidate.passage is None or candidate.relation.role != COUNTRY:
        return False
    if other.state == Candidate.State.REJECTED:
        return True
    refused = Candidate.objects.filter(
        relation=candidate.relation_id,
        passage__document=candidate.passage.document_id,
        state=Candidate.State.REJECTED,
    )
    return any(
        _object(one) == _object(candidate) and normalise_name(one.subject_text) in _names(other)
        for one in refused
    )


def _names(candidate: Candidate | None) -> set[str]:
    if candidate is None:
        return set()
    return {normalise_name(candidate.subject_text), _object(candidate)}


def _object(candidate: Candidate) -> str:
    return normalise_name(candidate.object_text)


def _score(candidate: Candidate) -> float:
    return 1.0 if candidate.score is None else candidate.score
