"""When a benchmark runs by itself, and that somebody has seen what it found."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from apps.accounts.access import SpaceRequest, space_view
from apps.accounts.selectors import AUDIT
from apps.evaluation.forms.schedules import ScheduleForm
from apps.evaluation.models import Benchmark, Schedule
from apps.evaluation.services.kinds import kind_of
from apps.evaluation.services.runs import RunRefused
from apps.evaluation.services.schedules import (
    ScheduleRefused,
    fall_seen,
    schedule_remove,
    schedule_set,
    trouble_of,
)


@require_http_methods(["GET", "HEAD", "POST"])
@space_view(AUDIT)
def schedules(request: SpaceRequest, pk: int) -> HttpResponse:
    """When a benchmark runs by itself; one more occasion."""
    benchmark = get_object_or_404(
        Benchmark.objects.select_related("baseline", "space"), space=request.space, pk=pk
    )
    form = ScheduleForm(request.POST if request.method == "POST" else None, benchmark=benchmark)
    if form.is_bound and form.is_valid():
        try:
            schedule_set(benchmark=benchmark, actor=request.user, **form.cleaned_data)
        except (ScheduleRefused, RunRefused) as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, "Saved.")
            return redirect(request.path)
    rows = benchmark.schedules.select_related("benchmark__space", "benchmark__baseline", "last_run")
    context = {
        "nav": "evaluation",
        "benchmark": benchmark,
        "form": form,
        "schedules": [
            (one, kind_of(benchmark.kind).labelled(one.measure), trouble_of(one)) for one in rows
        ],
        "hour": settings.VERIFY_HOUR % 24,
    }
    status = 422 if form.errors else 200
    return render(request, "evaluation/schedules.html", context, status=status)


@require_POST
@space_view(AUDIT)
def remove(request: SpaceRequest, pk: int) -> HttpResponse:
    """Let a benchmark not run on this occasion any more."""
    schedule = _schedule(request, pk)
    schedule_remove(schedule=schedule, actor=request.user)
    messages.success(request, "Removed.")
    return redirect("evaluation:schedules", request.space.slug, schedule.benchmark_id)


@require_POST
@space_view(AUDIT)
def seen(request: SpaceRequest, pk: int) -> HttpResponse:
    """Take an alert from the dashboards."""
    fall_seen(schedule=_schedule(request, pk), actor=request.user)
    return redirect("dashboard:space", request.space.slug)


def _schedule(request: SpaceRequest, pk: int) -> Schedule:
    found = Schedule.objects.select_related("benchmark__space")
    return get_object_or_404(found, benchmark__space=request.space, pk=pk)
