"""Files of other systems: a dry run, which relation is which, then candidates."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.urls import reverse
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.response import Response

from apps.accounts.selectors import ADD_DOCUMENTS
from apps.api.base import ApiView, Call
from apps.api.fields import ID, Strict
from apps.curation.foreign_selectors import Met, relations_in_use, relations_met
from apps.curation.models import ForeignDraft
from apps.curation.services.documents import Imported
from apps.curation.services.foreign import (
    foreign_columns,
    foreign_discard,
    foreign_import,
    foreign_read,
)
from apps.sources.foreign import from_json, table

MOST_RELATIONS = 2_000
CELLS_SHOWN, TEXTS_SHOWN = 3, 2
PARTS = tuple(table.PARTS)


class MetOut(serializers.Serializer[Any]):
    """A relation of a file, by ``key``: how often it occurs, and the number of the space's relation
    that it seems to be, null for none. ``samples`` are facts of it."""

    key = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    count = serializers.IntegerField()
    relation = serializers.SerializerMethodField()
    samples = serializers.SerializerMethodField()

    def get_relation(self, row: Met) -> int | None:
        return row.relation.pk if row.relation else None

    def get_samples(self, row: Met) -> list[str]:
        return [f"{one.subject} | {one.relation} | {one.object}" for one in row.samples]


class LeftOutOut(serializers.Serializer[Any]):
    """What of a file cannot be taken, and how often."""

    why = serializers.CharField()
    count = serializers.IntegerField()


class ImportOut(serializers.Serializer[Any]):
    """The dry run of a file: of which system it is, its relations, and the first of its texts.

    A table has ``columns`` with its first rows (``cells``); where no fact was found in it, say
    which column is what (``/columns``). Nothing of it is in the space yet; it is kept for a day."""

    id = serializers.IntegerField()
    filename = serializers.CharField(allow_blank=True)
    system = serializers.CharField()
    facts = serializers.IntegerField()
    texts = serializers.IntegerField()
    columns = serializers.ListField(child=serializers.CharField())
    cells = serializers.ListField(child=serializers.ListField(child=serializers.CharField()))
    relations = MetOut(many=True)
    left_out = LeftOutOut(many=True)
    first_texts = serializers.ListField(child=serializers.CharField())
    added_by = serializers.CharField()
    created_at = serializers.DateTimeField()


class ImportIn(Strict):
    """A file: JSON, JSON Lines, GraphML, Turtle, TriG, N-Triples, JSON-LD or CSV."""

    file = serializers.FileField(allow_empty_file=True)


class ColumnsIn(Strict):
    """Which column of a table is what, each by its place, from 0; ``one_relation`` is that of every
    row, where no column says it."""

    subject = serializers.IntegerField(min_value=0)
    object = serializers.IntegerField(min_value=0)
    relation = serializers.IntegerField(min_value=0, required=False)
    subject_type = serializers.IntegerField(min_value=0, required=False)
    object_type = serializers.IntegerField(min_value=0, required=False)
    valid_from = serializers.IntegerField(min_value=0, required=False)
    valid_to = serializers.IntegerField(min_value=0, required=False)
    evidence = serializers.IntegerField(min_value=0, required=False)
    source = serializers.IntegerField(  # type: ignore[assignment]
        min_value=0, required=False
    )
    one_relation = serializers.CharField(max_length=120, required=False)

    def validate(self, said: dict[str, Any]) -> dict[str, Any]:
        if "relation" not in said and "one_relation" not in said:
            raise ValidationError({"relation": ["Say the column of the relation, or one for all."]})
        if said["subject"] == said["object"]:
            raise ValidationError({"object": ["Subject and object are two columns."]})
        return said


class CommitIn(Strict):
    """Which relation of the space (by number) each relation of the file is (by ``key``); the facts
    of those that are not named are left out. ``texts`` adds the texts as a document."""

    relations = serializers.DictField(child=serializers.IntegerField(**ID))
    texts = serializers.BooleanField(required=False)

    def validate_relations(self, given: Mapping[str, int]) -> Mapping[str, int]:
        if len(given) > MOST_RELATIONS:
            raise ValidationError(f"At most {MOST_RELATIONS:,} relations.")
        return given


class ImportedDocumentOut(serializers.Serializer[Any]):
    """A document that an import made; ``created`` is false where it was there before. ``queued``: a
    worker puts its rows to review."""

    document = serializers.IntegerField(source="document.pk")
    created = serializers.BooleanField()
    queued = serializers.SerializerMethodField()
    candidates = serializers.IntegerField()

    def get_queued(self, row: Imported) -> bool:
        return row.row_import is not None


class ImportedOut(serializers.Serializer[Any]):
    """What came of a file: the document of its facts, and that of its texts."""

    facts = ImportedDocumentOut(allow_null=True)
    texts = ImportedDocumentOut(allow_null=True)


class ImportView(ApiView):
    def drafts(self) -> QuerySet[ForeignDraft]:
        return ForeignDraft.objects.filter(space=self.space).select_related("added_by", "space")

    def draft(self, pk: int) -> ForeignDraft:
        return get_object_or_404(self.drafts(), pk=pk)

    def shown(self, row: ForeignDraft) -> dict[str, Any]:
        """Return the dry run of a file."""
        found = from_json(row.found)
        return {
            "id": row.pk,
            "filename": row.filename,
            "system": found.system,
            "facts": len(found.facts),
            "texts": len(found.texts),
            "columns": found.columns,
            "cells": found.cells[:CELLS_SHOWN],
            "relations": relations_met(found, relations_in_use(self.space))[:MOST_RELATIONS],
            "left_out": [
                {"why": why, "count": count} for why, count in found.left_out.most_common()
            ],
            "first_texts": found.texts[:TEXTS_SHOWN],
            "added_by": row.added_by.username,
            "created_at": row.created_at,
        }


class Imports(ImportView):
    calls = {
        "POST": Call(
            ADD_DOCUMENTS,
            ImportOut,
            body=ImportIn,
            files=True,
            status=201,
            says="Read a file of another system (mem0, Graphiti, Cognee, Wikidata, RDF, a table): "
            "a dry run, of which nothing is in the space yet.",
        )
    }

    def post(self) -> Response:
        file = self.said["file"]
        made = foreign_read(
            space=self.space, actor=self.user, data=file.read(), filename=file.name or ""
        )
        where = reverse("api:import", args=[self.space.slug, made.pk])
        return self.one(self.shown(self.draft(made.pk)), Location=where)


class OneImport(ImportView):
    calls = {
        "GET": Call(ADD_DOCUMENTS, ImportOut, says="The dry run of a file."),
        "DELETE": Call(ADD_DOCUMENTS, status=204, says="Give an import up; nothing was added."),
    }

    def get(self, pk: int) -> Response:
        return self.one(self.shown(self.draft(pk)))

    def delete(self, pk: int) -> Response:
        foreign_discard(draft=self.draft(pk), actor=self.user)
        return self.nothing()


class ImportColumns(ImportView):
    calls = {
        "POST": Call(
            ADD_DOCUMENTS,
            ImportOut,
            body=ColumnsIn,
            says="Say which column of a table is what, and see the facts that this makes.",
        )
    }

    def post(self, pk: int) -> Response:
        draft, chosen = self.draft(pk), dict(self.said)
        relation = chosen.pop("one_relation", "")
        there = len(from_json(draft.found).columns)
        if wrong := [name for name, place in chosen.items() if place >= there]:
            raise ValidationError({wrong[0]: [f"The file has {there} columns."]})
        made = foreign_columns(draft=draft, actor=self.user, chosen=chosen, relation=relation)
        return self.one(self.shown(made))


class CommitImport(ImportView):
    calls = {
        "POST": Call(
            ADD_DOCUMENTS,
            ImportedOut,
            body=CommitIn,
            status=201,
            says="Put the facts of a file to review, all or none. They wait for people to decide; "
            "the same file again makes nothing new.",
        )
    }

    def post(self, pk: int) -> Response:
        draft = self.draft(pk)
        known = {one.pk: one for one in relations_in_use(self.space)}
        given = self.said["relations"]
        if lacking := {key: pk for key, pk in given.items() if pk not in known}:
            why = "There is no such relation in use in this space."
            raise ValidationError({"relations": {key: [why] for key in lacking}})
        there = {one.relation for one in from_json(draft.found).facts}
        if unknown := [key for key in given if key not in there]:
            why = "The file has no such relation."
            raise ValidationError({"relations": {key: [why] for key in unknown}})
        made = foreign_import(
            draft=draft,
            actor=self.user,
            relations={key: known[pk] for key, pk in given.items()},
            texts=self.said.get("texts", False),
        )
        return self.one(made)
