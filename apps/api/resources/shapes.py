"""What several kinds of things show of each other."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from apps.api.fields import Strict
from apps.memory.controller.wording import statement_of
from apps.memory.models import Triple


class Nothing(Strict):
    """A body without fields."""


class EntityRef(serializers.Serializer[Any]):
    """An entity by its number, name and type."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    type = serializers.CharField(allow_blank=True)


class RelationRef(serializers.Serializer[Any]):
    """A relation by its number and name."""

    id = serializers.IntegerField()
    name = serializers.CharField()


class JobOut(serializers.Serializer[Any]):
    """Work that goes on: ask its address again until the state is none of queued and running."""

    id = serializers.IntegerField()
    state = serializers.ChoiceField(["queued", "running", "done", "failed", "cancelled"])
    error = serializers.CharField(allow_blank=True)
    created_at = serializers.DateTimeField()
    started_at = serializers.DateTimeField(allow_null=True)
    finished_at = serializers.DateTimeField(allow_null=True)


class TripleOut(serializers.Serializer[Any]):
    """A fact. ``valid_to`` is the first day on which it no longer held."""

    id = serializers.IntegerField()
    subject = EntityRef()
    relation = RelationRef()
    object = EntityRef()
    statement = serializers.SerializerMethodField()
    status = serializers.ChoiceField(Triple.Status.choices)
    valid_from = serializers.DateField(allow_null=True)
    valid_to = serializers.DateField(allow_null=True)
    recorded_at = serializers.DateTimeField()
    retracted_at = serializers.DateTimeField(allow_null=True)
    superseded_by = serializers.IntegerField(source="superseded_by_id", allow_null=True)

    def get_statement(self, row: Triple) -> str:
        return statement_of(row)


class Reason(Strict):
    """Why."""

    reason = serializers.CharField(max_length=500)
