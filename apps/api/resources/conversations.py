"""Conversations: messages of people and programs, kept and read."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from django.urls import reverse
from rest_framework import serializers
from rest_framework.response import Response

from apps.accounts.selectors import ADD_DOCUMENTS
from apps.api.base import ApiView, Call
from apps.api.fields import Strict
from apps.curation.services.chat import Kept, messages_add
from apps.sources.chats import MOST_MESSAGES, MOST_SPEAKER, MOST_TEXT, NAME

SESSION = "main"


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
