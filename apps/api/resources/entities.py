"""Entities: their names, and making two of them one."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.urls import reverse
from rest_framework import serializers
from rest_framework.response import Response

from apps.accounts.selectors import ADMINISTER, READ
from apps.api.base import ApiView, Call, filled
from apps.api.errors import Conflict, Unfit
from apps.api.fields import ID, Strict
from apps.api.resources.shapes import EntityRef, Nothing
from apps.memory import services
from apps.memory.forms import TYPES, AliasForm, EntityForm
from apps.memory.merge_forms import SplitForm
from apps.memory.models import Entity, EntityMerge
from apps.memory.selectors import facts_search, search_words, with_words


class EntityOut(serializers.Serializer[Any]):
    """A thing that facts are about. A merged one points to what it is now."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    type = serializers.CharField(allow_blank=True)
    kind = serializers.ChoiceField(Entity.Kind.choices)
    value = serializers.JSONField()
    description = serializers.CharField(allow_blank=True)
    aliases = serializers.SerializerMethodField()
    merged_into = serializers.IntegerField(source="merged_into_id", allow_null=True)
    created_at = serializers.DateTimeField()

    def get_aliases(self, row: Entity) -> list[str]:
        return [one.name for one in row.aliases.all()]


class EntityQuery(Strict):
    """Words that each begin a word of a name."""

    q = serializers.CharField(required=False, max_length=200)


class EntityChange(Strict):
    """What is to change; what is not named stays."""

    name = serializers.CharField(required=False, max_length=500)
    type = serializers.ChoiceField([name for name, _ in TYPES], required=False, allow_blank=True)
    description = serializers.CharField(required=False, max_length=300, allow_blank=True)


class NameIn(Strict):
    """Another name."""

    name = serializers.CharField(max_length=500)


class EntityView(ApiView):
    def entities(self) -> QuerySet[Entity]:
        rows = Entity.objects.filter(space=self.space).defer("embedding")
        return rows.prefetch_related("aliases")

    def entity(self, pk: int) -> Entity:
        return get_object_or_404(self.entities(), pk=pk)


class Entities(EntityView):
    calls = {"GET": Call(READ, EntityOut, many=True, query=EntityQuery, says="The entities.")}

    def get(self) -> Response:
        rows = with_words(self.entities(), self.space, search_words(self.asked.get("q", "")))
        return self.page(rows.filter(merged_into=None), ordering="pk")


class OneEntity(EntityView):
    calls = {
        "GET": Call(READ, EntityOut, says="An entity."),
        "PATCH": Call(
            ADMINISTER,
            EntityOut,
            body=EntityChange,
            versioned=True,
            says="Rename or describe an entity; its old name stays as another one.",
        ),
    }

    def get(self, pk: int) -> Response:
        return self.one(self.entity(pk))

    def patch(self, pk: int) -> Response:
        row = self.entity(pk)
        self.match(row, EntityOut)
        if row.merged_into_id is not None:
            raise Conflict("This entity is another name of another one now.")
        given = filled(EntityForm(services.entity_shown(row) | self.said))
        services.entity_change(entity=row, actor=self.user, **given)
        return self.one(self.entity(pk))


class Aliases(EntityView):
    calls = {"POST": Call(ADMINISTER, EntityOut, body=NameIn, says="Add another name.")}

    def post(self, pk: int) -> Response:
        given = filled(AliasForm(self.said))
        services.alias_add(entity=self.entity(pk), actor=self.user, name=given["name"])
        return self.one(self.entity(pk))


class Resolve(ApiView):
    calls = {
        "GET": Call(
            READ,
            EntityOut,
            many=True,
            whole=True,
            query=NameIn,
            says="The entities that a name, or another name, stands for; several where it is "
            "ambiguous, none where it is new.",
        )
    }

    def get(self) -> Response:
        return self.listed(services.entities_meant(space=self.space, name=self.asked["name"]))


class MergeIn(Strict):
    """``target`` is what the entity is the same as. With ``dry_run`` nothing is done. ``despite``
    names the clashing pairs of facts that may stand beside each other."""

    target = serializers.IntegerField(**ID)
    dry_run = serializers.BooleanField(required=False)
    despite = serializers.ListField(
        child=serializers.ListField(
            child=serializers.IntegerField(**ID), min_length=2, max_length=2
        ),
        required=False,
        max_length=1000,
    )


class MergeOut(serializers.Serializer[Any]):
    """What a merge did, or with ``dry_run`` would do."""

    merge = serializers.IntegerField(allow_null=True)
    source = serializers.IntegerField()  # type: ignore[assignment]
    target = serializers.IntegerField()
    dry_run = serializers.BooleanField()
    moves = serializers.IntegerField()
    duplicates = serializers.IntegerField()
    clashes = serializers.ListField(child=serializers.ListField(child=serializers.IntegerField()))


