"""What reviewers' decisions teach a space's write head: trainings, and switching them on."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.urls import reverse
from rest_framework import serializers
from rest_framework.response import Response

from apps.accounts.selectors import ADMINISTER, AUDIT
from apps.api.base import ApiView, Call
from apps.api.fields import ID, Strict
from apps.api.resources.runs import RunOut
from apps.api.resources.shapes import JobOut, Nothing
from apps.evaluation.models import LearnedWeights, Run
from apps.evaluation.services.learning import (
    learned_switch_back,
    learned_switch_on,
    learning_cancel,
    learning_request,
    learning_retry,
)
from apps.evaluation.services.learning.shown import material, run_with, weights_in_use


class MaterialOut(serializers.Serializer[Any]):
    """What there is to learn from: decisions that count, how many of them accepted, and of how many
    documents. ``trouble`` says why nothing can be learned yet. ``on`` is the training whose weights
    count, null for the shipped ones; ``on_trouble`` says why they do not, though they are on."""

    head = serializers.CharField()
    decisions = serializers.IntegerField()
    right = serializers.IntegerField()
    documents = serializers.IntegerField()
    trouble = serializers.CharField(allow_blank=True)
    on = serializers.IntegerField(allow_null=True)
    on_trouble = serializers.CharField(allow_blank=True)


_OF_MATERIAL = ("head", "decisions", "right", "documents", "trouble")


class TrainingOut(JobOut):
    """A training: ``done`` of ``total`` passages are read; ``figures`` once it is done. Its weights
    count where ``is_on``."""

    backend = serializers.CharField()
    started_by = serializers.CharField(source="started_by.username")
    done = serializers.IntegerField()
    total = serializers.IntegerField()
    counts = serializers.JSONField()
    figures = serializers.JSONField()
    sha256 = serializers.CharField(allow_blank=True)
    is_on = serializers.BooleanField()
    switched_at = serializers.DateTimeField(allow_null=True)


class TrainingRunIn(Strict):
    """A benchmark with a pinned baseline."""

    benchmark = serializers.IntegerField(**ID)


class TrainingView(ApiView):
    def trainings(self) -> QuerySet[LearnedWeights]:
        rows = LearnedWeights.objects.filter(space=self.space)
        return rows.select_related("space", "started_by", "instead_of")

    def training(self, pk: int) -> LearnedWeights:
        return get_object_or_404(self.trainings(), pk=pk)

    def material(self) -> Response:
        found, used = material(self.space), weights_in_use(self.space)
        said = {name: getattr(found, name) for name in _OF_MATERIAL}
        on = used.row.pk if used.row else None
        return self.one(said | {"on": on, "on_trouble": used.trouble})


class Material(TrainingView):
    calls = {
        "GET": Call(
            AUDIT, MaterialOut, says="What a training would learn from, and which weights are on."
        )
    }

    def get(self) -> Response:
        return self.material()


class Trainings(TrainingView):
    calls = {
        "GET": Call(AUDIT, TrainingOut, many=True, says="The trainings, the newest first."),
        "POST": Call(
            ADMINISTER,
            TrainingOut,
            body=Nothing,
            status=202,
            says="Train on the decisions that stand now; nothing counts before it is switched on. "
            "While one is under way the answer is that one.",
        ),
    }

    def get(self) -> Response:
        return self.page(self.trainings())

    def post(self) -> Response:
        made = learning_request(space=self.space, actor=self.user)
        where = reverse("api:training", args=[self.space.slug, made.pk])
        return self.one(self.training(made.pk), Location=where)


class OneTraining(TrainingView):
    calls = {"GET": Call(AUDIT, TrainingOut, says="How far a training is, or its figures.")}

    def get(self, pk: int) -> Response:
        return self.one(self.training(pk))


class CancelTraining(TrainingView):
    calls = {"POST": Call(ADMINISTER, TrainingOut, body=Nothing, says="End a training.")}

    def post(self, pk: int) -> Response:
        learning_cancel(row=self.training(pk), actor=self.user)
        return self.one(self.training(pk))


class RetryTraining(TrainingView):
    calls = {
        "POST": Call(
            ADMINISTER,
            TrainingOut,
            body=Nothing,
            status=202,
            says="Let a training go on that failed or was cancelled.",
        )
    }

    def post(self, pk: int) -> Response:
        learning_retry(row=self.training(pk), actor=self.user)
        return self.one(self.training(pk))


class SwitchOnTraining(TrainingView):
    calls = {
        "POST": Call(
            ADMINISTER,
            TrainingOut,
            body=Nothing,
            says="Let the head propose by the weights of a training, from the next document on.",
        )
    }

    def post(self, pk: int) -> Response:
        learned_switch_on(row=self.training(pk), actor=self.user)
        return self.one(self.training(pk))


class SwitchBack(TrainingView):
    calls = {
        "POST": Call(
            ADMINISTER,
            MaterialOut,
            body=Nothing,
            says="Go back to the weights that were on before, or to the shipped ones.",
        )
    }

    def post(self) -> Response:
        learned_switch_back(space=self.space, actor=self.user)
        self.space.refresh_from_db()
        return self.material()


class RunTraining(TrainingView):
    calls = {
        "POST": Call(
            ADMINISTER,
            RunOut,
            body=TrainingRunIn,
            status=202,
            says="Run a benchmark with the weights of a training, before they are switched on.",
        )
    }

    def post(self, pk: int) -> Response:
        benchmark = str(self.said["benchmark"])
        run = run_with(row=self.training(pk), benchmark=benchmark, actor=self.user)
        where = reverse("api:run", args=[self.space.slug, run.pk])
        found = Run.objects.select_related("version").get(pk=run.pk)
        return self.one(found, Location=where)
