"""Facts that are due: is each still true?"""

from __future__ import annotations

from typing import Any

from rest_framework import serializers
from rest_framework.response import Response

from apps.accounts.selectors import DECIDE
from apps.api.base import ApiView, Call
from apps.api.resources.shapes import Nothing, TripleOut
from apps.api.resources.triples import TripleView
from apps.asking.due_selectors import due_facts, why_due
from apps.memory.models import FactSchedule
from apps.memory.services import fact_put_off, fact_still_true


class DueOut(serializers.Serializer[Any]):
    """A fact that is to be looked at again. After ``days`` nine in ten such facts still hold;
    ``held_at`` is when somebody last said that it does."""

    fact = TripleOut(source="triple")
    due_at = serializers.DateTimeField()
    held_at = serializers.DateTimeField()
    confirmations = serializers.IntegerField()
    days = serializers.SerializerMethodField()

    def get_days(self, row: FactSchedule) -> int:
        return why_due(row).days


class Due(ApiView):
    calls = {
        "GET": Call(
            DECIDE, DueOut, many=True, says="The facts that are due, those first that long are."
        )
    }

    def get(self) -> Response:
        return self.page(due_facts(self.space), ordering=("due_at", "pk"))


class StillTrue(TripleView):
    calls = {"POST": Call(DECIDE, TripleOut, body=Nothing, says="Say that a fact still holds.")}

    def post(self, pk: int) -> Response:
        fact_still_true(triple=self.triple(pk), actor=self.user)
        return self.one(self.triple(pk))


class Later(TripleView):
    calls = {
        "POST": Call(DECIDE, TripleOut, body=Nothing, says="Let a fact come up again days later.")
    }

    def post(self, pk: int) -> Response:
        fact_put_off(triple=self.triple(pk), actor=self.user)
        return self.one(self.triple(pk))
