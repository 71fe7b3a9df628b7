"""Facts that are due: is each still true?"""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from rest_framework import serializers
from rest_framework.response import Response

from apps.accounts.selectors import ADMINISTER, DECIDE
from apps.api.base import ApiView, Call
from apps.api.errors import Conflict
from apps.api.fields import Strict
from apps.api.resources.candidates import CandidateOut, HoldIn
from apps.api.resources.shapes import Nothing, TripleOut
from apps.api.resources.triples import TripleView
from apps.asking.due_selectors import due_facts, due_holder, version_of, why_due
from apps.asking.services import (
    due_hold_release,
    due_hold_take,
    due_put_off,
    due_still_true,
    due_take_back,
    fact_correct,
)
from apps.memory.models import FactSchedule


class DueOut(serializers.Serializer[Any]):
    """A fact that is to be looked at again. After ``days`` nine in ten such facts still hold;
    ``held_at`` is when somebody last said that it does. ``version`` is what a decision states."""

    fact = TripleOut(source="triple")
    due_at = serializers.DateTimeField()
    held_at = serializers.DateTimeField()
    confirmations = serializers.IntegerField()
    days = serializers.SerializerMethodField()
    version = serializers.SerializerMethodField()

    def get_days(self, row: FactSchedule) -> int:
        return why_due(row).days

    def get_version(self, row: FactSchedule) -> str:
        return version_of(row)


class SaidIn(Strict):
    """What is said of a fact as it was in ``version``; without one, as it is."""

    version = serializers.CharField(max_length=16, required=False)


class FactCorrectionIn(SaidIn):
    """What holds in place of a fact's object, and since when."""

    object = serializers.CharField(max_length=500)
    valid_from = serializers.DateField(required=False)


class DueHoldOut(serializers.Serializer[Any]):
    """Until when the card of a fact is kept from others."""

    fact = serializers.IntegerField(source="triple_id")
    holder = serializers.CharField(source="holder.username")
    until = serializers.DateTimeField()


class Due(ApiView):
    calls = {
        "GET": Call(
            DECIDE, DueOut, many=True, says="The facts that are due, those first that long are."
        )
    }

    def get(self) -> Response:
        return self.page(due_facts(self.space), ordering=("due_at", "pk"))


class DueHold(TripleView):
    calls = {
        "POST": Call(
            DECIDE,
            DueHoldOut,
            body=HoldIn,
            says="Claim the card of a fact that is due, or renew the claim; 409 while somebody "
            "else has it open.",
        ),
        "DELETE": Call(DECIDE, status=204, says="Let go of the card of a fact."),
    }

    def post(self, pk: int) -> Response:
        row = self.triple(pk)
        hold = due_hold_take(triple=row, holder=self.user, over=self.said.get("over", False))
        if hold is None:
            holder = due_holder(pk, self.user)
            raise Conflict(f"{holder.label if holder else 'Somebody else'} has it open.")
        return self.one(hold)

    def delete(self, pk: int) -> Response:
        due_hold_release(triple=self.triple(pk), holder=self.user)
        return self.nothing()


class StillTrue(TripleView):
    calls = {
        "POST": Call(
            DECIDE,
            TripleOut,
            body=SaidIn,
            says="Say that a fact still holds; 409 where it is another than of the version.",
        )
    }

    def post(self, pk: int) -> Response:
        due_still_true(triple=self.triple(pk), actor=self.user, version=self.said.get("version"))
        return self.one(self.triple(pk))


class Later(TripleView):
    calls = {
        "POST": Call(
            DECIDE,
            TripleOut,
            body=SaidIn,
            says="Let a fact come up again days later; 409 where it is another than of the "
            "version.",
        )
    }

    def post(self, pk: int) -> Response:
        due_put_off(triple=self.triple(pk), actor=self.user, version=self.said.get("version"))
        return self.one(self.triple(pk))


class Correct(TripleView):
    calls = {
        "POST": Call(
            DECIDE,
            CandidateOut,
            body=FactCorrectionIn,
            status=201,
            says="Propose what holds in place of a fact. It waits for somebody else's decision, "
            "and the fact stands until then; 409 where it is another than of the version.",
        )
    }

    def post(self, pk: int) -> Response:
        made = fact_correct(triple=self.triple(pk), actor=self.user, **self.said)
        where = reverse("api:candidate", args=[self.space.slug, made.pk])
        return self.one(made, Location=where)


class TakeBack(TripleView):
    calls = {
        "POST": Call(
            DECIDE | ADMINISTER,
            TripleOut,
            body=Nothing,
            says="Take back what you last said of a fact, that it holds, is put off or is "
            "retracted; 409 where something else happened to it since.",
        )
    }

    def post(self, pk: int) -> Response:
        due_take_back(triple=self.triple(pk), actor=self.user)
        return self.one(self.triple(pk))
