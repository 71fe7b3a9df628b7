"""Relations and the packs of them that a space has switched on."""

from __future__ import annotations

from typing import Any

from django.db import IntegrityError, transaction
from django.shortcuts import get_object_or_404
from django.urls import reverse
from rest_framework import serializers
from rest_framework.response import Response

from apps.accounts.selectors import ADMINISTER, READ
from apps.api.base import ApiView, Call, filled
from apps.api.errors import Conflict
from apps.api.fields import ID, Strict
from apps.api.resources.shapes import Nothing
from apps.memory import services
from apps.memory.forms import RelationForm
from apps.memory.models import Relation
from apps.memory.packs import pack_named
from apps.memory.selectors import packs_overview


class RelationOut(serializers.Serializer[Any]):
    """A relation of the space. A retired one keeps its facts and gets no new ones."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    description = serializers.CharField(allow_blank=True)
    template = serializers.CharField()
    aliases = serializers.ListField(child=serializers.CharField())
    inverse = serializers.IntegerField(source="inverse_id", allow_null=True)
    inverse_name = serializers.CharField(allow_blank=True)
    single_valued = serializers.BooleanField()
    lasts = serializers.BooleanField()
    subject_types = serializers.ListField(child=serializers.CharField())
    object_types = serializers.ListField(child=serializers.CharField())
    questions = serializers.ListField(child=serializers.CharField())
    inverse_questions = serializers.ListField(child=serializers.CharField())
    examples = serializers.ListField(child=serializers.CharField())
    cue_words = serializers.ListField(child=serializers.CharField())
    role = serializers.CharField(allow_blank=True)
    implies = serializers.ListField(child=serializers.CharField())
    implies_back = serializers.ListField(child=serializers.CharField())
    wikidata_property = serializers.CharField(allow_blank=True)
    retired_at = serializers.DateTimeField(allow_null=True)


class Lines(serializers.ListField):
    def __init__(self, **given: Any) -> None:
        super().__init__(
            child=serializers.CharField(max_length=300), max_length=20, required=False, **given
        )


class RelationChange(Strict):
    """What is to change; what is not named stays."""

    name = serializers.CharField(required=False, max_length=120)
    description = serializers.CharField(required=False, max_length=500, allow_blank=True)
    template = serializers.CharField(required=False, max_length=300)
    aliases = Lines()
    inverse = serializers.IntegerField(required=False, allow_null=True, **ID)
    same_both_ways = serializers.BooleanField(required=False)
    inverse_name = serializers.CharField(required=False, max_length=120, allow_blank=True)
    single_valued = serializers.BooleanField(required=False)
    lasts = serializers.BooleanField(required=False)
    subject_types = Lines()
    object_types = Lines()
    questions = Lines()
    inverse_questions = Lines()
    examples = Lines()
    cue_words = Lines()
    role = serializers.CharField(required=False, max_length=20, allow_blank=True)
    implies = Lines()
    implies_back = Lines()


class RelationIn(RelationChange):
    """A new relation."""

    name = serializers.CharField(max_length=120)
    template = serializers.CharField(
        max_length=300, help_text="A sentence with {subject} and {object}."
    )


def as_form(said: dict[str, Any]) -> dict[str, Any]:
    """Return what was said of a relation as its form takes it."""
    lined = {"aliases", "questions", "inverse_questions", "examples", "implies", "implies_back"}
    given = dict(said)
    for name, value in said.items():
        if name in lined:
            given[name] = "\n".join(value)
        elif name == "cue_words":
            given[name] = ", ".join(value)
        elif name == "lasts":
            given[name] = "yes" if value else "no"
    return {"lasts": "yes"} | given


class RelationView(ApiView):
    def relation(self, pk: int) -> Relation:
        return get_object_or_404(self.space.relations.defer("embedding"), pk=pk)

    def saved(self, said: dict[str, Any], row: Relation | None = None) -> Relation:
        form = RelationForm(as_form(said), space=self.space, relation=row)
        filled(form)
        try:
            with transaction.atomic():
                if row is None:
                    return services.relation_create(
                        space=self.space, actor=self.user, given=form.given()
                    )
                return services.relation_change(relation=row, actor=self.user, given=form.given())
        except IntegrityError:  # somebody else was faster
            raise Conflict("There is a relation of this name.") from None


class Relations(RelationView):
    calls = {
        "GET": Call(READ, RelationOut, many=True, says="The relations, retired ones too."),
        "POST": Call(ADMINISTER, RelationOut, body=RelationIn, status=201, says="Add a relation."),
    }

    def get(self) -> Response:
        return self.page(self.space.relations.defer("embedding"), ordering="pk")

    def post(self) -> Response:
        row = self.saved(self.said)
        where = reverse("api:relation", args=[self.space.slug, row.pk])
        return self.one(row, Location=where)


class OneRelation(RelationView):
    calls = {
        "GET": Call(READ, RelationOut, says="A relation."),
        "PATCH": Call(
            ADMINISTER, RelationOut, body=RelationChange, versioned=True, says="Change a relation."
        ),
    }

    def get(self, pk: int) -> Response:
        return self.one(self.relation(pk))

    def patch(self, pk: int) -> Response:
        row = self.relation(pk)
        self.match(row, RelationOut)
        own = row.inverse_id == row.pk
        shown = {name: getattr(row, name) for name in RelationForm.base_fields
                 if name not in ("inverse", "same_both_ways")}  # fmt: skip
        shown |= {"inverse": None if own else row.inverse_id, "same_both_ways": own}
        self.saved(shown | self.said, row)
        return self.one(self.relation(pk))


class RetireRelation(RelationView):
    calls = {
        "POST": Call(
            ADMINISTER, RelationOut, body=Nothing, says="Retire a relation; its facts stay."
        )
    }

    def post(self, pk: int) -> Response:
        services.relation_retire(relation=self.relation(pk), actor=self.user)
        return self.one(self.relation(pk))


class RestoreRelation(RelationView):
    calls = {"POST": Call(ADMINISTER, RelationOut, body=Nothing, says="Bring a relation back.")}

    def post(self, pk: int) -> Response:
        services.relation_restore(relation=self.relation(pk), actor=self.user)
        return self.one(self.relation(pk))


class PackOut(serializers.Serializer[Any]):
    """Relations that come together; ``in_use`` of them are."""

    name = serializers.CharField(source="pack.name")
    title = serializers.CharField(source="pack.title")
    description = serializers.CharField(source="pack.description")
    relations = serializers.SerializerMethodField()
    in_use = serializers.IntegerField()
    is_on = serializers.BooleanField()
    facts = serializers.IntegerField()

    def get_relations(self, shown: Any) -> list[str]:
        return [row.name for row in shown.relations]


class Packs(ApiView):
    calls = {
        "GET": Call(READ, PackOut, many=True, whole=True, says="Packs, and what is in use of them.")
    }

    def get(self) -> Response:
        return self.listed(packs_overview(self.space))


class SwitchPack(ApiView):
    calls = {
        "PUT": Call(ADMINISTER, PackOut, says="Bring the relations of a pack into use."),
        "DELETE": Call(ADMINISTER, PackOut, says="Retire them; their facts stay."),
    }

    def put(self, name: str) -> Response:
        pack = pack_named(name)
        services.pack_switch_on(space=self.space, actor=self.user, pack=pack)
        return self._shown(name)

    def delete(self, name: str) -> Response:
        pack = pack_named(name)
        services.pack_switch_off(space=self.space, actor=self.user, pack=pack)
        return self._shown(name)

    def _shown(self, name: str) -> Response:
        return self.one(next(one for one in packs_overview(self.space) if one.pack.name == name))
