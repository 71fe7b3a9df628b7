"""Conversations: messages of people and programs, kept and read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import Http404
from django.urls import reverse
from rest_framework import serializers
from rest_framework.response import Response

from apps.accounts.models import Space
from apps.accounts.selectors import ADD_DOCUMENTS, READ
from apps.api.base import ApiView, Call
from apps.api.fields import Strict
from apps.api.resources.shapes import TripleOut
from apps.asking.services.recalling import Recall, Recalled, Told, recall
from apps.curation.services.chat import Kept, messages_add
from apps.sources.chats import MOST_MESSAGES, MOST_SPEAKER, MOST_TEXT, NAME

SESSION = "main"
TOKENS = 1000


class MessagesIn(Strict):
    """Messages in the order in which they were said, of one session of the conversation. Each has
    a speaker, a time with its offset from UTC, and a text."""

    session = serializers.RegexField(NAME, required=False, max_length=100)
    messages = serializers.ListField(
        child=serializers.DictField(),
        allow_empty=False,
        help_text=f"At most {MOST_MESSAGES:,}, each with speaker (at most {MOST_SPEAKER} "
        f"characters), time (2026-05-04T09:12:00+02:00) and text (at most {MOST_TEXT:,})",
    )


class MessagesOut(serializers.Serializer[Any]):
    """What was kept. ``added`` were new; ``extraction`` looks for facts in them, null where none
    was new."""

    conversation = serializers.CharField()
    session = serializers.CharField()
    document = serializers.IntegerField()
    added = serializers.IntegerField()
    extraction = serializers.IntegerField(allow_null=True)


class Messages(ApiView):
    calls = {
        "POST": Call(
            ADD_DOCUMENTS,
            MessagesOut,
            body=MessagesIn,
            status=201,
            more=(200,),
            says="Add messages to a conversation. What they say of speakers and of the world "
            "becomes candidates, which people decide. Where one message is wrong, none is taken, "
            "and it is named. A message with the speaker, time and text of one that is there is "
            "the same; where all are, the answer is 200.",
        )
    }

    def post(self, conversation: str) -> Response:
        if NAME.fullmatch(conversation) is None:
            raise Http404
        session = self.said.get("session", SESSION)
        kept: Kept = messages_add(
            space=self.space,
            actor=self.user,
            conversation=conversation,
            session=session,
            messages=self.said["messages"],
        )
        where = reverse("api:document", args=[self.space.slug, kept.document.pk])
        made = {
            "conversation": conversation,
            "session": session,
            "document": kept.document.pk,
            "added": kept.added,
            "extraction": kept.extraction.pk if kept.extraction else None,
        }
        return self.one(made, status=201 if kept.added else 200, Location=where)


class Remembered(Strict):
    """What to remember: for whom (``speaker``), in how many ``tokens`` (four characters of
    statement and sentence count as one), on whose word: ``said_by`` one speaker, ``told`` of
    oneself or of others."""

    speaker = serializers.CharField(required=False, max_length=MOST_SPEAKER)
    tokens = serializers.IntegerField(required=False, min_value=1, max_value=100_000)
    said_by = serializers.CharField(required=False, max_length=MOST_SPEAKER)
    told = serializers.ChoiceField(["of_self", "of_others"], required=False)


def recalled(space: Space, message: str, asked: Mapping[str, Any]) -> Recall:
    """Return the facts that matter for a message, as a call asks for them."""
    told = asked.get("told")
    return recall(
        space=space,
        message=message,
        speaker=asked.get("speaker", ""),
        tokens=asked.get("tokens", TOKENS),
        told=Told(asked.get("said_by", ""), None if told is None else told == "of_self"),
    )


class ContextIn(Remembered):
    """The next message, who says it, and how many tokens the facts may take (four characters of
    statement and sentence count as one). ``said_by`` and ``told`` leave only facts that rest on
    the word of one speaker, or on what speakers told of themselves or of others."""

    message = serializers.CharField(max_length=MOST_TEXT)


class RecalledOut(serializers.Serializer[Any]):
    """A fact with the sentence that bears it out and who approved it. ``sentence`` is null where
    no sentence does; ``said_by`` is its speaker, null where it is of no conversation."""

    triple = TripleOut()
    statement = serializers.CharField()
    sentence = serializers.SerializerMethodField()
    document = serializers.SerializerMethodField()
    approved_by = serializers.CharField()
    approved_at = serializers.DateTimeField()
    tokens = serializers.IntegerField()
    said_by = serializers.SerializerMethodField()
    by_self = serializers.BooleanField()

    def get_said_by(self, one: Recalled) -> str | None:
        return one.said_by or None

    def get_sentence(self, one: Recalled) -> str | None:
        return one.sentence or None

    def get_document(self, one: Recalled) -> int | None:
        return one.evidence.passage.document_id if one.evidence else None


class ContextOut(serializers.Serializer[Any]):
    """The facts that fit, the nearest first. ``tokens`` is what they take; ``left_out`` others
    are about the message and did not fit."""

    facts = RecalledOut(many=True)
    tokens = serializers.IntegerField()
    left_out = serializers.IntegerField()


class Context(ApiView):
    calls = {
        "POST": Call(
            READ,
            ContextOut,
            body=ContextIn,
            says="The facts in force that matter for the next message: about what it names and who "
            "says it, each with its evidence and who approved it, within a budget of tokens. The "
            "web process loads no model, so names have to stand in the message. Nothing changes; "
            "the message is in the body so that no log of addresses has it.",
        )
    }

    def post(self, conversation: str) -> Response:
        if NAME.fullmatch(conversation) is None:
            raise Http404
        found = recalled(self.space, self.said["message"], self.said)
        return self.one(found)
