"""Runs of heads on benchmarks."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import QueryDict
from django.shortcuts import get_object_or_404
from django.urls import reverse
from rest_framework import serializers
from rest_framework.response import Response

from apps.accounts.selectors import AUDIT
from apps.api.base import ApiView, Call, filled
from apps.api.errors import Unfit
from apps.api.fields import ID, Strict
from apps.api.resources.shapes import JobOut, Nothing
from apps.evaluation.forms.runs import RunForm
from apps.evaluation.models import Benchmark, Run
from apps.evaluation.run_selectors import Wanted, results_of, runs_of
from apps.evaluation.services.runs import run_cancel, run_retry, runs_request


class RunOut(JobOut):
    """A head on every case of a benchmark; ``figures`` once it is done."""

    benchmark = serializers.IntegerField(source="version.benchmark_id")
    version = serializers.IntegerField(source="version.number")
    mode = serializers.CharField()
    note = serializers.CharField(allow_blank=True)
    done = serializers.IntegerField()
    total = serializers.IntegerField()
    known_at = serializers.DateTimeField()
    figures = serializers.JSONField()


class RunIn(Strict):
    """A run: ``version`` is the newest where nothing is said, ``head`` that of the space.
    ``moment`` is the number of an earlier run, whose memory is asked again."""

    benchmark = serializers.IntegerField(**ID)
    version = serializers.IntegerField(required=False, **ID)
    mode = serializers.CharField(required=False, max_length=20)
    head = serializers.CharField(required=False, max_length=100)
    moment = serializers.IntegerField(required=False, **ID)
    note = serializers.CharField(required=False, max_length=300)
    beside = serializers.BooleanField(
        required=False,
        help_text="Also a run in each other possible mode, of the memory at the same moment",
    )


class RunsQuery(Strict):
    """The filters of the page."""

    benchmark = serializers.IntegerField(required=False, **ID)
    state = serializers.ChoiceField(Run.State.choices, required=False)


class ResultOut(serializers.Serializer[Any]):
    """What came of one case."""

    case = serializers.IntegerField(source="case.number")
    outcome = serializers.CharField()
    diagnosis = serializers.CharField(allow_blank=True)


class RunView(ApiView):
    def runs(self) -> QuerySet[Run]:
        return runs_of(self.space).select_related("version")

    def run(self, pk: int) -> Run:
        return get_object_or_404(self.runs(), pk=pk)


class Runs(RunView):
    calls = {
        "GET": Call(AUDIT, RunOut, many=True, query=RunsQuery, says="The runs, the newest first."),
        "POST": Call(
            AUDIT,
            RunOut,
            body=RunIn,
            status=202,
            says="Ask every case of a benchmark, by a worker. Those that beside starts are in the "
            "list, with the same known_at; all are started or none.",
        ),
    }

    def get(self) -> Response:
        return self.page(self.runs().filter(**self.asked_for()))

    def asked_for(self) -> dict[str, Any]:
        names = {"benchmark": "version__benchmark_id", "state": "state"}
        return {names[name]: value for name, value in self.asked.items()}

    def post(self) -> Response:
        said = dict(self.said)
        rows = Benchmark.objects.filter(space=self.space)
        benchmark = get_object_or_404(rows, pk=said.pop("benchmark"))
        blank = RunForm(benchmark=benchmark)
        query = QueryDict(mutable=True)
        for name, value in (dict(blank.initial) | said).items():
            query[name] = str(value)
        form = RunForm(query, benchmark=benchmark)
        filled(form)
        if "moment" in said and "moment" not in form.fields:
            raise Unfit("This benchmark has no earlier run whose memory could be asked.")
        if said.get("beside") and "beside" not in form.fields:
            raise Unfit("Here is no other mode in which this benchmark could be asked.")
        row, *_ = runs_request(
            version=form.versions[form.cleaned_data["version"]],
            actor=self.user,
            mode=form.cleaned_data["mode"],
            others=form.others,
            setup=form.setup,
            known_at=form.known_at,
            note=form.cleaned_data["note"],
        )
        where = reverse("api:run", args=[self.space.slug, row.pk])
        return self.one(self.run(row.pk), Location=where)


class OneRun(RunView):
    calls = {"GET": Call(AUDIT, RunOut, says="How far a run is, or its figures.")}

    def get(self, pk: int) -> Response:
        return self.one(self.run(pk))


class Results(RunView):
    calls = {"GET": Call(AUDIT, ResultOut, many=True, says="What came of each case of a run.")}

    def get(self, pk: int) -> Response:
        rows = results_of(self.run(pk), Wanted()).select_related("case")
        return self.page(rows, ordering="pk")


class CancelRun(RunView):
    calls = {"POST": Call(AUDIT, RunOut, body=Nothing, says="End a run; its results stay.")}

    def post(self, pk: int) -> Response:
        run_cancel(run=self.run(pk), actor=self.user)
        return self.one(self.run(pk))


class RetryRun(RunView):
    calls = {
        "POST": Call(
            AUDIT,
            RunOut,
            body=Nothing,
            status=202,
            says="Let a run that failed or was cancelled go on with the cases that are left.",
        )
    }

    def post(self, pk: int) -> Response:
        run_retry(run=self.run(pk), actor=self.user)
        return self.one(self.run(pk))
