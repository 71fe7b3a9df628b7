"""What rests on a source, and withdrawing it."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from rest_framework import serializers
from rest_framework.response import Response

from apps.accounts.selectors import ADMINISTER, AUDIT
from apps.api.base import ApiView, Call, filled
from apps.api.fields import Strict
from apps.api.resources.shapes import Nothing, TripleOut
from apps.provenance.forms import SourceForm, WithdrawForm
from apps.provenance.models import Withdrawal
from apps.provenance.selectors.resting import Source, answers_on, facts_by_number, resting_on
from apps.provenance.services.withdrawing import withdraw, withdrawal_undo

EXAMPLES = 20  # facts that the dry run shows of those that would go, and of those that would stay


class SourceQuery(Strict):
    """A source: ``document:7``, ``import:7``, ``reviewer:7`` or ``head:NAME:VERSION``."""

    source = serializers.CharField(max_length=200)  # type: ignore[assignment]


class RestingOut(serializers.Serializer[Any]):
    """What rests on a source: how many facts would go with it (``active`` ones and ``past`` ones,
    which another fact has replaced), how many ``stay`` on other grounds, the pieces of evidence
    that would go, and the answers that cite what would go. ``going`` and ``staying`` are the first
    of these facts; ``seen_at`` is what a withdrawal states."""

    source = serializers.CharField()  # type: ignore[assignment]
    name = serializers.CharField()
    active = serializers.IntegerField()
    past = serializers.IntegerField()
    stay = serializers.IntegerField()
    evidence = serializers.IntegerField()
    answers = serializers.IntegerField()
    going = TripleOut(many=True)
    staying = TripleOut(many=True)
    seen_at = serializers.DateTimeField()


class WithdrawalIn(Strict):
    """A source as ``/resting`` names it, why it is withdrawn, and the ``seen_at`` of its dry run:
    facts that were changed since are left as they are."""

    source = serializers.CharField(max_length=200)  # type: ignore[assignment]
    reason = serializers.CharField(max_length=500)
    seen_at = serializers.DateTimeField()


class WithdrawalOut(serializers.Serializer[Any]):
    """A withdrawal: what was taken out of the memory, and whether it was undone."""

    id = serializers.IntegerField()
    kind = serializers.ChoiceField(Withdrawal.Kind.choices)
    name = serializers.CharField()
    reason = serializers.CharField()
    by = serializers.CharField(source="actor.username")
    at = serializers.DateTimeField()
    facts = serializers.IntegerField()
    evidence = serializers.IntegerField()
    undone_at = serializers.DateTimeField(allow_null=True)
    undone_by = serializers.SerializerMethodField()

    def get_undone_by(self, row: Withdrawal) -> str | None:
        return row.undone_by.username if row.undone_by else None


class WithdrawnOut(serializers.Serializer[Any]):
    """What was done, and the numbers of the facts that were left as they are."""

    withdrawal = WithdrawalOut()
    left = serializers.ListField(child=serializers.IntegerField())


class WithdrawalView(ApiView):
    def withdrawals(self) -> QuerySet[Withdrawal]:
        rows = Withdrawal.objects.filter(space=self.space)
        return rows.select_related("actor", "undone_by")

    def withdrawal(self, pk: int) -> Withdrawal:
        return get_object_or_404(self.withdrawals(), pk=pk)

    def source(self, key: str) -> Source:
        found: Source = filled(SourceForm({"source": key}, space=self.space))["source"]
        return found


class RestingOnSource(WithdrawalView):
    calls = {
        "GET": Call(
            AUDIT,
            RestingOut,
            query=SourceQuery,
            says="What rests on a document, an import, a reviewer or a version of a head: the dry "
            "run of its withdrawal.",
        )
    }

    def get(self) -> Response:
        source = self.source(self.asked["source"])
        seen_at = timezone.now()
        resting = resting_on(source)
        return self.one(
            {
                "source": source.key,
                "name": source.name,
                "active": len(resting.active),
                "past": len(resting.past),
                "stay": len(resting.staying),
                "evidence": len(resting.evidence),
                "answers": answers_on(self.space, resting.going).count(),
                "going": facts_by_number(resting.going[:EXAMPLES]),
                "staying": facts_by_number(resting.staying[:EXAMPLES]),
                "seen_at": seen_at,
            }
        )


class Withdrawals(WithdrawalView):
    calls = {
        "GET": Call(AUDIT, WithdrawalOut, many=True, says="The withdrawals, the newest first."),
        "POST": Call(
            ADMINISTER,
            WithdrawnOut,
            body=WithdrawalIn,
            status=201,
            says="Withdraw a source: retract the facts that only it supports, and all evidence "
            "that rests on it. 409 where nothing is left to withdraw.",
        ),
    }

    def get(self) -> Response:
        return self.page(self.withdrawals())

    def post(self) -> Response:
        said = self.said | {"seen_at": self.said["seen_at"].isoformat()}
        reason = filled(WithdrawForm(said))
        done = withdraw(source=self.source(said["source"]), actor=self.user, **reason)
        where = reverse("api:withdrawal", args=[self.space.slug, done.withdrawal.pk])
        return self.one(done, Location=where)


class OneWithdrawal(WithdrawalView):
    calls = {"GET": Call(AUDIT, WithdrawalOut, says="A withdrawal.")}

    def get(self, pk: int) -> Response:
        return self.one(self.withdrawal(pk))


class UndoWithdrawal(WithdrawalView):
    calls = {
        "POST": Call(
            ADMINISTER,
            WithdrawnOut,
            body=Nothing,
            says="Bring back what a withdrawal took; 409 while a later one stands.",
        )
    }

    def post(self, pk: int) -> Response:
        return self.one(withdrawal_undo(withdrawal=self.withdrawal(pk), actor=self.user))
