"""Events: what happened in a space, by whom."""

from __future__ import annotations

from typing import Any

from django.shortcuts import get_object_or_404
from rest_framework import serializers
from rest_framework.response import Response

from apps.accounts.selectors import AUDIT
from apps.api.base import ApiView, Call, filled
from apps.api.fields import ID, Strict
from apps.audit.actions import ACTIONS, sentence_of
from apps.audit.models import Event
from apps.audit.selectors import events_of
from apps.provenance.forms import EventFilterForm

NUMBER: dict[str, Any] = {"required": False, **ID}


class EventOut(serializers.Serializer[Any]):
    """One thing that happened; ``sentence`` is to be read after the name of who acted."""

    id = serializers.IntegerField()
    action = serializers.CharField()
    by = serializers.CharField()
    sentence = serializers.SerializerMethodField()
    subject_type = serializers.CharField(allow_blank=True)
    subject_id = serializers.IntegerField(allow_null=True)
    payload = serializers.JSONField()
    request = serializers.CharField(allow_blank=True)
    created_at = serializers.DateTimeField()

    def get_sentence(self, row: Event) -> str:
        return sentence_of(row.action, row.payload)


class EventQuery(Strict):
    """The filters of the timeline."""

    q = serializers.CharField(required=False, max_length=200)
    action = serializers.ChoiceField(sorted(ACTIONS), required=False)
    since = serializers.DateField(required=False)
    until = serializers.DateField(required=False)
    document = serializers.IntegerField(**NUMBER)
    entity = serializers.IntegerField(**NUMBER)
    fact = serializers.IntegerField(**NUMBER)
    request = serializers.CharField(required=False, max_length=80)


class Events(ApiView):
    calls = {
        "GET": Call(AUDIT, EventOut, many=True, query=EventQuery, says="The log, newest first.")
    }

    def get(self) -> Response:
        form = EventFilterForm(self.asked, space=self.space)
        filled(form)
        return self.page(form.narrow(events_of(self.space)))


class OneEvent(ApiView):
    calls = {"GET": Call(AUDIT, EventOut, says="An event.")}

    def get(self, pk: int) -> Response:
        return self.one(get_object_or_404(events_of(self.space), pk=pk))
