"""What conversations say again and again: each proposed fact once, with all its sayings."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from rest_framework import serializers
from rest_framework.response import Response

from apps.accounts.selectors import AUDIT, DECIDE
from apps.api.base import ApiView, Call
from apps.api.fields import Strict
from apps.api.resources.candidates import CandidateOut
from apps.curation.selectors import with_sentence
from apps.curation.services.said_again import (
    Readings,
    SaidAgain,
    conversation_candidates,
    said_again,
)
from apps.sources.chats import MOST_SPEAKER, NAME


class SayingOut(serializers.Serializer[Any]):
    """A message that says the fact. ``by_self``: who says it is whom the fact is about."""

    document = serializers.IntegerField()
    conversation = serializers.CharField()
    session = serializers.CharField()
    speaker = serializers.CharField()
    time = serializers.DateTimeField()
    text = serializers.CharField()
    by_self = serializers.BooleanField()


class OtherwiseOut(serializers.Serializer[Any]):
    """What was said in the place of the fact's object, and when. ``candidate`` proposes it."""

    object = serializers.CharField()
    candidate = serializers.IntegerField(allow_null=True)
    sayings = SayingOut(many=True)


class SaidAgainOut(serializers.Serializer[Any]):
    """A proposed fact. ``confirmations`` is how often it was said after the first time,
    ``by_self`` how often by the one whom it is about. ``otherwise`` is what contradicts it."""

    candidate = CandidateOut()
    confirmations = serializers.IntegerField()
    by_self = serializers.IntegerField()
    sessions = serializers.IntegerField()
    sayings = SayingOut(many=True)
    otherwise = OtherwiseOut(many=True)


class ProposalsQuery(Strict):
    """Whose sayings: of one ``speaker``; what speakers ``told`` of themselves, or of others."""

    speaker = serializers.CharField(required=False, max_length=MOST_SPEAKER)
    told = serializers.ChoiceField(["of_self", "of_others"], required=False)


class Proposals(ApiView):
    calls = {
        "GET": Call(
            DECIDE | AUDIT,
            SaidAgainOut,
            many=True,
            query=ProposalsQuery,
            says="What a conversation proposes and nobody has decided: each fact once, however "
            "often it is said, with every message that says it and what was said in its place. "
            "Counted are the sessions of the conversation, and what the fact's subject says of "
            "itself in other ones. Nothing of it is in the memory.",
        )
    }

    def get(self, conversation: str) -> Response:
        if NAME.fullmatch(conversation) is None:
            raise Http404
        told = self.asked.get("told")
        rows = conversation_candidates(
            space=self.space,
            conversation=conversation,
            speaker=self.asked.get("speaker", ""),
            by_self=None if told is None else told == "of_self",
        )
        readings = Readings()
        return self.page(
            with_sentence(rows),
            ordering="pk",
            each=lambda row: said_again(row, readings) or SaidAgain(row, (), ()),
        )
