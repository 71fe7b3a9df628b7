"""When benchmarks run by themselves, and what is watched of them."""

from __future__ import annotations

from typing import Any

from django.shortcuts import get_object_or_404
from rest_framework import serializers
from rest_framework.response import Response

from apps.accounts.selectors import AUDIT
from apps.api.base import ApiView, Call, filled
from apps.api.fields import Strict
from apps.api.resources.benchmarks import BenchmarkView, query_of
from apps.api.resources.shapes import Nothing
from apps.evaluation.forms.schedules import ScheduleForm
from apps.evaluation.models import Schedule
from apps.evaluation.services.schedules import (
    MOST_EVERY,
    fall_seen,
    schedule_remove,
    schedule_set,
    trouble_of,
)


class ScheduleOut(serializers.Serializer[Any]):
    """When a benchmark runs by itself, and the measure that is watched. ``trouble`` says why
    nothing is measured at present; ``alerted_at`` that the measure got worse than the baseline's
    interval, ``seen_at`` that somebody has seen it."""

    id = serializers.IntegerField()
    benchmark = serializers.IntegerField(source="benchmark_id")
    when = serializers.ChoiceField(Schedule.When.choices)
    every = serializers.IntegerField(allow_null=True)
    mode = serializers.CharField()
    measure = serializers.CharField()
    trouble = serializers.SerializerMethodField()
    last_run = serializers.IntegerField(source="last_run_id", allow_null=True)
    alerted_at = serializers.DateTimeField(allow_null=True)
    seen_at = serializers.DateTimeField(allow_null=True)

    def get_trouble(self, row: Schedule) -> str:
        return trouble_of(row)


class ScheduleIn(Strict):
    """An occasion; ``every`` is the number of decisions, for ``decisions``. One that is set for the
    same occasion is replaced."""

    when = serializers.ChoiceField(Schedule.When.choices)
    every = serializers.IntegerField(min_value=1, max_value=MOST_EVERY, required=False)
    mode = serializers.CharField(max_length=20, required=False)
    measure = serializers.CharField(max_length=40, required=False)


class Schedules(BenchmarkView):
    calls = {
        "GET": Call(
            AUDIT, ScheduleOut, many=True, whole=True, says="When a benchmark runs by itself."
        ),
        "POST": Call(
            AUDIT,
            ScheduleOut,
            body=ScheduleIn,
            status=201,
            says="Let a benchmark run by itself, and watch a measure.",
        ),
    }

    def get(self, pk: int) -> Response:
        rows = self.benchmark(pk).schedules.select_related(
            "benchmark__space", "benchmark__baseline", "last_run"
        )
        return self.listed(list(rows))

    def post(self, pk: int) -> Response:
        benchmark = self.benchmark(pk)
        said = {"mode": "memory", "measure": "right"} | self.said
        form = ScheduleForm(query_of(said), benchmark=benchmark)
        made = schedule_set(benchmark=benchmark, actor=self.user, **filled(form))
        return self.one(made)


class ScheduleView(ApiView):
    def schedule(self, pk: int) -> Schedule:
        rows = Schedule.objects.select_related(
            "benchmark__space", "benchmark__baseline", "last_run__version__benchmark"
        )
        return get_object_or_404(rows, benchmark__space=self.space, pk=pk)


class OneSchedule(ScheduleView):
    calls = {
        "GET": Call(AUDIT, ScheduleOut, says="When a benchmark runs by itself."),
        "DELETE": Call(
            AUDIT, status=204, says="Let a benchmark not run on this occasion any more."
        ),
    }

    def get(self, pk: int) -> Response:
        return self.one(self.schedule(pk))

    def delete(self, pk: int) -> Response:
        schedule_remove(schedule=self.schedule(pk), actor=self.user)
        return self.nothing()


class SeenSchedule(ScheduleView):
    calls = {
        "POST": Call(
            AUDIT, ScheduleOut, body=Nothing, says="Take an alert from everybody's dashboards."
        )
    }

    def post(self, pk: int) -> Response:
        fall_seen(schedule=self.schedule(pk), actor=self.user)
        return self.one(self.schedule(pk))
