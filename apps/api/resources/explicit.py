"""Explicit memory of a space: switched on, built, its memories, and in which form they are kept."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.urls import reverse
from rest_framework import serializers
from rest_framework.response import Response

from apps.accounts.selectors import ADMINISTER, AUDIT, READ
from apps.api.base import ApiView, Call, filled
from apps.api.fields import Strict
from apps.api.resources.heads import OfferOut
from apps.api.resources.shapes import EntityRef, JobOut, Nothing
from apps.explicit import services
from apps.explicit.forms import ChoiceForm
from apps.explicit.hierarchy_selectors import moves_made, moves_proposed
from apps.explicit.models import ExplicitBuild, ExplicitChoice, ExplicitMemory, ExplicitMove, Form
from apps.explicit.selectors import choice_of, facts_of, memories_of, numbers

Policy = ExplicitChoice.Hierarchy


class ExplicitOut(serializers.Serializer[Any]):
    """Whether a space keeps explicit memories, of which language model, and how many in each state;
    ``bytes`` is what the fresh ones take. ``policy`` is what is done where another form is cheaper.
    """

    is_on = serializers.BooleanField()
    base = serializers.CharField(allow_blank=True)
    adapter = serializers.CharField(allow_blank=True)
    policy = serializers.ChoiceField(Policy.choices)
    building = serializers.IntegerField()
    fresh = serializers.IntegerField()
    stale = serializers.IntegerField()
    failed = serializers.IntegerField()
    bytes = serializers.IntegerField()
    bases = OfferOut(many=True)
    adapters = OfferOut(many=True)


class ExplicitChange(Strict):
    """What is to change; what is not named stays. ``base`` and ``adapter`` count while it is on."""

    is_on = serializers.BooleanField(required=False)
    base = serializers.CharField(max_length=300, required=False)
    adapter = serializers.CharField(max_length=300, required=False, allow_blank=True)
    policy = serializers.ChoiceField(Policy.choices, required=False)


class ExplicitMemoryOut(serializers.Serializer[Any]):
    """An explicit memory of a subject. ``uses`` counts answers that attended to it, each half after
    a half-life."""

    id = serializers.IntegerField()
    subject = EntityRef()
    state = serializers.ChoiceField(ExplicitMemory.State.choices)
    form = serializers.ChoiceField(Form.choices)
    version = serializers.IntegerField()
    maker = serializers.CharField()
    sha256 = serializers.CharField(allow_blank=True)
    bytes = serializers.IntegerField()
    tokens = serializers.IntegerField()
    error = serializers.CharField(allow_blank=True)
    uses = serializers.FloatField()
    created_at = serializers.DateTimeField()


class MemorisedFactOut(serializers.Serializer[Any]):
    """A fact that a memory stands for, and whether it was changed since."""

    triple = serializers.IntegerField(source="triple.pk")
    statement = serializers.CharField()
    changed = serializers.BooleanField()


class MemorisedSentenceOut(serializers.Serializer[Any]):
    """A sentence that a memory quotes, and the document that it stands in."""

    evidence = serializers.IntegerField(source="evidence.pk")
    document = serializers.IntegerField(source="evidence.passage.document_id")
    text = serializers.CharField()


class ExplicitContentOut(serializers.Serializer[Any]):
    """A memory with its facts and sentences."""

    memory = ExplicitMemoryOut()
    facts = MemorisedFactOut(many=True)
    sentences = MemorisedSentenceOut(many=True)


class MemoriesQuery(Strict):
    """Which memories."""

    state = serializers.ChoiceField(ExplicitMemory.State.choices, required=False)


class BuildOut(JobOut):
    """A build: how many memories it made, failed at and removed so far. ``by_clock``: nobody asked
    for it."""

    asked_by = serializers.CharField(source="asked_by.username")
    by_clock = serializers.BooleanField()
    made = serializers.IntegerField()
    failed = serializers.IntegerField()
    removed = serializers.IntegerField()


class MoveOut(serializers.Serializer[Any]):
    """That a subject's references are cheaper in another form: proposed, or made. ``saving`` is the
    seconds that it is predicted to save, ``bytes`` the files that it adds (below 0: removes)."""

    id = serializers.IntegerField()
    subject = EntityRef()
    now = serializers.ChoiceField(Form.choices)
    to = serializers.ChoiceField(Form.choices)
    state = serializers.ChoiceField(ExplicitMove.State.choices)
    saving = serializers.FloatField()
    bytes = serializers.IntegerField()
    proposed_at = serializers.DateTimeField()
    made_at = serializers.DateTimeField(allow_null=True)


class WeighedOut(serializers.Serializer[Any]):
    """How many moves were proposed, and how many of them made by the owner's policy."""

    proposed = serializers.IntegerField()
    made = serializers.IntegerField()


class MovesQuery(Strict):
    """Those proposed (where nothing is said), or those made."""

    state = serializers.ChoiceField(ExplicitMove.State.choices, required=False)


class AdaptingOut(serializers.Serializer[Any]):
    """Whether retrieval goes by what the caller was answered from of late."""

    is_on = serializers.BooleanField()


class AdaptingIn(Strict):
    """``is_on`` false forgets what was noted, too."""

    is_on = serializers.BooleanField()


