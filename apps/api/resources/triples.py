"""Facts: search, one with its evidence and history, taking one out."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from rest_framework import serializers
from rest_framework.response import Response

from apps.accounts.selectors import ADMINISTER, DECIDE, READ
from apps.api.base import ApiView, Call, filled
from apps.api.fields import ID, Strict
from apps.api.resources.events import EventOut
from apps.api.resources.shapes import Reason, TripleOut
from apps.asking.forms import RetractForm
from apps.asking.services import due_retract
from apps.asking.triple_selectors import (
    ShownEvidence,
    decisions_on,
    events_on,
    evidence_of,
    replaced_by,
    triples_of,
)
from apps.memory.forms import TYPES
from apps.memory.models import Entity, Relation, Triple
from apps.memory.selectors import facts_search, held_at, search_words


class TripleQuery(Strict):
    """Filters of the search. ``as_of``: true on that day; ``known_at``: held by the memory at that
    moment."""

    q = serializers.CharField(required=False, max_length=200)
    relation = serializers.IntegerField(required=False, **ID)
    entity = serializers.IntegerField(required=False, **ID)
    type = serializers.ChoiceField([name for name, _ in TYPES], required=False)
    status = serializers.ChoiceField(
        [*Triple.Status.values, "any"], required=False, help_text="active where nothing is said"
    )
    as_of = serializers.DateField(required=False)
    known_at = serializers.DateTimeField(required=False)


class EvidenceOut(serializers.Serializer[Any]):
    """A sentence of a document that bears a fact out. Offsets count from the passage's start."""

    id = serializers.IntegerField(source="row.pk")
    document = serializers.IntegerField(source="row.passage.document_id")
    passage = serializers.IntegerField(source="row.passage_id")
    sentence = serializers.SerializerMethodField()
    start = serializers.IntegerField(source="quote.start")
    end = serializers.IntegerField(source="quote.end")
    score = serializers.FloatField(source="row.score", allow_null=True)
    approved_by = serializers.SerializerMethodField()
    recorded_at = serializers.DateTimeField(source="row.approved_at")
    retracted_at = serializers.DateTimeField(source="row.retracted_at", allow_null=True)
    erased = serializers.CharField(source="quote.erased", allow_blank=True)

    def get_sentence(self, one: ShownEvidence) -> str:
        return one.quote.text[one.quote.start : one.quote.end]

    def get_approved_by(self, one: ShownEvidence) -> str | None:
        person = one.row.approved_by
        return person.label if person else None


class DecisionOut(serializers.Serializer[Any]):
    """What somebody decided of a candidate, and whether it stands. ``along_with`` is the decision
    that took this one along, on a message that says the same again."""

    id = serializers.IntegerField()
    candidate = serializers.IntegerField(source="candidate_id")
    action = serializers.CharField()
    by = serializers.CharField(source="actor.label")
    reason = serializers.CharField(allow_blank=True)
    triple = serializers.IntegerField(source="triple_id", allow_null=True)
    batch = serializers.IntegerField(source="batch_id", allow_null=True)
    along_with = serializers.IntegerField(source="along_with_id", allow_null=True)
    created_at = serializers.DateTimeField()
    undone_at = serializers.DateTimeField(allow_null=True)


class HistoryOut(serializers.Serializer[Any]):
    """All that led to a fact and became of it."""

    decisions = DecisionOut(many=True)
    replaces = TripleOut(many=True)
    events = EventOut(many=True)


class TripleView(ApiView):
    def triple(self, pk: int) -> Triple:
        return get_object_or_404(triples_of(self.space), pk=pk)


class Triples(ApiView):
    calls = {
        "GET": Call(READ, TripleOut, many=True, query=TripleQuery, says="The facts, newest first.")
    }

    def get(self) -> Response:
        return self.page(self.found(), ordering=("-recorded_at", "-pk"))

    def found(self) -> QuerySet[Triple]:
        asked = self.asked
        moments = {name: asked.get(name) for name in ("as_of", "known_at")}
        is_past = any(moments.values())
        status = asked.get("status") or ("any" if is_past else Triple.Status.ACTIVE)
        rows = facts_search(
            space=self.space,
            words=search_words(asked.get("q", "")),
            relation=self._named(Relation, "relation"),
            entity=self._named(Entity, "entity"),
            type=asked.get("type", ""),
            status="" if status == "any" else status,
        )
        return held_at(rows, **moments) if is_past else rows

    def _named(self, model: Any, name: str) -> Any:
        if name not in self.asked:
            return None
        return get_object_or_404(model.objects.filter(space=self.space), pk=self.asked[name])


class OneTriple(TripleView):
    calls = {"GET": Call(READ, TripleOut, says="A fact, whatever became of it.")}

    def get(self, pk: int) -> Response:
        return self.one(self.triple(pk))


class TripleEvidence(TripleView):
    calls = {
        "GET": Call(
            READ, EvidenceOut, many=True, whole=True, says="The sentences that bear a fact out."
        )
    }

    def get(self, pk: int) -> Response:
        return self.listed(evidence_of(self.triple(pk)))


class TripleHistory(TripleView):
    calls = {"GET": Call(READ, HistoryOut, says="Decisions, events and what a fact replaced.")}

    def get(self, pk: int) -> Response:
        row = self.triple(pk)
        found = {
            "decisions": [one.row for one in decisions_on(row)],
            "replaces": replaced_by(row),
            "events": events_on(row, roles=self.roles),
        }
        return self.one(found)


class RetractTriple(TripleView):
    calls = {
        "POST": Call(
            DECIDE | ADMINISTER,
            TripleOut,
            body=Reason,
            versioned=True,
            says="Take a fact out of the memory, with a reason, so that you can take it back.",
        )
    }

    def post(self, pk: int) -> Response:
        row = self.triple(pk)
        self.match(row, TripleOut)
        given = filled(RetractForm(self.said))
        due_retract(triple=row, actor=self.user, reason=given["reason"])
        return self.one(self.triple(pk))
