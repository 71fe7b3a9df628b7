"""Benchmarks: which there are, how each fares, and its versions with their cases."""

from __future__ import annotations

from typing import Final

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from apps.accounts.access import SpaceRequest, space_view
from apps.accounts.selectors import AUDIT
from apps.evaluation import selectors
from apps.evaluation.forms.benchmarks import CasesForm
from apps.evaluation.models import Benchmark, BenchmarkVersion, Run
from apps.evaluation.services.benchmarks import (
    BenchmarkRefused,
    Unchanged,
    baseline_pin,
    baseline_unpin,
    benchmark_archive,
    benchmark_restore,
)
from apps.evaluation.services.benchmarks.shipped import sample_keep, sample_named, samples_for
from apps.evaluation.services.kinds import kind_of

PAGE_SIZE: Final = 50
CASES_A_PAGE: Final = 50
RUNS_SHOWN: Final = 10


@require_safe
@space_view(AUDIT)
def benchmark_list(request: SpaceRequest) -> HttpResponse:
    """The benchmarks of the space, with what came of their last runs."""
    archived = "archived" in request.GET
    rows = selectors.benchmarks_of(request.space, archived=archived)
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "nav": "evaluation",
        "archived": archived,
        "page": page,
        "listed": selectors.listed(page.object_list),
        "samples": [] if archived else samples_for(request.space),
        "archived_count": selectors.benchmarks_of(request.space, archived=True).count(),
    }
    return render(request, "evaluation/benchmark_list.html", context)


@require_safe
@space_view(AUDIT)
def benchmark(request: SpaceRequest, pk: int) -> HttpResponse:
    """One benchmark: its versions and its last runs."""
    row = _benchmark(request, pk)
    runs = selectors.runs_of(row)
    page = Paginator(selectors.versions_of(row), PAGE_SIZE).get_page(request.GET.get("page"))
    newest = row.versions.first()
    context = {
        "nav": "evaluation",
        "benchmark": row,
        "page": page,
        "newest": newest,
        "dimensions": selectors.dimensions(request.space, newest.covers) if newest else [],
        "runs": [(run, selectors.right_of(run)) for run in runs[:RUNS_SHOWN]],
        "more_runs": max(0, runs.count() - RUNS_SHOWN),
    }
    return render(request, "evaluation/benchmark.html", context)


@require_safe
@vary_on_headers("HX-Request")
@space_view(AUDIT)
def version(request: SpaceRequest, pk: int, number: int) -> HttpResponse:
    """One version: what it covers, and its cases, filtered by the address."""
    row = get_object_or_404(
        BenchmarkVersion.objects.select_related("benchmark", "created_by"),
        benchmark=_benchmark(request, pk),
        number=number,
    )
    form = CasesForm(request.GET, covers=row.covers)
    good = form.is_valid()
    cases = selectors.cases_of(row, **form.narrowing)
    page = Paginator(cases, CASES_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "nav": "evaluation",
        "benchmark": row.benchmark,
        "version": row,
        "kind": kind_of(row.benchmark.kind),
        "form": form,
        "page": page,
        "cases": selectors.shown(page.object_list),
        "dimensions": selectors.dimensions(request.space, row.covers),
        "erased": row.erased,
    }
    template = "evaluation/benchmark_version.html"
    if request.htmx and not request.htmx.history_restore_request:
        template += "#cases"
    return render(request, template, context, status=200 if good else 422)


@require_POST
@space_view(AUDIT)
def archive(request: SpaceRequest, pk: int) -> HttpResponse:
    """Take a benchmark out of the list."""
    row = _benchmark(request, pk)
    benchmark_archive(benchmark=row, actor=request.user)
    messages.success(request, f"“{row.name}” is archived. All of it is kept.")
    return redirect("evaluation:benchmark", request.space.slug, pk)


@require_POST
@space_view(AUDIT)
def restore(request: SpaceRequest, pk: int) -> HttpResponse:
    """Put a benchmark back into the list."""
    row = _benchmark(request, pk)
    benchmark_restore(benchmark=row, actor=request.user)
    messages.success(request, f"“{row.name}” is in the list again.")
    return redirect("evaluation:benchmark", request.space.slug, pk)


@require_POST
@space_view(AUDIT)
def pin(request: SpaceRequest, pk: int, run: int) -> HttpResponse:
    """Make a run the baseline of its benchmark."""
    row = _benchmark(request, pk)
    one = get_object_or_404(Run, pk=run, space=request.space)
    try:
        baseline_pin(benchmark=row, run=one, actor=request.user)
        messages.success(request, f"Run {one.pk} is the baseline of “{row.name}”.")
    except BenchmarkRefused as error:
        messages.error(request, str(error))
    return redirect("evaluation:benchmark", request.space.slug, pk)


@require_POST
@space_view(AUDIT)
def unpin(request: SpaceRequest, pk: int) -> HttpResponse:
    """Let a benchmark have no baseline."""
    row = _benchmark(request, pk)
    baseline_unpin(benchmark=row, actor=request.user)
    messages.success(request, f"“{row.name}” has no baseline any more.")
    return redirect("evaluation:benchmark", request.space.slug, pk)


@require_POST
@space_view(AUDIT)
def sample_add(request: SpaceRequest, name: str) -> HttpResponse:
    """Make a benchmark that comes with memweb one of the space."""
    sample = sample_named(name)
    if sample is None:
        raise Http404("no such sample")
    try:
        made = sample_keep(space=request.space, actor=request.user, sample=sample)
    except Unchanged as same:
        made = same.version
        messages.info(request, str(same))
    except BenchmarkRefused as error:
        messages.error(request, str(error))
        return redirect("evaluation:benchmark-list", request.space.slug)
    return redirect("evaluation:version", request.space.slug, made.benchmark_id, made.number)


def _benchmark(request: SpaceRequest, pk: int) -> Benchmark:
    rows = Benchmark.objects.select_related("baseline__version", "created_by")
    return get_object_or_404(rows, pk=pk, space=request.space)