class MergeEntity(EntityView):
    calls = {
        "POST": Call(
            ADMINISTER,
            MergeOut,
            body=MergeIn,
            says="Make an entity another name of another one. 409 names facts that would clash.",
        )
    }

    def post(self, pk: int) -> Response:
        source, said = self.entity(pk), self.said
        target = self.entities().filter(pk=said["target"], merged_into=None).first()
        if target is None or target == source:
            raise Unfit("There is no such other entity in this space.")
        if source.merged_into_id is not None:
            raise Conflict("It is another name of another entity already.")
        if said.get("dry_run"):
            services.refuse_two_things(source, target)
            plan = services.merge_plan(source, target)
            clashes = [[one.pk, other.pk] for one, other in plan.clashes]
            numbers = {"moves": len(plan.moves), "duplicates": len(plan.duplicates)}
            return self._said(source, target, numbers, clashes=clashes)
        despite = {(one, other) for one, other in said.get("despite", ())}
        done = services.entities_merge(
            source=source, target=target, actor=self.user, despite=despite
        )
        numbers = {"moves": done.moved, "duplicates": done.duplicates}
        return self._said(source, target, numbers, merge=done.merge.pk)

    def _said(
        self, source: Entity, target: Entity, numbers: dict[str, int], **more: Any
    ) -> Response:
        ends = {"source": source.pk, "target": target.pk, "dry_run": "merge" not in more}
        return self.one({"merge": None, "clashes": [], **ends, **numbers, **more})


class SplitIn(Strict):
    """The ``facts`` that are about another thing, and what that is called."""

    name = serializers.CharField(max_length=500)
    type = serializers.ChoiceField([name for name, _ in TYPES], required=False, allow_blank=True)
    description = serializers.CharField(required=False, max_length=300, allow_blank=True)
    facts = serializers.ListField(
        child=serializers.IntegerField(**ID), allow_empty=False, max_length=1000
    )


class SplitEntity(EntityView):
    calls = {
        "POST": Call(
            ADMINISTER,
            EntityOut,
            body=SplitIn,
            status=201,
            says="Make another entity of some of an entity's facts. Merging it back undoes that.",
        )
    }

    def post(self, pk: int) -> Response:
        row = self.entity(pk)
        if row.merged_into_id is not None:
            raise Conflict("It is another name of another entity.")
        given = {"type": row.type, **self.said}
        form = SplitForm(
            {**given, "fact": given.pop("facts")}, facts=facts_search(space=self.space, entity=row)
        )
        try:
            chosen = filled(form)
        except serializers.ValidationError as error:  # the form of the page has a box for each
            told = dict(error.detail) if isinstance(error.detail, dict) else {}
            raise serializers.ValidationError(
                {"facts" if name == "fact" else name: said for name, said in told.items()}
            ) from None
        triples = [triple.pk for triple in chosen.pop("fact")]
        split = services.entity_split(entity=row, actor=self.user, triples=triples, **chosen)
        where = reverse("api:entity", args=[self.space.slug, split.entity.pk])
        return self.one(self.entity(split.entity.pk), Location=where)


class StaysOut(serializers.Serializer[Any]):
    """A fact that stays with the target, and why."""

    triple = serializers.IntegerField()
    why = serializers.CharField()


class MergedOut(serializers.Serializer[Any]):
    """A merge, and what taking it back would do now: facts that move back to the source, those that
    stand again, what stays with the target. ``problem`` says why it cannot be taken back."""

    merge = serializers.IntegerField()
    source = EntityRef()  # type: ignore[assignment]
    target = EntityRef()
    by = serializers.CharField()
    at = serializers.DateTimeField()
    moves = serializers.ListField(child=serializers.IntegerField())
    restored = serializers.ListField(child=serializers.IntegerField())
    stays = StaysOut(many=True)
    since = serializers.ListField(
        child=serializers.IntegerField(), help_text="Facts that the target got after the merge"
    )
    problem = serializers.CharField(allow_blank=True)


class MergeView(EntityView):
    def merge(self, pk: int) -> EntityMerge:
        rows = EntityMerge.objects.select_related("source", "target", "actor", "space")
        return get_object_or_404(rows, pk=pk, space=self.space)


class OneMerge(MergeView):
    calls = {
        "GET": Call(ADMINISTER, MergedOut, says="A merge, and what taking it back would do now.")
    }

    def get(self, pk: int) -> Response:
        merge = self.merge(pk)
        plan = services.unmerge_plan(merge)
        said = {
            "merge": merge.pk,
            "source": merge.source,
            "target": merge.target,
            "by": merge.actor.label,
            "at": merge.created_at,
            "moves": [one.pk for one, _ in plan.moves],
            "restored": [one.pk for one in plan.restored],
            "stays": [{"triple": one.pk, "why": why} for one, why in plan.left],
            "since": [one.pk for one in plan.since],
            "problem": plan.problem,
        }
        return self.one(said)


class UndoMerge(MergeView):
    calls = {"POST": Call(ADMINISTER, EntityOut, body=Nothing, says="Take a merge back.")}

    def post(self, pk: int) -> Response:
        done = services.entities_unmerge(merge=self.merge(pk), actor=self.user)
        return self.one(self.entity(done.source.pk))
