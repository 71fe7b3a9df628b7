"""The protocol: MEM_READ, and MEM_WRITE, which makes candidates."""

from __future__ import annotations

import json
from typing import Any

from django.urls import reverse
from rest_framework import serializers
from rest_framework.response import Response

from apps.accounts.selectors import ADD_DOCUMENTS, READ
from apps.api.base import ApiView, Call
from apps.api.fields import Strict
from apps.api.resources.shapes import EntityRef, RelationRef
from apps.curation.services.documents import document_import
from apps.memory import services
from apps.memory.forms import TYPES
from apps.sources.services import MAX_TITLE
from apps.sources.triples import MAX_EVIDENCE_CHARS, MAX_NAME_CHARS, MAX_ROWS

NAME: dict[str, Any] = {"max_length": MAX_NAME_CHARS}


class ReadIn(Strict):
    """A partial triple: a relation, and the subject or the object or neither (all facts of the
    relation). ``as_of``: what was true on that day; ``known_at``: what the memory held then."""

    relation = serializers.CharField(**NAME)
    subject = serializers.CharField(required=False, **NAME)
    object = serializers.CharField(required=False, **NAME)
    as_of = serializers.DateField(required=False)
    known_at = serializers.DateTimeField(required=False)
    limit = serializers.IntegerField(required=False, min_value=1, max_value=500)

    def validate(self, said: dict[str, Any]) -> dict[str, Any]:
        if "subject" in said and "object" in said:
            raise serializers.ValidationError("Give the subject or the object, and not both.")
        return said


class ReadCandidateOut(serializers.Serializer[Any]):
    """An entity or relation that was considered; ``distance`` is 1 - cosine, 0 where the name is
    equal."""

    role = serializers.ChoiceField(["entity", "relation"])
    id = serializers.IntegerField()
    name = serializers.CharField()
    distance = serializers.FloatField()
    accepted = serializers.BooleanField()
    exact = serializers.BooleanField()


class ReadFactOut(serializers.Serializer[Any]):
    """A fact that was read."""

    triple = serializers.IntegerField(source="triple_id")
    subject = EntityRef()
    relation = RelationRef()
    object = EntityRef()
    valid_from = serializers.DateField(allow_null=True)
    valid_to = serializers.DateField(allow_null=True)
    score = serializers.FloatField()


class ReadOut(serializers.Serializer[Any]):
    """What the memory answered: all that was considered, then the facts."""

    candidates = ReadCandidateOut(many=True)
    facts = ReadFactOut(many=True)
    truncated = serializers.BooleanField()


class Reads(ApiView):
    calls = {
        "POST": Call(
            READ,
            ReadOut,
            body=ReadIn,
            says="MEM_READ: look a partial triple up. Names count that are equal to one of the "
            "memory, up to case, accents and blanks.",
        )
    }

    def post(self) -> Response:
        return self.one(services.read_call(space=self.space, **self.said))


class WriteRow(Strict):
    """A fact as somebody gives it; ``relation`` is one of the space, ``source`` a document."""

    subject = serializers.CharField(**NAME)
    relation = serializers.CharField(**NAME)
    object = serializers.CharField(**NAME)
    subject_type = serializers.ChoiceField([name for name, _ in TYPES], required=False)
    object_type = serializers.ChoiceField([name for name, _ in TYPES], required=False)
    valid_from = serializers.CharField(required=False, max_length=20)
    valid_to = serializers.CharField(required=False, max_length=20)
    evidence = serializers.CharField(required=False, max_length=MAX_EVIDENCE_CHARS)
    source = serializers.CharField(  # type: ignore[assignment]
        required=False, max_length=300
    )


class WriteIn(Strict):
    """Facts to propose: all of them or none."""

    triples = serializers.ListField(child=WriteRow(), allow_empty=False, max_length=MAX_ROWS)
    title = serializers.CharField(required=False, max_length=MAX_TITLE)


class WriteOut(serializers.Serializer[Any]):
    """What was proposed. ``document`` keeps the rows; ``queued``: a worker proposes them, because
    they are many."""

    document = serializers.IntegerField(source="document.pk")
    created = serializers.BooleanField()
    candidates = serializers.IntegerField()
    queued = serializers.SerializerMethodField()

    def get_queued(self, made: Any) -> bool:
        return made.row_import is not None


class Writes(ApiView):
    calls = {
        "POST": Call(
            ADD_DOCUMENTS,
            WriteOut,
            body=WriteIn,
            status=201,
            more=(200, 202),
            says="MEM_WRITE: propose facts. They become candidates, which people decide; nothing "
            "enters the memory by it. Where one row is wrong, none is taken, and it is named. The "
            "same rows again answer 200 and make nothing.",
        )
    }

    def post(self) -> Response:
        lines = [json.dumps(row, ensure_ascii=False) for row in self.said["triples"]]
        made = document_import(
            space=self.space,
            actor=self.user,
            data=("\n".join(lines) + "\n").encode(),
            filename="writes.jsonl",
            title=self.said.get("title", "") or "Facts from a program",
            format="jsonl",
        )
        status = 202 if made.row_import else 201 if made.created else 200
        where = reverse("api:document", args=[self.space.slug, made.document.pk])
        return self.one(made, status=status, Location=where)
