"""Relations that questions asked for: listed, taken up with a new or a known one, declined."""

from __future__ import annotations

from typing import Any

from django.db import IntegrityError
from django.shortcuts import get_object_or_404
from rest_framework import serializers
from rest_framework.response import Response

from apps.accounts.selectors import ADMINISTER, DECIDE
from apps.api.base import ApiView, Call, filled
from apps.api.errors import Conflict, Unfit
from apps.api.fields import ID, Strict
from apps.api.resources.relations import RelationIn, as_form
from apps.curation import selectors, services
from apps.curation.models import RelationProposal
from apps.memory.forms import RelationForm
from apps.memory.models import Relation
from apps.memory.services import InverseTaken, RelationInput

TAKE_UP = DECIDE | ADMINISTER


class RelationProposalOut(serializers.Serializer[Any]):
    """A relation that a question asked for and the space lacks, with the fact that it would state.
    Taken up, ``relation`` is what it became and ``candidate`` puts its fact to review."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    subject = serializers.CharField(source="subject_text")
    object = serializers.CharField(source="object_text")
    question = serializers.IntegerField()
    question_text = serializers.CharField(allow_blank=True)
    proposed_by = serializers.CharField(source="proposed_by.label")
    created_at = serializers.DateTimeField()
    state = serializers.ChoiceField(RelationProposal.State.choices)
    relation = serializers.IntegerField(source="relation_id", allow_null=True)
    candidate = serializers.IntegerField(source="candidate_id", allow_null=True)
    decided_by = serializers.SerializerMethodField()
    reason = serializers.CharField(allow_blank=True)

    def get_decided_by(self, row: RelationProposal) -> str | None:
        return row.decided_by.label if row.decided_by else None


class UseRelationIn(Strict):
    """A relation of the space that says what was asked for."""

    relation = serializers.IntegerField(**ID)


class DeclineIn(Strict):
    """Why the relation is not wanted."""

    reason = serializers.CharField(max_length=500)


class ProposalView(ApiView):
    def proposal(self, pk: int) -> RelationProposal:
        return get_object_or_404(selectors.relation_proposals(self.space), pk=pk)

    def taken_up(self, pk: int, relation: Relation | RelationInput) -> Response:
        try:
            services.relation_proposal_accept(
                proposal=self.proposal(pk), actor=self.user, relation=relation
            )
        except InverseTaken as error:
            raise Conflict(str(error)) from None
        except IntegrityError:  # somebody else was faster
            raise Conflict("There is a relation of this name.") from None
        return self.one(self.proposal(pk))


class RelationProposals(ApiView):
    calls = {
        "GET": Call(
            TAKE_UP,
            RelationProposalOut,
            many=True,
            says="The relations that people proposed from questions, the latest first.",
        )
    }

    def get(self) -> Response:
        return self.page(selectors.relation_proposals(self.space), ordering="-pk")


class OneRelationProposal(ProposalView):
    calls = {"GET": Call(TAKE_UP, RelationProposalOut, says="A proposed relation.")}

    def get(self, pk: int) -> Response:
        return self.one(self.proposal(pk))


class AcceptRelationProposal(ProposalView):
    calls = {
        "POST": Call(
            TAKE_UP,
            RelationProposalOut,
            body=RelationIn,
            says="Add the relation as it is described here, and put the proposed fact to review "
            "in the name of who proposed it. Who proposed it cannot take it up, but for an owner.",
        )
    }

    def post(self, pk: int) -> Response:
        row = self.proposal(pk)
        form = RelationForm(as_form(self.said), space=self.space, relation=None)
        filled(form)
        return self.taken_up(row.pk, form.given())


class UseRelationForProposal(ProposalView):
    calls = {
        "POST": Call(
            TAKE_UP,
            RelationProposalOut,
            body=UseRelationIn,
            says="Put the proposed fact to review with a relation that the space has.",
        )
    }

    def post(self, pk: int) -> Response:
        row = self.proposal(pk)
        rows = self.space.relations.filter(retired_at=None).defer("embedding")
        relation = rows.filter(pk=self.said["relation"]).first()
        if relation is None:
            raise Unfit("There is no such relation in this space.")
        return self.taken_up(row.pk, relation)


class DeclineRelationProposal(ProposalView):
    calls = {
        "POST": Call(
            TAKE_UP, RelationProposalOut, body=DeclineIn, says="Decline a proposed relation."
        )
    }

    def post(self, pk: int) -> Response:
        services.relation_proposal_decline(
            proposal=self.proposal(pk), actor=self.user, reason=self.said["reason"]
        )
        return self.one(self.proposal(pk))
