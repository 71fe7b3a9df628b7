"""The explicit memory: MEM_READ, MEM_WRITE, entities, relations and packs."""

from __future__ import annotations

import json
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.urls import reverse
from rest_framework import serializers
from rest_framework.response import Response

from apps.accounts.selectors import ADD_DOCUMENTS, ADMINISTER, READ
from apps.api.base import ApiView, Call, filled
from apps.api.errors import Conflict, Unfit
from apps.api.fields import Strict
from apps.api.resources.shapes import EntityRef, Nothing, RelationRef
from apps.curation.services.documents import document_import
from apps.memory import services
from apps.memory.forms import TYPES, AliasForm, EntityForm, RelationForm
from apps.memory.models import Entity, EntityMerge, Relation
from apps.memory.packs import pack_named
from apps.memory.selectors import packs_overview, search_words, with_words
from apps.sources.services import MAX_TITLE
from apps.sources.triples import MAX_EVIDENCE_CHARS, MAX_NAME_CHARS, MAX_ROWS

NAME: dict[str, Any] = {"max_length": MAX_NAME_CHARS}
ID: dict[str, Any] = {"min_value": 1, "max_value": 2**63 - 1}


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


class UndoMerge(EntityView):
    calls = {"POST": Call(ADMINISTER, EntityOut, body=Nothing, says="Take a merge back.")}

    def post(self, pk: int) -> Response:
        rows = EntityMerge.objects.select_related("source", "target", "actor", "space")
        merge = get_object_or_404(rows, pk=pk, space=self.space)
        done = services.entities_unmerge(merge=merge, actor=self.user)
        return self.one(self.entity(done.source.pk))


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