class ExplicitView(ApiView):
    def standing(self) -> dict[str, Any]:
        choice = choice_of(self.space)
        return {
            "is_on": bool(choice and choice.is_on),
            "base": choice.base if choice else "",
            "adapter": choice.adapter if choice else "",
            "policy": choice.hierarchy if choice else Policy.OFF.value,
            **numbers(self.space),
            "bases": services.choosable(),
            "adapters": services.adapters(),
        }

    def memories(self, state: str = "") -> QuerySet[ExplicitMemory]:
        return memories_of(self.space, state)

    def build(self, pk: int) -> ExplicitBuild:
        return get_object_or_404(self.builds(), pk=pk)

    def builds(self) -> QuerySet[ExplicitBuild]:
        return ExplicitBuild.objects.filter(space=self.space).select_related("asked_by")


class Explicit(ExplicitView):
    calls = {
        "GET": Call(AUDIT, ExplicitOut, says="How the explicit memory of the space stands."),
        "PATCH": Call(
            ADMINISTER,
            ExplicitOut,
            body=ExplicitChange,
            versioned=True,
            says="Switch explicit memory on or off, choose its language model, or the policy of "
            "forms. Nothing is built before a build is asked for.",
        ),
    }

    def get(self) -> Response:
        return self.one(self.standing())

    def patch(self) -> Response:
        stands, said = self.standing(), self.said
        self.match(stands, ExplicitOut)
        with transaction.atomic():
            self._switch(stands, said)
            if "policy" in said:
                services.policy_set(space=self.space, actor=self.user, policy=said["policy"])
        return self.one(self.standing())

    def _switch(self, stands: dict[str, Any], said: dict[str, Any]) -> None:
        named = {"base", "adapter"} & set(said)
        if said.get("is_on", stands["is_on"]):
            if named or "is_on" in said:
                data = {name: said.get(name, stands[name]) for name in ("base", "adapter")}
                form = ChoiceForm(data, **{name: stands[name] for name in ("base", "adapter")})
                services.explicit_switch_on(space=self.space, actor=self.user, **filled(form))
        elif named or stands["is_on"]:
            services.explicit_switch_off(space=self.space, actor=self.user)


class Memories(ExplicitView):
    calls = {
        "GET": Call(
            AUDIT,
            ExplicitMemoryOut,
            many=True,
            query=MemoriesQuery,
            says="The explicit memories, the newest first.",
        )
    }

    def get(self) -> Response:
        return self.page(self.memories(self.asked.get("state", "")))


class OneMemory(ExplicitView):
    calls = {
        "GET": Call(
            AUDIT, ExplicitContentOut, says="An explicit memory, with its facts and sentences."
        )
    }

    def get(self, pk: int) -> Response:
        row = get_object_or_404(self.memories(), pk=pk)
        facts, sentences = facts_of(row)
        return self.one({"memory": row, "facts": facts, "sentences": sentences})


class Builds(ExplicitView):
    calls = {
        "GET": Call(AUDIT, BuildOut, many=True, says="The builds, the newest first."),
        "POST": Call(
            ADMINISTER,
            BuildOut,
            body=Nothing,
            status=202,
            says="Build what is lacking or out of date, by a worker, when nobody waits for it.",
        ),
    }

    def get(self) -> Response:
        return self.page(self.builds())

    def post(self) -> Response:
        made = services.build_request(space=self.space, actor=self.user)
        where = reverse("api:build", args=[self.space.slug, made.pk])
        return self.one(self.build(made.pk), Location=where)


class OneBuild(ExplicitView):
    calls = {"GET": Call(AUDIT, BuildOut, says="How far a build is.")}

    def get(self, pk: int) -> Response:
        return self.one(self.build(pk))


class CancelBuild(ExplicitView):
    calls = {
        "POST": Call(ADMINISTER, BuildOut, body=Nothing, says="End a build; what it made stays.")
    }

    def post(self, pk: int) -> Response:
        services.build_cancel(build=self.build(pk), actor=self.user)
        return self.one(self.build(pk))


class Moves(ExplicitView):
    calls = {
        "GET": Call(
            AUDIT,
            MoveOut,
            many=True,
            query=MovesQuery,
            says="Which subjects' references are cheaper in another form, or were moved.",
        ),
        "POST": Call(
            ADMINISTER,
            WeighedOut,
            body=Nothing,
            says="Weigh the forms now, and not when the clock does.",
        ),
    }

    def get(self) -> Response:
        made = self.asked.get("state") == ExplicitMove.State.MADE
        return self.page((moves_made if made else moves_proposed)(self.space))

    def post(self) -> Response:
        return self.one(services.hierarchy_weigh(space=self.space))


class MakeMove(ExplicitView):
    calls = {"POST": Call(ADMINISTER, MoveOut, body=Nothing, says="Make a proposed move.")}

    def post(self, pk: int) -> Response:
        rows = ExplicitMove.objects.filter(space=self.space).select_related("space", "subject")
        row = get_object_or_404(rows.defer("subject__embedding"), pk=pk)
        services.move_make(move=row, actor=self.user)
        row.refresh_from_db()
        return self.one(row)


class Adapting(ExplicitView):
    calls = {
        "GET": Call(READ, AdaptingOut, says="Whether retrieval adapts to you."),
        "PUT": Call(READ, AdaptingOut, body=AdaptingIn, says="Switch it on or off; off forgets."),
    }

    def get(self) -> Response:
        return self.one({"is_on": services.adapts_to(self.space, self.user)})

    def put(self) -> Response:
        is_on = self.said["is_on"]
        services.adapting_set(space=self.space, user=self.user, is_on=is_on)
        return self.one({"is_on": is_on})
